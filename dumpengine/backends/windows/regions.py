"""The address space: a VirtualQueryEx walk, and which regions each flag would take.

https://learn.microsoft.com/windows/win32/api/memoryapi/nf-memoryapi-virtualqueryex
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from ctypes import byref

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import MEMORY_BASIC_INFORMATION, MINIDUMP_MEMORY_INFO
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import MemoryState, MemoryType, PageProtection, Region

_M = MinidumpType
_CODE = (
    PageProtection.EXECUTE
    | PageProtection.EXECUTE_READ
    | PageProtection.EXECUTE_READWRITE
    | PageProtection.EXECUTE_WRITECOPY
)
_TYPES = {item.value: item for item in MemoryType}
_STATES = {item.value: item for item in MemoryState}


def walk(handle: int) -> Iterator[Region]:
    """Yield every region of a process in order of address, free ones too."""
    info = MEMORY_BASIC_INFORMATION()
    query = api.kernel32().VirtualQueryEx
    address = 0
    while query(handle, address, byref(info), ctypes.sizeof(info)):
        region = _region(info)
        yield region
        if region.end <= address or region.end >> 64:
            return
        address = region.end


def _region(info: MEMORY_BASIC_INFORMATION) -> Region:
    start = info.BaseAddress or 0
    return Region(
        start=start,
        end=start + info.RegionSize,
        protect=info.Protect,
        type=_memory_type(info.Type),
        state=_memory_state(info.State),
        allocation_base=info.AllocationBase or 0,
        allocation_protect=info.AllocationProtect,
    )


def region_of(info: MINIDUMP_MEMORY_INFO) -> Region:
    """Return a callback's region as ours."""
    return Region(
        start=info.BaseAddress,
        end=info.BaseAddress + info.RegionSize,
        protect=info.Protect,
        type=_memory_type(info.Type),
        state=_memory_state(info.State),
        allocation_base=info.AllocationBase,
        allocation_protect=info.AllocationProtect,
    )


def fill(info: MINIDUMP_MEMORY_INFO, region: Region) -> None:
    """Write our region into a callback's."""
    info.BaseAddress, info.RegionSize = region.start, region.size
    info.AllocationBase = region.allocation_base
    info.AllocationProtect = region.allocation_protect
    info.State, info.Protect, info.Type = region.state, region.protect, region.type


def _memory_type(value: int) -> MemoryType:
    return _TYPES.get(value, MemoryType.NONE)


def _memory_state(value: int) -> MemoryState:
    return _STATES.get(value, MemoryState.FREE)


def taken_by(region: Region, flag: MinidumpType) -> bool:
    """Return whether a memory flag takes a region into the dump."""
    if not region.readable:
        return False
    if flag is _M.WithFullMemory:
        return True
    if flag in (_M.WithPrivateReadWriteMemory, _M.WithPrivateWriteCopyMemory):
        # dbgcore 10.0.22621 takes the same private memory for both, read-write or copied on write.
        return region.type is MemoryType.PRIVATE and region.writable
    image = region.type is MemoryType.IMAGE
    if flag is _M.WithDataSegs:
        return image and region.writable
    return flag is _M.WithCodeSegs and image and bool(region.protect & _CODE)


MEMORY_FLAGS = (
    _M.WithFullMemory,
    _M.WithPrivateReadWriteMemory,
    _M.WithPrivateWriteCopyMemory,
    _M.WithDataSegs,
    _M.WithCodeSegs,
)


def measure(regions: Iterable[Region], dump_type: int) -> tuple[int, dict[MinidumpType, int]]:
    """Return the bytes of memory a dump of ``dump_type`` takes, and what each memory flag would.

    Every memory flag is measured, asked for or not; a region that two flags take counts once in
    the total.
    """
    total = 0
    by_flag = dict.fromkeys(MEMORY_FLAGS, 0)
    for region in regions:
        takers = [flag for flag in MEMORY_FLAGS if taken_by(region, flag)]
        for flag in takers:
            by_flag[flag] += region.size
        if any(dump_type & flag for flag in takers):
            total += region.size
    return total, by_flag
