"""Populated pages told by their entries alone, as on kernels before 6.7."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dumpengine.snapshot import Range

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux processes"),
]
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import libc, page_entries
    from dumpengine.backends.linux.pagemap import PageMap
    from dumpengine.backends.linux.procfs import read_bytes
    from dumpengine.format.proc_maps import parse_maps

PAGE = 4096


def populated(pid: int, start: int, end: int) -> list[Range]:
    pagemap = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY)
    try:
        return list(page_entries.populated_runs(pid, pagemap, start, end))
    finally:
        os.close(pagemap)


@pytest.fixture(params=[mmap.MADV_NOHUGEPAGE, mmap.MADV_HUGEPAGE], ids=["small", "huge"])
def area(request) -> Iterator[tuple[int, mmap.mmap]]:
    """8 MiB of ours, of which the third and fourth are written and all others only read."""
    memory = mmap.mmap(-1, 10 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(request.param)
    view = ctypes.c_char.from_buffer(memory)
    offset = -ctypes.addressof(view) % (2 << 20)
    memory[offset + (2 << 20) : offset + (4 << 20)] = b"w" * (2 << 20)
    assert not any(memory[offset + at] for at in range(0, 2 << 20, PAGE))
    assert not any(memory[offset + at] for at in range(4 << 20, 8 << 20, PAGE))
    yield ctypes.addressof(view) + offset, memory
    del view
    memory.close()


@contextmanager
def copied() -> Iterator[int]:
    """Fork: in the copy, every page is shared with us."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_memory_that_was_only_read_is_empty(area):
    start, _ = area
    written = [Range(start + (2 << 20), start + (4 << 20))]
    assert populated(os.getpid(), start, start + (8 << 20)) == written
    with copied() as pid:
        assert populated(pid, start, start + (8 << 20)) == written
        assert populated(os.getpid(), start, start + (8 << 20)) == written


def test_where_the_kernel_does_not_say_nothing_is_lost(area, monkeypatch):
    start, _ = area

    def forbidden(*_):
        raise PermissionError(1, "move_pages")

    monkeypatch.setattr(libc, "places_of_pages", forbidden)
    found = populated(os.getpid(), start, start + (8 << 20))
    assert found == [Range(start, start + (8 << 20))]


def test_the_same_as_the_kernel_says_by_itself():
    """The program and its libraries: pages of files, copied ones and untouched ones."""
    scan = PageMap(os.getpid())
    if not scan.can_scan():
        pytest.skip("this kernel has no PAGEMAP_SCAN")
    files = [m for m in parse_maps(read_bytes("/proc/self/maps")) if m.file_backed]
    assert any(scan.holds_any(file.start, file.end) for file in files)
    for file in files:
        expected = list(scan.populated(file.start, file.end))
        assert populated(os.getpid(), file.start, file.end) == expected, file
    scan.close()


def test_runs_go_on_across_what_is_read_at_once(monkeypatch):
    monkeypatch.setattr(page_entries, "_ENTRIES", 4)
    memory = mmap.mmap(-1, 16 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    view = ctypes.c_char.from_buffer(memory)
    start = ctypes.addressof(view)
    for page in (2, 3, 4, 5, 7, 8, 15):
        memory[page * PAGE] = 1
    pieces = [(2, 6), (7, 9), (15, 16)]
    assert populated(os.getpid(), start, start + 16 * PAGE) == [
        Range(start + first * PAGE, start + last * PAGE) for first, last in pieces
    ]


def test_a_vast_mapping_is_not_listed_where_it_holds_nothing(monkeypatch):
    monkeypatch.setattr(page_entries, "_VAST", 1 << 20)
    memory = mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    view = ctypes.c_char.from_buffer(memory)
    start = ctypes.addressof(view)
    # A neighbour that the kernel shows as one mapping with it would answer for it.
    libc_mprotect = ctypes.CDLL(None).mprotect
    assert libc_mprotect(ctypes.c_void_p(start), ctypes.c_size_t(2 << 20), 1 | 2 | 4) == 0
    asked = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda *rest: asked.append(rest) or real(*rest))
    assert populated(os.getpid(), start, start + (2 << 20)) == []
    assert asked == []
    memory[PAGE] = 1
    assert populated(os.getpid(), start, start + (2 << 20)) == [
        Range(start + PAGE, start + 2 * PAGE)
    ]


@pytest.mark.parametrize("entry", [0, 1 << 55], ids=["empty", "soft-dirty"])
def test_what_is_only_reserved_is_passed_over_at_once(monkeypatch, entry):
    monkeypatch.setattr(
        os, "pread", lambda _fd, size, _at: entry.to_bytes(8, "little") * (size // 8)
    )
    monkeypatch.setattr(page_entries, "_without_zeros", lambda *_: pytest.fail("looked at each"))
    whole = page_entries._ENTRIES * PAGE
    assert list(page_entries.populated_runs(0, 0, 0, 3 * whole)) == []
