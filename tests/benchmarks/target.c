/* target MIB THREADS [RESERVED_GIB PAGES]: fills MIB with noise, runs THREADS threads, beats.

   Writes "ready", then after each line on standard input the longest gap between two heartbeats
   since the last one, in milliseconds: how long the process really stood still, by its own clock.
   After a line that begins with f: how long its own fork(2) takes, the least any copy-on-write
   image of it costs. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *idle(void *unused) { for (;;) pause(); return unused; }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double time_of_fork(void) {
  double before = now();
  pid_t child = fork();
  if (!child) _exit(0);
  double after = now();
  waitpid(child, 0, 0);
  return after - before;
}

int main(int argc, char **argv) {
  size_t words = ((size_t)atoi(argv[1]) << 20) / sizeof(uint32_t);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  for (int i = 1; i < atoi(argv[2]); i++) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, idle, 0)) return 2;
  }
  uint32_t *memory = malloc(words * sizeof *memory + 1), noise = 12345;
  for (size_t i = 0; i < words; i++) memory[i] = noise = noise * 1664525 + 1013904223;
  if (argc > 4) {
    size_t size = (size_t)atoi(argv[3]) << 30, pages = atoi(argv[4]);
    char *reserved = mmap(0, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return 3;
    madvise(reserved, size, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < pages; i++) reserved[size / pages * i] = 1;
  }
  puts("ready");
  fflush(stdout);
  struct pollfd input = {0, POLLIN, 0};
  double last = now(), worst = 0;
  for (;;) {
    int readable = poll(&input, 1, 0);
    double time = now();
    if (time - last > worst) worst = time - last;
    last = time;
    if (readable > 0) {
      char line[16];
      if (read(0, line, sizeof line) <= 0) return 0;
      printf("%.3f\n", line[0] == 'f' ? time_of_fork() : worst);
      fflush(stdout);
      worst = 0;
      last = now();
    }
    usleep(100);
  }
}
