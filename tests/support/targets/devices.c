/* A process whose memory something else than its own code writes, or answers for; argv[1] says what:
 *
 *   direct FILE   reads FILE past the cache (O_DIRECT) all the time, and compares what it read
 *   written FILE  has FILE open the same way, for writing only
 *   aio           has a ring for asynchronous input and output
 *   uring         has io_uring, with a registered buffer
 *   uring-empty   has io_uring, without
 *   faults        answers for memory (userfaultfd) and hears of forks; a thread does so
 *   faults-only   answers for memory, and hears of no forks
 *   faults-apart  a child answers, and hears of forks: it holds the only descriptor
 *
 * Prints "ready"; a line on standard input brings "reads N wrong N". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BLOCK = 64 << 10, BLOCKS = 16 };
static atomic_long reads, wrong;
static int descriptor;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int opened(const char *path, int flags)
{
    descriptor = open(path, flags | O_DIRECT);
    if (descriptor < 0)
        fail("open");
    return descriptor;
}

/* Each block of the file is filled with its number; the buffer is written over before each read,
 * so that the pages are the processor's and the device's in turn. */
static void *read_directly(void *unused)
{
    char *buffer = mmap(0, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char expected[BLOCK];
    for (long count = 0;; count++) {
        int block = count % BLOCKS;
        memset(buffer, 0xEE, BLOCK);
        memset(expected, block + 1, BLOCK);
        if (pread(descriptor, buffer, BLOCK, (off_t)block * BLOCK) != BLOCK)
            fail("pread");
        wrong += memcmp(buffer, expected, BLOCK) != 0;
        reads++;
    }
    return unused;
}

static void have_uring(int with_buffer)
{
    struct io_uring_params parameters = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring < 0)
        fail("io_uring_setup");
    struct iovec buffer = {aligned_alloc(4096, BLOCK), BLOCK};
    if (with_buffer && syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1))
        fail("io_uring_register");
}

static void *answer(void *unused)
{
    struct uffd_msg message;
    for (;;)
        if (read(descriptor, &message, sizeof message) == sizeof message &&
            message.event == UFFD_EVENT_FORK)
            close((int)message.arg.fork.ufd);
    return unused;
}

static void have_faults(int of_forks, int apart)
{
    size_t size = 1 << 20;
    char *area = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_api api = {.api = UFFD_API, .features = of_forks ? UFFD_FEATURE_EVENT_FORK : 0};
    struct uffdio_register range = {.range = {(uintptr_t)area, size},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    descriptor = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    if (descriptor < 0 || ioctl(descriptor, UFFDIO_API, &api))
        fail("userfaultfd");
    if (apart && !fork()) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
    }
    if (ioctl(descriptor, UFFDIO_REGISTER, &range))
        fail("UFFDIO_REGISTER");
    if (apart)
        close(descriptor);
}

static void start(void *(*what)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, 0, what, 0))
        fail("pthread_create");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    char line[100];
    unsigned long context = 0;
    if (!strcmp(what, "direct") && opened(argv[2], O_RDONLY) >= 0)
        start(read_directly);
    else if (!strcmp(what, "written"))
        opened(argv[2], O_WRONLY);
    else if (!strcmp(what, "aio") && syscall(SYS_io_setup, 8, &context))
        fail("io_setup");
    else if (!strncmp(what, "uring", 5))
        have_uring(!strcmp(what, "uring"));
    else if (!strncmp(what, "faults", 6)) {
        int apart = !strcmp(what, "faults-apart");
        have_faults(apart || !strcmp(what, "faults"), apart);
        if (!apart)
            start(answer);
    }
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        printf("reads %ld wrong %ld\n", (long)reads, (long)wrong);
        fflush(stdout);
    }
    return 0;
}
