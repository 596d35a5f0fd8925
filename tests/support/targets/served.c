/* Serves a file system at argv[1] (as root): a folder in which one file can be made, whose contents
 * go nowhere; with argv[2] nothing that is written there is ever answered. Prints "ready" when it is mounted; ends, and takes it down, when standard
 * input ends. https://docs.kernel.org/filesystems/fuse.html, <linux/fuse.h> */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int device;
static uint64_t size;
static char name[256];
static int hangs;

static void answer(const struct fuse_in_header *in, int error, void *data, size_t length)
{
    struct fuse_out_header out = {(uint32_t)(sizeof out + length), -error, in->unique};
    struct iovec parts[2] = {{&out, sizeof out}, {data, length}};
    if (writev(device, parts, 2) < 0 && errno != ENOENT)
        perror("writev");
}

static struct fuse_attr attributes(uint64_t node)
{
    int root = node == FUSE_ROOT_ID;
    return (struct fuse_attr){.ino = node, .size = root ? 0 : size, .nlink = 1,
                              .mode = root ? S_IFDIR | 0755 : S_IFREG | 0600};
}

static void serve(const struct fuse_in_header *in, const char *body)
{
    struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = 128 << 10};
    struct fuse_attr_out attr = {.attr = attributes(in->nodeid)};
    struct {
        struct fuse_entry_out entry;
        struct fuse_open_out open;
    } made = {{.nodeid = 2, .generation = 1, .attr = attributes(2)}, {.fh = 1}};
    struct fuse_open_out opened = {.fh = 1};
    struct fuse_statfs_out statfs = {.st = {.blocks = 1 << 20, .bfree = 1 << 20,
                                            .bavail = 1 << 20, .bsize = 4096, .frsize = 4096}};
    const struct fuse_write_in *write_in = (const void *)body;
    struct fuse_write_out written = {0};
    switch (in->opcode) {
    case FUSE_INIT: return answer(in, 0, &init, sizeof init);
    case FUSE_GETATTR: case FUSE_SETATTR: return answer(in, 0, &attr, sizeof attr);
    case FUSE_LOOKUP:
        return strcmp(body, name) ? answer(in, ENOENT, 0, 0) : answer(in, 0, &made.entry,
                                                                      sizeof made.entry);
    case FUSE_CREATE:
        strncpy(name, body + sizeof(struct fuse_create_in), sizeof name - 1);
        return answer(in, 0, &made, sizeof made);
    case FUSE_UNLINK:
        name[0] = 0;
        return answer(in, 0, 0, 0);
    case FUSE_OPEN: case FUSE_OPENDIR: return answer(in, 0, &opened, sizeof opened);
    case FUSE_STATFS: return answer(in, 0, &statfs, sizeof statfs);
    case FUSE_WRITE:
        if (hangs)
            return;
        written.size = write_in->size;
        if (write_in->offset + write_in->size > size)
            size = write_in->offset + write_in->size;
        return answer(in, 0, &written, sizeof written);
    case FUSE_READDIR: case FUSE_FLUSH: case FUSE_RELEASE: case FUSE_RELEASEDIR:
    case FUSE_FSYNC: return answer(in, 0, 0, 0);
    case FUSE_FORGET: case FUSE_BATCH_FORGET: case FUSE_INTERRUPT: return;
    default: return answer(in, ENOSYS, 0, 0);
    }
}

static void *serve_all(void *unused)
{
    static char request[(128 << 10) + 8192];
    while (read(device, request, sizeof request) > 0)
        serve((void *)request, request + sizeof(struct fuse_in_header));
    return unused;
}

int main(int argc, char **argv)
{
    char options[100], line[10];
    pthread_t thread;
    device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
    if (device < 0 || argc < 2 || mount("dumpdesk", argv[1], "fuse", 0, options)) {
        puts("unsupported 1\nready");
        return 0;
    }
    hangs = argc > 2;
    pthread_create(&thread, 0, serve_all, 0);
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin))
        ;
    umount2(argv[1], MNT_DETACH);
    return 0;
}
