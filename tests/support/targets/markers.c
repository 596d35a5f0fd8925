/* Plants a recognisable value in every kind of memory and says where: "name address" a line.
 * argv[1]: number of further threads. Waits until standard input ends. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARK(name) "<DumpDesk " name ">"
enum { FAR = 256 << 10 };

/* Large enough that each marker has pages of its own. */
static char data[3 << 16] = {[0] = 1};
static char bss[3 << 16];
static const char rodata[3 << 16] = {[1 << 16] = '<', 'D', 'u', 'm', 'p', 'D', 'e', 's', 'k', ' ',
                                     'r', 'o', 'd', 'a', 't', 'a', '>'};
static __thread char tls[16 << 10]; /* its start is far from the thread pointer */
static uintptr_t hidden; /* addresses that must not be found by looking at the stacks */

static void place(const char *name, char *where)
{
    sprintf(where, "<DumpDesk %s>", name);
    printf("%s %p\n", name, (void *)where);
}

__attribute__((noinline, aligned(4096))) int code(int x)
{
    return x * 3 + 1;
}

__attribute__((noinline)) static void plant(const char *folder)
{
    char path[4096];
    place("data", data + (1 << 16));
    place("bss", bss + (1 << 16));
    printf("rodata %p\n", (const void *)(rodata + (1 << 16)));
    printf("code %p\n", (void *)code);
    place("tls", tls);

    char *far = malloc(2 * FAR);
    memset(far, 1, 2 * FAR);
    place("heap", far + FAR);
    hidden = ~(uintptr_t)far;

    char *map = mmap(0, 2 * FAR, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    place("mmap", map + FAR);
    char *shared = mmap(0, 2 * FAR, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    place("shared", shared + FAR);

    snprintf(path, sizeof path, "%s/mapped-XXXXXX", folder);
    int file = mkstemp(path);
    if (file < 0 || ftruncate(file, 2 * FAR))
        exit(3);
    char *copied = mmap(0, 2 * FAR, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    place("writecopy", copied + FAR);
    unlink(path);
    close(file);
    madvise(map + 4096, 4096, MADV_DONTNEED);
}

__attribute__((noinline)) static void scrub(void)
{
    volatile char junk[64 << 10];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = 0;
}

static void *work(void *number)
{
    char name[16];
    snprintf(name, sizeof name, "worker-%d", (int)(intptr_t)number);
    pthread_setname_np(pthread_self(), name);
    pause();
    return 0;
}

__attribute__((noinline)) static void wait_for_end(char *near)
{
    char stack[64];
    place("stack", stack);
    place("near", near);
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    if (stack[0] != near[0])
        abort();
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 0;
    plant(argc > 2 ? argv[2] : "/tmp");
    scrub();
    /* sub-megabyte, so that it comes from the heap; referenced by this frame alone */
    char *near = malloc(4096);
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 64 << 10);
        if (pthread_create(&thread, &attributes, work, (void *)(intptr_t)(i + 1)))
            return 2;
    }
    /* read at run time: a page that was never touched is in no dump */
    volatile int used = code(bss[0] + *(const volatile char *)(rodata + (1 << 16)));
    (void)used;
    wait_for_end(near);
    return 0;
}
