/* Waits for a line on standard input, then ends, or does not, in the way that the first argument
   names. A second thread sleeps meanwhile. */

#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static sigjmp_buf back;
static char alternate[65536];

static APART void fault(volatile int *where) { *where = 1; }
static APART int overflow(int depth) {
    volatile char room[4096];
    room[0] = depth;
    return overflow(depth + 1) + room[0];
}
static void *sleeper(void *argument) { for (;;) sleep(100); return argument; }
static void *faulty(void *argument) { fault((int *)16); return argument; }
static void returns(int number) { (void)number; siglongjmp(back, 1); }
static void raises(int number) { signal(number, SIG_DFL); raise(number); }
static void aborts(int number) { (void)number; abort(); }
static void faults_again(int number) { (void)number; fault((int *)32); }
static void forks(int number) {
    (void)number;
    pid_t child = fork();
    if (!child)
        _exit(0);
    waitpid(child, 0, 0);
    signal(SIGSEGV, SIG_DFL);
}
static void handle(void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(SIGSEGV, &action, 0);
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    pthread_t thread;
    pthread_create(&thread, 0, sleeper, 0);
    setvbuf(stdin, 0, _IONBF, 0); /* what follows the line is for the program after an exec */
    puts("ready");
    fflush(stdout);
    getchar();
    if (!strcmp(way, "fault"))
        fault((int *)16);
    else if (!strcmp(way, "thread")) {
        pthread_create(&thread, 0, faulty, 0);
        pthread_join(thread, 0);
    } else if (!strcmp(way, "abort"))
        abort();
    else if (!strcmp(way, "overflow"))
        return overflow(0);
    else if (!strcmp(way, "overflow-alternate")) {
        sigaltstack(&stack, 0);
        handle(raises, SA_ONSTACK);
        return overflow(0);
    } else if (!strcmp(way, "overflow-handled")) {
        handle(raises, 0); /* without room on the stack the kernel takes the handler away */
        return overflow(0);
    } else if (!strcmp(way, "double")) {
        handle(faults_again, 0);
        fault((int *)16);
    } else if (!strcmp(way, "raise-again")) {
        handle(raises, 0);
        fault((int *)16);
    } else if (!strcmp(way, "raise-inside")) {
        handle(raises, SA_NODEFER);
        fault((int *)16);
    } else if (!strcmp(way, "abort-inside")) {
        handle(aborts, 0);
        fault((int *)16);
    } else if (!strcmp(way, "fork-inside")) {
        handle(forks, 0);
        fault((int *)16);
    } else if (!strcmp(way, "handled")) {
        handle(returns, SA_NODEFER);
        for (volatile int i = 0; i < 100; i++)
            if (!sigsetjmp(back, 1))
                fault((int *)16);
        return 3;
    } else if (!strcmp(way, "ignored")) {
        signal(SIGQUIT, SIG_IGN);
        raise(SIGQUIT);
        return 3;
    } else if (!strcmp(way, "term"))
        raise(SIGTERM);
    else if (!strcmp(way, "kill"))
        raise(SIGKILL);
    else if (!strcmp(way, "exec")) {
        execl(argv[0], argv[0], "fault", (char *)0);
    } else if (!strcmp(way, "last-thread")) {
        pthread_cancel(thread);
        pthread_exit(0);
    } else if (!strcmp(way, "seven"))
        return 7;
    return 0;
}
