"""A Windows target that tells whether it stood still, and whether a dump is of one moment.

Run as a program it is that target. One thread counts in a register and writes the number to two
places far apart; another one watches the clock. Every line on its standard input is answered with
the longest gap between two looks at the clock since the last line, in milliseconds.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Absent, read_memory

# again: inc rax; mov [rcx], rax; mov [rdx], rax; jmp again
LOOP = bytes.fromhex("48ffc0 488901 488902 ebf5")


class Pair:
    """The running target. ``first`` and ``second`` are the two places, ``code`` the loop's."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        assert child.stdout is not None
        self.pid = child.pid
        self.first, self.second, self.code = map(int, child.stdout.readline().split())

    def longest_gap(self) -> float:
        """Return how long it stood still since this was last asked, in milliseconds."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return float(self._child.stdout.readline())

    def counted(self, dump: Path) -> tuple[int, int, int]:
        """Return what a dump says the register and the two places held."""
        with open_dump(dump) as found:
            snapshot = found.snapshot()
            inside = range(self.code, self.code + len(LOOP))
            (register,) = (
                thread.registers.values["rax"]
                for thread in snapshot.threads
                if not isinstance(thread.registers, Absent) and thread.registers.pc in inside
            )
            first, second = (
                int.from_bytes(read_memory(snapshot.memory, at, 8), "little")
                for at in (self.first, self.second)
            )
        return register, first, second


def is_of_one_moment(register: int, first: int, second: int) -> bool:
    """Whether the loop can have stood there: each is written right after the one before it."""
    return register - first in (0, 1) and first - second in (0, 1) and register - second in (0, 1)


@contextmanager
def pair(megabytes: int = 32) -> Iterator[Pair]:
    """Run the target, with so much memory between the two places."""
    child = subprocess.Popen(
        [sys.executable, __file__, str(megabytes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Pair(child)
    finally:
        child.kill()
        child.communicate()


def _allocate(size: int) -> int:
    import ctypes

    allocate = ctypes.WinDLL("kernel32").VirtualAlloc  # type: ignore[attr-defined]
    allocate.restype = ctypes.c_void_p
    allocate.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32)
    commit, execute_read_write = 0x3000, 0x40
    return int(allocate(None, size, commit, execute_read_write))


def _main(megabytes: int) -> None:
    import ctypes
    import threading
    import time

    first, between, second, code = (_allocate(n) for n in (4096, megabytes << 20, 4096, 4096))
    ctypes.memset(between, 0x5A, megabytes << 20)
    ctypes.memmove(code, LOOP, len(LOOP))
    loop = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code)
    threading.Thread(target=loop, args=(first, second), daemon=True).start()
    longest = [0.0]

    def watch_the_clock() -> None:
        last = time.perf_counter()
        while True:
            now = time.perf_counter()
            longest[0] = max(longest[0], now - last)
            last = now

    threading.Thread(target=watch_the_clock, daemon=True).start()
    print(first, second, code, flush=True)
    for _ in sys.stdin:
        time.sleep(0.05)  # the clock is looked at once more
        print(longest[0] * 1e3, flush=True)
        longest[0] = 0.0


if __name__ == "__main__":
    _main(int(sys.argv[1]))
