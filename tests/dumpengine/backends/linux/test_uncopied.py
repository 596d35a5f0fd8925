"""What a copy of a process lacks."""

from __future__ import annotations

import mmap
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks"),
]
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.pagemap import PageMap
    from dumpengine.backends.linux.uncopied import _may_be_wiped

MADV_WIPEONFORK = 18  # <linux/mman.h>


@contextmanager
def copied() -> Iterator[int]:
    """Fork; give the copy's process id."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def scans() -> bool:
    pages = PageMap(os.getpid())
    try:
        return pages.can_scan()
    finally:
        pages.close()


@pytest.mark.parametrize(("wiped", "touched"), [(False, True), (True, False), (True, True)])
def test_memory_that_may_have_been_wiped(wiped, touched):
    if not scans():
        pytest.skip("this kernel tells every page, so it is not asked")
    with mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        if wiped:
            memory.madvise(MADV_WIPEONFORK)
        if touched:
            memory[3 << 20] = 1
        with copied() as pid:
            assert _may_be_wiped(pid, os.getpid()) is (wiped and touched)


def test_a_kernel_that_tells_every_page_is_not_asked(monkeypatch):
    monkeypatch.setattr(PageMap, "can_scan", lambda _: False)
    monkeypatch.setattr(PageMap, "holds_any", lambda *_: pytest.fail("it was asked"))
    assert _may_be_wiped(os.getpid(), os.getpid())
