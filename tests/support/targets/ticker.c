/* Counts what a dumper must not disturb, and reports when asked.
 *
 * A helper process sends real-time signals (they queue: none may be lost), a timer sends SIGALRM,
 * threads are born and die, system calls that restart run all the time, and a heartbeat measures
 * the longest time this process stood still. Every line read from standard input is answered by
 * "sent N handled N eintr N gap_us N children N"; the end of input ends the process.
 * argv[1]: signals a second (0: none). argv[2]: MiB to touch. argv[3]: threads a second. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_long handled, interrupted, longest_gap, sigchld;
static atomic_long *sent;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&handled, 1);
}

static void on_child(int number)
{
    (void)number;
    atomic_fetch_add(&sigchld, 1);
}

static long microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, 0);
}

/* Stands still only when the whole process does: it never sleeps. */
static void *heartbeat(void *unused)
{
    block_signals();
    struct timespec nap = {0, 200000};
    long last = microseconds();
    for (;;) {
        nanosleep(&nap, 0);
        long now = microseconds();
        if (now - last > atomic_load(&longest_gap))
            atomic_store(&longest_gap, now - last);
        last = now;
    }
    return unused;
}

/* System calls that only a signal may interrupt, in a thread that gets none: EINTR is our fault. */
static void *caller(void *unused)
{
    block_signals();
    int pipes[2];
    if (pipe(pipes))
        exit(3);
    for (;;) {
        struct timespec nap = {0, 3000000};
        if (nanosleep(&nap, 0) && errno == EINTR)
            atomic_fetch_add(&interrupted, 1);
        struct pollfd one = {pipes[0], POLLIN, 0};
        if (poll(&one, 1, 3) < 0 && errno == EINTR)
            atomic_fetch_add(&interrupted, 1);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 3000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0) == EINTR)
            atomic_fetch_add(&interrupted, 1);
    }
    return unused;
}

static void *brief(void *unused)
{
    return unused;
}

static void *breeder(void *rate)
{
    block_signals();
    struct timespec nap = {0, 1000000000 / (long)rate};
    for (;;) {
        pthread_t thread;
        if (!pthread_create(&thread, 0, brief, 0))
            pthread_join(thread, 0);
        nanosleep(&nap, 0);
    }
    return 0;
}

static pid_t start_sender(long rate)
{
    pid_t target = getpid();
    pid_t child = fork();
    if (child)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct timespec nap = {0, 1000000000 / rate};
    for (;;) {
        union sigval value = {0};
        if (!sigqueue(target, SIGRTMIN, value))
            atomic_fetch_add(sent, 1);
        nanosleep(&nap, 0);
    }
}

int main(int argc, char **argv)
{
    long rate = argc > 1 ? atol(argv[1]) : 0;
    size_t size = (argc > 2 ? (size_t)atol(argv[2]) : 0) << 20;
    long births = argc > 3 ? atol(argv[3]) : 0;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGRTMIN, &action, 0);
    action.sa_handler = on_child;
    sigaction(SIGCHLD, &action, 0);
    sent = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (size)
        memset(mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 7, size);
    pthread_t thread;
    pthread_create(&thread, 0, heartbeat, 0);
    pthread_create(&thread, 0, caller, 0);
    if (births)
        pthread_create(&thread, 0, breeder, (void *)births);
    pid_t sender = rate ? start_sender(rate) : 0;
    puts("ready");
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        if (line[0] == 'e' && sender) { /* "end": no more signals, all of them are counted */
            kill(sender, SIGKILL);
            waitpid(sender, 0, 0);
            sender = 0;
            usleep(50000);
        }
        printf("sent %ld handled %ld eintr %ld gap_us %ld sigchld %ld\n", atomic_load(sent),
               atomic_load(&handled), atomic_load(&interrupted), atomic_load(&longest_gap),
               atomic_load(&sigchld));
        atomic_store(&longest_gap, 0);
        fflush(stdout);
    }
    return 0;
}
