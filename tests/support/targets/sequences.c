/* Counts per processor in restartable sequences (rseq(2)), as allocators with per-CPU caches do.
 * An increment is lost where a thread is moved out of a sequence behind the kernel's back.
 * argv[1]: threads that count, the main thread among them. The last thread waits in a system call, for
 * a line; each is answered by "done N lost N", and counting pauses for that. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/rseq.h>
#include <unistd.h>

enum { CPUS = 256, MOST = 16, SPIN = 400 };

static struct { volatile uint64_t value; char rest[120]; } counters[CPUS];
static struct { atomic_ulong done; atomic_bool rests; char rest[104]; } threads[MOST];
static atomic_bool pause_all;

/* Adds one to this processor's counter; returns 0 where the kernel made it start over. */
static int increment(struct rseq *area)
{
    __asm__ goto volatile(
        ".pushsection __rseq_cs, \"aw\"\n .balign 32\n"
        "3: .long 0, 0\n .quad 1f, 2f - 1f, 4f\n .popsection\n"
        "lea 3b(%%rip), %%rax\n mov %%rax, %c[cs](%[area])\n"
        "1: mov %c[cpu](%[area]), %%eax\n shl $7, %%rax\n add %[base], %%rax\n"
        "mov (%%rax), %%rcx\n mov %[spin], %%edx\n"
        "5: dec %%edx\n jnz 5b\n inc %%rcx\n mov %%rcx, (%%rax)\n"
        "2:\n"
        ".pushsection __rseq_failure, \"ax\"\n .byte 0x0f, 0xb9, 0x3d\n .long 0x53053053\n"
        "4: jmp %l[again]\n .popsection\n"
        :
        : [area] "r"(area), [cs] "i"(8), [cpu] "i"(4), [base] "r"(&counters[0]), [spin] "i"(SPIN)
        : "rax", "rcx", "rdx", "memory", "cc"
        : again);
    return 1;
again:
    return 0;
}

static void *count(void *number)
{
    long self = (long)number;
    struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
    for (;;) {
        while (pause_all) {
            threads[self].rests = 1;
            usleep(200);
        }
        threads[self].rests = 0;
        if (increment(area))
            threads[self].done++;
    }
    return NULL;
}

static void report(long how_many)
{
    uint64_t counted = 0, done = 0;
    pause_all = 1;
    for (long index = 0; index < how_many; index++)
        while (!threads[index].rests)
            usleep(100);
    for (int cpu = 0; cpu < CPUS; cpu++)
        counted += counters[cpu].value;
    for (long index = 0; index < how_many; index++)
        done += threads[index].done;
    printf("done %lu lost %ld\n", done, (long)(done - counted));
    fflush(stdout);
    pause_all = 0;
}

static void *answer(void *how_many)
{
    char line[32];
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin))
        report((long)how_many);
    exit(0);
}

int main(int argc, char **argv)
{
    long how_many = argc > 1 ? atol(argv[1]) : 2;
    pthread_t thread;
    if (!__rseq_size || how_many > MOST)
        return 1;
    for (long index = 1; index < how_many; index++)
        pthread_create(&thread, NULL, count, (void *)index);
    pthread_create(&thread, NULL, answer, (void *)how_many);
    count(0);
    return 0;
}
