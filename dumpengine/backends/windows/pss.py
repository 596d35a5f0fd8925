"""PSS snapshots: the target runs on while its frozen clone is dumped (Windows 8.1 and later).

https://learn.microsoft.com/windows/win32/api/processsnapshot/nf-processsnapshot-psscapturesnapshot
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from dumpengine.backends.windows.errors import reason
from dumpengine.backends.windows.process import Target
from dumpengine.backends.windows.threads import CONTEXT_ALL
from dumpengine.dump_types import MinidumpType
from dumpengine.format.contexts import CONTEXT_XSTATE


class PssFlags(IntFlag):
    """PSS_CAPTURE_FLAGS."""

    VA_CLONE = 0x1
    HANDLES = 0x4
    HANDLE_NAME_INFORMATION = 0x8
    HANDLE_BASIC_INFORMATION = 0x10
    HANDLE_TYPE_SPECIFIC_INFORMATION = 0x20
    HANDLE_TRACE = 0x40
    THREADS = 0x80
    THREAD_CONTEXT = 0x100
    THREAD_CONTEXT_EXTENDED = 0x200
    VA_SPACE = 0x800
    VA_SPACE_SECTION_INFORMATION = 0x1000
    CREATE_BREAKAWAY_OPTIONAL = 0x04000000
    CREATE_BREAKAWAY = 0x08000000
    CREATE_USE_VM_ALLOCATIONS = 0x20000000
    CREATE_RELEASE_SECTION = 0x80000000


_ALWAYS = (
    PssFlags.VA_CLONE
    | PssFlags.THREADS
    | PssFlags.THREAD_CONTEXT
    | PssFlags.VA_SPACE
    | PssFlags.VA_SPACE_SECTION_INFORMATION
    | PssFlags.CREATE_BREAKAWAY
    | PssFlags.CREATE_BREAKAWAY_OPTIONAL
    | PssFlags.CREATE_USE_VM_ALLOCATIONS
    | PssFlags.CREATE_RELEASE_SECTION
)
_HANDLES = (
    PssFlags.HANDLES
    | PssFlags.HANDLE_NAME_INFORMATION
    | PssFlags.HANDLE_BASIC_INFORMATION
    | PssFlags.HANDLE_TYPE_SPECIFIC_INFORMATION
    | PssFlags.HANDLE_TRACE
)


@dataclass(frozen=True, slots=True)
class PssSnapshot:
    """A frozen clone; ``handle`` goes to MiniDumpWriteDump."""

    handle: int


@dataclass(frozen=True, slots=True)
class NoSnapshot:
    """There is no snapshot, and why: a sentence that can be gone on with, without full stop."""

    reason: str


def flags_for(dump_type: int) -> PssFlags:
    """Return what a snapshot must hold for a dump of ``dump_type``."""
    flags = _ALWAYS
    if dump_type & MinidumpType.WithHandleData:
        flags |= _HANDLES
    if dump_type & MinidumpType.WithAvxXStateContext:
        flags |= PssFlags.THREAD_CONTEXT_EXTENDED
    return flags


def available(kernel: Any) -> bool:
    """Return whether the system makes snapshots at all."""
    return kernel.PssCaptureSnapshot is not None and kernel.PssFreeSnapshot is not None


@contextmanager
def snapshot_of(kernel: Any, target: Target, dump_type: int) -> Iterator[PssSnapshot | NoSnapshot]:
    """Hold a snapshot of ``target`` inside the block; it is freed on every way out."""
    context = CONTEXT_ALL
    if dump_type & MinidumpType.WithAvxXStateContext:
        context |= CONTEXT_XSTATE
    handle = ctypes.c_void_p()
    code = kernel.PssCaptureSnapshot(target.handle, flags_for(dump_type), context, byref(handle))
    if code or not handle.value:
        yield NoSnapshot(f"No snapshot could be made: {reason(code)}")
        return
    try:
        yield PssSnapshot(handle.value)
    finally:
        kernel.PssFreeSnapshot(kernel.GetCurrentProcess(), handle)
