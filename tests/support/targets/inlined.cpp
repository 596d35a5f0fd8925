// A place that is known to the line: three functions, two of them inlined into the third.
#include <cstdio>
#include <unistd.h>
#include <vector>

namespace shop {

template <class T> inline __attribute__((always_inline)) void innermost(T until) {
    for (;;) {
        usleep(100000000);  // line 10
        asm volatile("" ::"r"(until));
    }
}

inline __attribute__((always_inline)) void middle(int n) {
    innermost<long>(n);  // line 16
}

__attribute__((noinline)) void outer(std::vector<int> const &items) {
    middle(items.size());  // line 20
}

}  // namespace shop

int main() {
    std::vector<int> items(3);
    std::puts("ready");
    std::fflush(stdout);
    shop::outer(items);
}
