/* Threads that wait for each other, in the way that the first argument names.

   Prints "NAME TID" of each thread and what else a test wants to know, in hex, then "ready" once
   every thread that is to wait stands still. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#define APART __attribute__((noinline))
#define MOST 8

static pthread_mutex_t mutexes[MOST];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_t threads[MOST];
static sem_t semaphore;
static sem_t placed; /* posted by each thread that is about to wait */
static volatile int go;
static int holders;

static void say(const char *name, uintptr_t value) {
    printf("%s %lx\n", name, (unsigned long)value);
    fflush(stdout);
}

static void arrive(const char *name) {
    pthread_setname_np(pthread_self(), name);
    say(name, syscall(SYS_gettid));
    sem_post(&placed);
}

static void wait_go(void) {
    while (!go)
        usleep(1000);
}

static APART void lock_mutex(int number) {
    pthread_mutex_lock(&mutexes[number]);
    __asm__ volatile("");
}

static APART void hold_and_sleep(void) {
    for (;;)
        sleep(1000);
}

/* Holds mutex A, then wants mutex B: "locker-0" wants 1, "locker-1" wants 0 or 2... */
static int ring;
static void *locker(void *argument) {
    int number = (int)(intptr_t)argument;
    char name[16];
    snprintf(name, sizeof name, "locker-%d", number);
    lock_mutex(number);
    arrive(name);
    wait_go();
    lock_mutex((number + 1) % ring);
    return NULL;
}

static void *holder(void *argument) {
    lock_mutex(0);
    arrive("holder");
    hold_and_sleep();
    return argument;
}

static void *waiter(void *argument) {
    char name[16];
    snprintf(name, sizeof name, "waiter-%d", (int)(intptr_t)argument);
    arrive(name);
    wait_go();
    lock_mutex(0);
    return NULL;
}

static void *timed_waiter(void *argument) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1000;
    arrive("waiter-0");
    wait_go();
    pthread_mutex_timedlock(&mutexes[0], &until);
    return argument;
}

static void *write_holder(void *argument) {
    pthread_rwlock_wrlock(&rwlock);
    arrive("holder");
    hold_and_sleep();
    return argument;
}

static void *read_holder(void *argument) {
    pthread_rwlock_rdlock(&rwlock);
    arrive("holder");
    hold_and_sleep();
    return argument;
}

static void *reader(void *argument) {
    arrive("reader");
    wait_go();
    pthread_rwlock_rdlock(&rwlock);
    return argument;
}

static void *writer(void *argument) {
    arrive("writer");
    wait_go();
    pthread_rwlock_wrlock(&rwlock);
    return argument;
}

static APART void wait_condition(void) {
    pthread_cond_wait(&condition, &mutexes[0]);
    __asm__ volatile("");
}

static void *conditional(void *argument) {
    arrive("conditional");
    wait_go();
    lock_mutex(0);
    wait_condition();
    return argument;
}

static void *late_holder(void *argument) {
    arrive("holder");
    wait_go();
    usleep(200000);
    lock_mutex(0);
    hold_and_sleep();
    return argument;
}

static void *sleeper(void *argument) {
    arrive("sleeper");
    hold_and_sleep();
    return argument;
}

static void *joiner(void *argument) {
    arrive("joiner");
    wait_go();
    pthread_join(threads[0], NULL);
    return argument;
}

static void *sem_waiter(void *argument) {
    arrive("sem-waiter");
    wait_go();
    sem_wait(&semaphore);
    return argument;
}

static void *spinner(void *argument) {
    arrive("spinner");
    for (volatile unsigned long count = 0;; count++)
        ;
    return argument;
}

static void start(void *(*body)(void *), intptr_t argument) {
    pthread_create(&threads[holders++], NULL, body, (void *)argument);
    sem_wait(&placed);
}

static void mutex_kind(int type, int robust, int protocol, int shared) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    if (robust)
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (protocol)
        pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    if (shared)
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    for (int number = 0; number < MOST; number++)
        pthread_mutex_init(&mutexes[number], &attributes);
}

static void held_by_sleeper(void) {
    start(holder, 0);
    for (int number = 0; number < 3; number++)
        start(waiter, number);
}

static void deadlock(int count) {
    ring = count;
    for (int number = 0; number < count; number++)
        start(locker, number);
}

/* A child that holds this end's other end and stands still. */
static pid_t stopped_child(void (*child)(int), int descriptor) {
    pid_t pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        child(descriptor);
        raise(SIGSTOP);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, WUNTRACED);
    return pid;
}

static void keep(int descriptor) { (void)descriptor; }
static void take_flock(int descriptor) {
    int own = open("/proc/self/exe", O_RDONLY);
    (void)descriptor;
    flock(own, LOCK_EX);
}
static int lock_file(int wait) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/dumpdesk-waiters-%d", wait);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}
static void take_fcntl(int number) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(lock_file(number), F_SETLKW, &lock);
}

static const char *mode;
static int pair[2];

static void ready(void) {
    go = 1;
    usleep(400000);
    puts("ready");
    fflush(stdout);
}

/* What the main thread itself waits in. */
static void main_waits(void) {
    char block[65536] = {0};
    say("main", syscall(SYS_gettid));
    if (!strcmp(mode, "pipe")) {
        pipe(pair);
        say("peer", stopped_child(keep, pair[0]));
        close(pair[0]);
        ready();
        for (;;)
            write(pair[1], block, sizeof block);
    } else if (!strcmp(mode, "flock")) {
        say("peer", stopped_child(take_flock, 0));
        int own = open("/proc/self/exe", O_RDONLY);
        ready();
        flock(own, LOCK_EX);
    } else if (!strcmp(mode, "fcntl")) {
        int number = getpid();
        say("peer", stopped_child(take_fcntl, number));
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int file = lock_file(number);
        char path[64];
        snprintf(path, sizeof path, "/tmp/dumpdesk-waiters-%d", number);
        unlink(path);
        ready();
        fcntl(file, F_SETLKW, &lock);
    } else if (!strcmp(mode, "child")) {
        say("peer", stopped_child(keep, 0));
        ready();
        int status;
        wait(&status);
    } else if (!strcmp(mode, "unix")) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
        say("peer", stopped_child(keep, pair[0]));
        close(pair[0]);
        ready();
        read(pair[1], block, 1);
    } else if (!strcmp(mode, "accept") || !strcmp(mode, "poll") || !strcmp(mode, "select")) {
        int server = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t size = sizeof address;
        bind(server, (struct sockaddr *)&address, sizeof address);
        listen(server, 1);
        getsockname(server, (struct sockaddr *)&address, &size);
        say("port", ntohs(address.sin_port));
        ready();
        struct pollfd polled = {server, POLLIN, 0};
        fd_set selected;
        FD_ZERO(&selected);
        FD_SET(server, &selected);
        if (!strcmp(mode, "poll"))
            poll(&polled, 1, -1);
        if (!strcmp(mode, "select"))
            select(server + 1, &selected, NULL, NULL, NULL);
        accept(server, NULL, NULL);
    } else if (!strcmp(mode, "epoll")) {
        int group = epoll_create1(0), event = eventfd(0, 0);
        struct epoll_event wanted = {.events = EPOLLIN}, got;
        epoll_ctl(group, EPOLL_CTL_ADD, event, &wanted);
        ready();
        epoll_wait(group, &got, 1, -1);
    } else {
        ready();
        getchar();
    }
}

int main(int count, char **arguments) {
    mode = count > 1 ? arguments[1] : "";
    sem_init(&placed, 0, 0);
    sem_init(&semaphore, 0, 0);
    int type = !strcmp(mode, "recursive") ? PTHREAD_MUTEX_RECURSIVE
               : !strcmp(mode, "checked") ? PTHREAD_MUTEX_ERRORCHECK
                                          : PTHREAD_MUTEX_NORMAL;
    mutex_kind(type, !strcmp(mode, "robust"), !strcmp(mode, "pi"), !strcmp(mode, "shared"));
    say("mutex", (uintptr_t)mutexes);
    say("rwlock", (uintptr_t)&rwlock);
    say("condition", (uintptr_t)&condition);
    say("semaphore", (uintptr_t)&semaphore);
    if (!strcmp(mode, "deadlock2"))
        deadlock(2);
    else if (!strcmp(mode, "deadlock3"))
        deadlock(3);
    else if (!strcmp(mode, "normal") || !strcmp(mode, "recursive") || !strcmp(mode, "checked") ||
             !strcmp(mode, "robust") || !strcmp(mode, "pi") || !strcmp(mode, "shared"))
        held_by_sleeper();
    else if (!strcmp(mode, "timed"))
        start(holder, 0), start(timed_waiter, 0);
    else if (!strcmp(mode, "written"))
        start(write_holder, 0), start(reader, 0), start(writer, 0);
    else if (!strcmp(mode, "read"))
        start(read_holder, 0), start(writer, 0);
    else if (!strcmp(mode, "condition"))
        start(conditional, 0);
    else if (!strcmp(mode, "condition-held"))
        start(conditional, 0), start(late_holder, 0);
    else if (!strcmp(mode, "join"))
        start(sleeper, 0), start(joiner, 0);
    else if (!strcmp(mode, "semaphore"))
        start(sem_waiter, 0);
    else if (!strcmp(mode, "spin"))
        start(spinner, 0);
    main_waits();
    return 0;
}
