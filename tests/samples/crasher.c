#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#pragma pack(push,1)
static struct { uint64_t siginfo, context; int32_t tid; } info;
#pragma pack(pop)
static char option[80]; static const char *handler, *database;
static void on_signal(int n, siginfo_t *s, void *c) {
  info.siginfo = (uint64_t)s; info.context = (uint64_t)c; info.tid = syscall(SYS_gettid);
  snprintf(option, sizeof option, "--trace-parent-with-exception=0x%lx", (long)&info);
  pid_t pid = fork();
  if (!pid) { usleep(50000); execl(handler, handler, "--database", database, "--no-rate-limit", "--annotation=version=1.0", option, (char*)0); _exit(127); }
  prctl(PR_SET_PTRACER, pid); waitpid(pid, 0, 0); _exit(0);
}
static void *idle(void *a) { pthread_setname_np(pthread_self(), a); for (;;) pause(); }
int main(int n, char **v) {
  handler = v[1]; database = v[2];
  struct sigaction a = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO}; sigaction(SIGSEGV, &a, 0);
  pthread_t t; pthread_create(&t, 0, idle, "idle-thread"); usleep(100000);
  *(volatile int *)(0x1234 + (long)(n > 99)) = 7;
}
