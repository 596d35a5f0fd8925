/* Checks that it is whole: what its system calls return, registers kept across them, signal masks,
 * alternate signal stacks, children, memory. Threads that wait for ever, so that one of them may be
 * borrowed, must never come back. Every line read is answered by "rounds N bad N".
 * argv[1]: MiB of memory whose sum is checked. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_long rounds, bad;

static void wrong(const char *what, long value)
{
    atomic_fetch_add(&bad, 1);
    fprintf(stderr, "%s: %ld, errno %d\n", what, value, errno);
}

static void check_mask_and_stack(const stack_t *expected)
{
    sigset_t mask;
    stack_t now;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int number = 1; number < 32; number++)
        if (sigismember(&mask, number))
            wrong("blocked signal", number);
    sigaltstack(NULL, &now);
    if (now.ss_sp != expected->ss_sp || now.ss_size != expected->ss_size)
        wrong("alternate stack", (long)now.ss_sp);
}

/* A system call with values in registers that it has to leave alone. */
static void check_registers(void)
{
    uint64_t seed[4] = {0x1111222233334444, 0x5555666677778888, 0x9999aaaabbbbcccc, 42};
    uint64_t after[4] = {0};
    struct timespec nap = {0, 50000};
    long result, r12 = 0;
    __asm__ volatile("vmovdqu (%[in]), %%ymm7\n mov $0x123456789abcdef0, %%r12\n syscall\n"
                     "vmovdqu %%ymm7, (%[out])\n mov %%r12, %[r12]\n"
                     : "=a"(result), [r12] "=&r"(r12)
                     : "a"(SYS_nanosleep), "D"(&nap), "S"(NULL), [in] "r"(seed), [out] "r"(after)
                     : "rcx", "r11", "r12", "xmm7", "memory");
    if (result)
        wrong("nanosleep", result);
    if (memcmp(seed, after, sizeof seed) || r12 != 0x123456789abcdef0)
        wrong("registers", r12);
}

static void check_calls(int pipe_ends[2], long *sequence)
{
    long found = 0;
    struct pollfd file = {pipe_ends[0], POLLIN, 0};
    if (syscall(SYS_getpid) != getpid())
        wrong("getpid", 0);
    long result = syscall(SYS_poll, &file, 1, 1);
    if (result)
        wrong("poll", result);
    ++*sequence;
    if (write(pipe_ends[1], sequence, sizeof *sequence) != sizeof *sequence)
        wrong("write", *sequence);
    if (read(pipe_ends[0], &found, sizeof found) != sizeof found || found != *sequence)
        wrong("read", found);
}

static void *work(void *unused)
{
    int ends[2];
    long sequence = 0;
    stack_t own = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&own, NULL);
    if (pipe(ends))
        abort();
    for (;;) {
        check_calls(ends, &sequence);
        check_registers();
        check_mask_and_stack(&own);
        atomic_fetch_add(&rounds, 1);
    }
    return unused;
}

static void *wait_in_read(void *unused)
{
    int ends[2];
    char byte;
    if (pipe(ends))
        abort();
    wrong("read came back", read(ends[0], &byte, 1));
    return unused;
}

static void *wait_in_epoll(void *unused)
{
    struct epoll_event event;
    int set = epoll_create1(0), result;
    /* A tracer that dies right after the stop can no longer see to it that the call is made again. */
    while ((result = epoll_wait(set, &event, 1, -1)) == -1 && errno == EINTR)
        ;
    wrong("epoll_wait came back", result);
    return unused;
}

static void *wait_in_sleep(void *unused)
{
    struct timespec longest = {1000, 0};
    wrong("nanosleep came back", nanosleep(&longest, NULL));
    return unused;
}

static uint64_t sum(const uint64_t *memory, size_t count)
{
    uint64_t total = 0;
    for (size_t index = 0; index < count; index++)
        total = total * 31 + memory[index];
    return total;
}

int main(int argc, char **argv)
{
    size_t count = (argc > 1 ? strtoul(argv[1], 0, 0) : 4) << 17;
    uint64_t *memory = malloc(count * 8);
    char line[32];
    pthread_t thread;
    for (size_t index = 0; index < count; index++)
        memory[index] = index * 2654435761u;
    uint64_t expected = sum(memory, count);
    void *(*const all[])(void *) = {work, wait_in_read, wait_in_epoll, wait_in_sleep, work};
    for (size_t index = 0; index < sizeof all / sizeof *all; index++)
        pthread_create(&thread, NULL, all[index], NULL);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (sum(memory, count) != expected)
            wrong("memory", 0);
        if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
            wrong("a child", 0);
        printf("rounds %ld bad %ld\n", rounds, bad);
        fflush(stdout);
    }
    return 0;
}
