/* Threads that stand in known places: one name for each, the functions are theirs. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define APART __attribute__((noinline))

static atomic_int arrived;

/* Nothing between a thread's arrival and its sleep moves its stack. */
APART static void rest(void) {
    atomic_fetch_add(&arrived, 1);
    for (;;) poll(0, 0, -1);
}

APART int descend(int levels) {
    volatile char space[40];
    space[0] = (char)levels;
    if (levels == 0) rest();
    return (levels ? descend(levels - 1) : 0) + space[0];
}

APART int fault(int levels, int *nowhere) {
    volatile char space[100];
    space[0] = (char)levels;
    if (levels) return fault(levels - 1, nowhere) + space[0];
    *nowhere = 1;
    return space[0];
}

APART static void call_nothing(void) {
    void (*volatile nothing)(void) = 0;
    nothing();
    atomic_fetch_add(&arrived, 1000);
}

static void handler(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    rest();
}

static void *deep(void *name) {
    pthread_setname_np(pthread_self(), name);
    descend(11);
    return 0;
}

static void *plain(void *name) {
    pthread_setname_np(pthread_self(), name);
    fault(3, (int *)8);
    return 0;
}

static void *alternate(void *name) {
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&stack, 0);
    return plain(name);
}

static void *null_call(void *name) {
    pthread_setname_np(pthread_self(), name);
    call_nothing();
    return 0;
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct { void *(*body)(void *); char *name; } starts[] = {
        {deep, "deep"}, {deep, "deep-too"}, {plain, "plain"},
        {alternate, "alternate"}, {null_call, "null-call"},
    };
    int count = sizeof starts / sizeof *starts;
    sigaction(SIGSEGV, &action, 0);
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        pthread_create(&thread, 0, starts[i].body, starts[i].name);
    }
    while (arrived < count) usleep(1000);
    usleep(20000);
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
