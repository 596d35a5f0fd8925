// Copies what it was started with to where copies end up: heap, in three encodings and across a
// border of pages; pages of its own file, which it protects afterwards; the stack; below the stack
// pointer; general and vector registers.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void keep(const char *text) {
    size_t size = strlen(text) + 1;
    uint16_t *two = malloc(2 * size);
    uint32_t *four = malloc(4 * size);
    for (size_t at = 0; at < size; at++)
        two[at] = (unsigned char)text[at], four[at] = (unsigned char)text[at];
    strdup(text);
    char *pages = NULL;
    if (posix_memalign((void **)&pages, PAGE, 2 * PAGE) == 0) {
        memset(pages, 1, 2 * PAGE);
        strcpy(pages + PAGE - 7, text);
    }
}

// As relocation does: a page looks as if it were still the file's.
static void keep_in_file(const char *text, int protection) {
    int file = open("/proc/self/exe", O_RDONLY);
    char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    close(file);
    if (page == MAP_FAILED) exit(1);
    strcpy(page + PAGE / 2, text);
    if (mprotect(page, PAGE, protection)) exit(1);
}

__attribute__((noinline)) static void leave_below(const char *text) {
    char room[16384];
    for (char *at = room; at + strlen(text) + 1 < room + sizeof room; at += strlen(text) + 1)
        strcpy(at, text);
    __asm__ volatile("" ::"r"(room) : "memory");
}

__attribute__((noinline)) static void wait_with(const char *text) {
    char local[64] = {0};
    strncpy(local, text, sizeof local - 1);
    __asm__ volatile("" ::"r"(local) : "memory");
#ifdef __x86_64__
    uint64_t first;
    memcpy(&first, text, sizeof first);
    __asm__ volatile(
        "mov %0, %%r12\n mov %0, %%r13\n mov %0, %%r8\n mov %0, %%rdi\n"
        "movdqu (%1), %%xmm0\n movdqu (%1), %%xmm7\n movdqu (%1), %%xmm15\n"
        "1: mov $34, %%eax\n syscall\n jmp 1b\n"  // pause(2)
        ::"r"(first), "r"(local)
        : "r12", "r13", "r8", "rdi", "rax", "rcx", "r11", "memory");
#endif
    for (;;) pause();
}

// As setproctitle does: the environment is copied, and its place used for something else.
static void move_environment(void) {
    char *end = NULL;
    for (char **at = environ; *at; at++) {
        char *copy = strdup(*at);
        end = *at + strlen(*at);
        memset(*at, 'x', end - *at);
        *at = copy;
    }
}

int main(int argc, char **argv) {
    if (argc > 2) move_environment();
    const char *planted = getenv("PLANTED");
    keep(planted);
    for (int at = 1; at < argc; at++) keep(argv[at]);
    keep_in_file(planted, PROT_READ);
    keep_in_file(planted, PROT_READ | PROT_EXEC);
    leave_below(planted);
    printf("ready\n");
    fflush(stdout);
    wait_with(planted);
}
