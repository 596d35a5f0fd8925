"""Why a process is not to be cloned: decided while it runs, so that nothing is walked in a stop.

A clone write-protects the pages of the target and has the kernel, not the program, at work in it.
Whoever writes those pages behind the processor's back, or answers for the kernel, would be misled.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.costs import clone_ms, resident
from dumpengine.backends.linux.headroom import no_room_for_copy

_UFFD = "anon_inode:[userfaultfd]"
_IO_URING = "anon_inode:[io_uring]"
# Devices that write to the memory of a process: RDMA, and virtual machines' own devices.
_DIRECT_DEVICES = ("/dev/infiniband/", "/dev/vfio/")
_UFFD_FEATURES = re.compile(rb"(?m)^API:\s*[0-9a-f]+:([0-9a-f]+):")
_UFFD_EVENT_FORK = 1 << 1
_USER_BUFFERS = re.compile(rb"(?m)^UserBufs:\s*(\d+)")
_FLAGS = re.compile(rb"(?m)^flags:\s*([0-7]+)")
_AIO_RING = re.compile(rb"(?m) /\[aio\]( \(deleted\))?$")
_ANSWERED_FOR = re.compile(rb"(?m)^VmFlags:.* u[mwi]\b")
_QUICKLY_WALKED = 1.0  # GiB
_FEW_MAPPINGS = 2000
_LONGEST_MS = 1000.0

_WRITTEN = "and a copy might have it miss what the device writes meanwhile"


def no_copy(pid: int, maps: bytes) -> str:
    """Return why ``pid`` is not to be cloned, a sentence without a full stop; empty: nothing seen.

    ``maps`` is the text of its /proc/PID/maps. Raises OSError when the process is gone.
    """
    if _AIO_RING.search(maps):
        return f"it has asynchronous reads of its own (AIO), {_WRITTEN}"
    reasons = (_about_descriptor(pid, *item) for item in _descriptors(pid))
    return (
        next(filter(None, reasons), "")
        or _answered_for(pid, maps)
        or _too_slow(pid)
        or no_room_for_copy(pid, maps)
    )


def _descriptors(pid: int) -> Iterator[tuple[str, str]]:
    folder = f"/proc/{pid}/fd"
    for number in os.listdir(folder):
        try:
            yield number, os.readlink(f"{folder}/{number}")
        except OSError:  # closed meanwhile
            continue


def _about_descriptor(pid: int, number: str, name: str) -> str:
    if name.startswith(_DIRECT_DEVICES):
        return f"a device may write to its memory ({name}), {_WRITTEN}"
    if name == _UFFD and _hears_of_forks(_details(pid, number)):
        return (
            "it answers for memory of its own (userfaultfd), and a copy would wait for its answer"
        )
    if name == _IO_URING and _has_user_buffers(_details(pid, number)):
        return f"it has buffers registered with io_uring, {_WRITTEN}"
    if name.startswith("/") and _is_read_directly(_details(pid, number)):
        return f"it reads {name} past the system's cache (O_DIRECT), {_WRITTEN}"
    return ""


def _details(pid: int, number: str) -> bytes:
    return procfs.read_optional(f"/proc/{pid}/fdinfo/{number}")


def _hears_of_forks(details: bytes) -> bool:
    found = _UFFD_FEATURES.search(details)
    return found is None or bool(int(found[1], 16) & _UFFD_EVENT_FORK)


def _has_user_buffers(details: bytes) -> bool:
    """Where the kernel does not say (the ring was busy), there may be some."""
    found = _USER_BUFFERS.search(details)
    return found is None or int(found[1]) > 0


def _is_read_directly(details: bytes) -> bool:
    """open(2), on O_DIRECT: with fork(2), what is being read can be lost; writing loses nothing."""
    found = _FLAGS.search(details)
    flags = int(found[1], 8) if found else 0
    return bool(flags & os.O_DIRECT) and flags & os.O_ACCMODE != os.O_WRONLY


def _answered_for(pid: int, maps: bytes) -> str:
    """The descriptor may be another process's, and what it hears of unknown.

    Only smaps tells, and keeps the address space busy while it walks all page tables; so it is
    asked where that takes no more than some 10 ms.
    """
    if maps.count(b"\n") > _FEW_MAPPINGS or resident(pid) > _QUICKLY_WALKED:
        return ""
    if _ANSWERED_FOR.search(procfs.read_optional(f"/proc/{pid}/smaps")):
        return "somebody may answer for memory of it (userfaultfd), and a copy would wait for that"
    return ""


def _too_slow(pid: int) -> str:
    if clone_ms(pid) > _LONGEST_MS:
        return "its control group allows it too little processor time for a copy of its page tables"
    return ""
