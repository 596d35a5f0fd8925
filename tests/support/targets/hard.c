/* A process that is hard to dump; argv[1] says in which way. Prints "name value" lines, "ready",
 * then waits until standard input ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
enum { PAGE = 4096 };

static void say(const char *name, uintptr_t value)
{
    printf("%s %#lx\n", name, (unsigned long)value);
}

static void *anonymous(size_t size, int protection)
{
    void *at = mmap(0, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) {
        perror("mmap");
        exit(3);
    }
    return at;
}

static void *sleeper(void *unused)
{
    pause();
    return unused;
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 32 << 10);
    if (pthread_create(&thread, &attributes, run, argument)) {
        perror("pthread_create");
        exit(3);
    }
    pthread_detach(thread);
}

/* threads N */
static void threads(long count)
{
    for (long i = 0; i < count; i++)
        start(sleeper, 0);
}

/* mappings N: neighbours of different protection never merge */
static void mappings(long count)
{
    char *at = anonymous((size_t)count * PAGE, PROT_READ | PROT_WRITE);
    for (long i = 0; i < count; i++)
        *(long *)(at + i * PAGE) = i;
    for (long i = 1; i < count; i += 2)
        if (mprotect(at + i * PAGE, PAGE, PROT_READ)) {
            perror("mprotect");
            exit(3);
        }
    say("mappings", (uintptr_t)at);
}

static atomic_long born;
static void *brief(void *unused)
{
    atomic_fetch_add(&born, 1);
    return unused;
}

static void *breeder(void *rate)
{
    struct timespec nap = {0, 1000000000 / (long)rate};
    for (;;) {
        start(brief, 0);
        nanosleep(&nap, 0);
    }
    return 0;
}

/* storm N: N threads a second are born and end */
static void storm(long rate)
{
    start(breeder, (void *)rate);
}

static void *speaker(void *unused)
{
    for (;;)
        pause();
    return unused;
}

/* reserve GIB PAGES */
static void reserve(long gibibytes, long pages)
{
    size_t size = (size_t)gibibytes << 30;
    char *at = anonymous(size, PROT_READ | PROT_WRITE);
    madvise(at, size, MADV_NOHUGEPAGE);  // pages, whatever the system prefers
    for (long i = 0; i < pages; i++)
        sprintf(at + size / (size_t)pages * (size_t)i, "<DumpDesk page %ld>", i);
    say("reserved", (uintptr_t)at);
    say("stride", size / (size_t)pages);
}

static void protections(void)
{
    char *none = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    strcpy(none + PAGE, "<DumpDesk none>");
    mprotect(none, 4 * PAGE, PROT_NONE);
    say("none", (uintptr_t)none + PAGE);
    char *write_only = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    strcpy(write_only, "<DumpDesk write>");
    mprotect(write_only, 4 * PAGE, PROT_WRITE);
    say("write_only", (uintptr_t)write_only);
    char *guarded = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    memset(guarded, 'g', 4 * PAGE);
    say("guard_works", madvise(guarded + PAGE, PAGE, MADV_GUARD_INSTALL) == 0);
    say("guarded", (uintptr_t)guarded);
}

/* Maps files it never touches, one page each. */
static void files(long count, const char *folder)
{
    char path[4096], name[20], text[PAGE] = "";
    for (long number = 0; number < count; number++) {
        snprintf(path, sizeof path, "%s/mapped-%ld", folder, number);
        snprintf(text, sizeof text, "<DumpDesk file %ld>", number);
        int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (file < 0 || write(file, text, PAGE) != PAGE) {
            perror(path);
            exit(1);
        }
        sprintf(name, "file%ld", number);
        say(name, (uintptr_t)mmap(0, PAGE, PROT_READ, MAP_PRIVATE, file, 0));
        close(file);
    }
}

static void truncated(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/truncated-XXXXXX", folder);
    int file = mkstemp(path);
    char page[PAGE];
    memset(page, 'f', PAGE);
    for (int i = 0; i < 4; i++)
        if (write(file, page, PAGE) != PAGE)
            exit(3);
    char *private = mmap(0, 4 * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    char *shared = mmap(0, 4 * PAGE, PROT_READ, MAP_SHARED, file, 0);
    for (int i = 0; i < 4; i++)
        if (private[i * PAGE] != shared[i * PAGE])
            exit(3);
    if (ftruncate(file, PAGE + 100))
        exit(3);
    say("private", (uintptr_t)private);
    say("shared", (uintptr_t)shared);
}

static void secret(void)
{
    int file = (int)syscall(SYS_memfd_secret, 0);
    if (file < 0 || ftruncate(file, PAGE)) {
        say("unsupported", 1);
        return;
    }
    char *at = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) {
        say("unsupported", 1);
        return;
    }
    strcpy(at, "<DumpDesk secret>");
    say("secret", (uintptr_t)at);
}

static void huge(void)
{
    size_t size = 2 << 20;
    char *at = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (at == MAP_FAILED) {
        say("unsupported", 1);
        return;
    }
    strcpy(at + size / 2, "<DumpDesk huge>");
    say("huge", (uintptr_t)at + size / 2);
}

static void fork_advice(void)
{
    char *kept = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    strcpy(kept, "<DumpDesk dontfork>");
    madvise(kept, 4 * PAGE, MADV_DONTFORK);
    say("dontfork", (uintptr_t)kept);
    char *wiped = anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
    strcpy(wiped, "<DumpDesk wipeonfork>");
    madvise(wiped, 4 * PAGE, MADV_WIPEONFORK);
    say("wipeonfork", (uintptr_t)wiped);
}

/* As V8 does with its heap: COUNT MiB that copies of the process do not get, each page with its
 * number at its start, which goes on counting; and a thread whose stack copies do not get either. */
static void *count_on(void *heap)
{
    for (;;) {
        usleep(1000);
        ++*(volatile uint64_t *)heap;
    }
    return heap;
}

static void *on_uncopied_stack(void *stack)
{
    char text[64] = "<DumpDesk uncopied stack>";
    __asm__ volatile("" : : "r"(text) : "memory");  // as if somebody read it
    pause();
    return stack;
}

static void uncopied(long count)
{
    size_t size = (size_t)count << 20, stack_size = 1 << 20;
    char *heap = anonymous(size, PROT_READ | PROT_WRITE);
    madvise(heap, size, MADV_DONTFORK);
    for (size_t at = 0; at < size; at += PAGE)
        *(uint64_t *)(heap + at) = at / PAGE;
    say("heap", (uintptr_t)heap);
    char *stack = anonymous(stack_size, PROT_READ | PROT_WRITE);
    madvise(stack, stack_size, MADV_DONTFORK);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, stack_size);
    pthread_create(&thread, &attributes, on_uncopied_stack, 0);
    start(count_on, heap);
}

#if defined(__x86_64__)
/* A thread whose registers hold known numbers and whose stack pointer is argument, if not 0. */
static void *spinner(void *stack)
{
    uintptr_t pointer = (uintptr_t)stack;
    __asm__ volatile("mov %0, %%rax\n"
                     "test %%rax, %%rax\n"
                     "jz 1f\n"
                     "mov %%rax, %%rsp\n"
                     "1: mov $0x1111111111111111, %%rax\n"
                     "mov $0x2222222222222222, %%rbx\n"
                     "mov $0x3333333333333333, %%rcx\n"
                     "mov $0x4444444444444444, %%rdx\n"
                     "mov $0x5555555555555555, %%rsi\n"
                     "mov $0x6666666666666666, %%rdi\n"
                     "mov $0x7777777777777777, %%rbp\n"
                     "mov $0x8888888888888888, %%r8\n"
                     "mov $0x9999999999999999, %%r9\n"
                     "mov $0xaaaaaaaaaaaaaaaa, %%r10\n"
                     "mov $0xbbbbbbbbbbbbbbbb, %%r11\n"
                     "mov $0xcccccccccccccccc, %%r12\n"
                     "mov $0xdddddddddddddddd, %%r13\n"
                     "mov $0xeeeeeeeeeeeeeeee, %%r14\n"
                     "mov $0xffffffffffffffff, %%r15\n"
                     "movq %%rax, %%xmm1\n"
                     "2: pause\n"
                     "jmp 2b\n"
                     :
                     : "r"(pointer)
                     : "memory");
    return 0;
}

static void *named_spinner(void *stack)
{
    prctl(PR_SET_NAME, "spinner");
    return spinner(stack);
}
#else
static void *named_spinner(void *unused)
{
    for (;;)
        ;
    return unused;
}
#endif

/* Sleeps uninterruptibly (state D) until its child is killed, then as usual. */
static void *uninterruptible(void *unused)
{
    strcpy((char *)__builtin_alloca(64), "<DumpDesk uninterruptible>");
    if (!vfork())
        for (;;)
            pause();
    waitpid(-1, 0, 0);
    pause();
    return unused;
}

static void *last_thread(void *unused)
{
    pause();
    return unused;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long count = argc > 2 ? atol(argv[2]) : 0;
    if (!strcmp(what, "threads"))
        threads(count);
    else if (!strcmp(what, "mappings"))
        mappings(count);
    else if (!strcmp(what, "storm"))
        storm(count);
    else if (!strcmp(what, "reserve"))
        reserve(count, argc > 3 ? atol(argv[3]) : 64);
    else if (!strcmp(what, "protections"))
        protections();
    else if (!strcmp(what, "uncopied"))
        uncopied(count);
    else if (!strcmp(what, "files"))
        files(count, argv[3]);
    else if (!strcmp(what, "truncated"))
        truncated(argc > 2 ? argv[2] : "/tmp");
    else if (!strcmp(what, "secret"))
        secret();
    else if (!strcmp(what, "huge"))
        huge();
    else if (!strcmp(what, "fork"))
        fork_advice();
    else if (!strcmp(what, "spin"))
        start(named_spinner, (void *)strtoul(argc > 2 ? argv[2] : "0", 0, 0));
    else if (!strcmp(what, "spin-in-guard")) {
        char *at = anonymous(16 * PAGE, PROT_READ | PROT_WRITE);
        mprotect(at, 4 * PAGE, PROT_NONE);
        strcpy(at + 5 * PAGE, "<DumpDesk overflowed stack>");
        say("frames", (uintptr_t)at + 4 * PAGE);
        start(named_spinner, at + 2 * PAGE);
    } else if (!strcmp(what, "leader")) {
        start(last_thread, 0);
        puts("ready");
        fflush(stdout);
        pthread_exit(0);
    } else if (!strcmp(what, "uninterruptible")) {
        start(uninterruptible, 0);
    } else if (!strcmp(what, "uninterruptible-alone")) {
        puts("ready");
        fflush(stdout);
        uninterruptible(0);
    } else if (!strcmp(what, "late-touch")) {
        puts("ready");
        fflush(stdout);
        getchar();
        memset(anonymous((size_t)count << 20, PROT_READ | PROT_WRITE), 'x', (size_t)count << 20);
        puts("touched");
        fflush(stdout);
        for (;;)
            pause();
    } else if (!strcmp(what, "touch")) {
        char *at = anonymous((size_t)count << 20, PROT_READ | PROT_WRITE);
        memset(at, 'x', (size_t)count << 20);
        say("touched", (uintptr_t)at);
    }
    start(speaker, 0);
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
