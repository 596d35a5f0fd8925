"""How large a dump would be, from a look at the running process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dumpengine.backends.windows import regions
from dumpengine.backends.windows.images import header_bytes
from dumpengine.backends.windows.observe import ProcessMemory
from dumpengine.backends.windows.process import REQUIRED, Target, open_target
from dumpengine.backends.windows.toolhelp import loaded_modules, thread_ids
from dumpengine.dump_types import MinidumpType

_M = MinidumpType
_THREAD_BYTES = 8 << 10  # of a thread without memory flags: context, stack in use, code around it
_FIXED_BYTES = 32 << 10
# As seen with dbgcore 10.0.22621: PEB and parameters, a thread's TEB, what its stack points to.
_PROCESS_DATA_BYTES = 32 << 10
_THREAD_DATA_BYTES = 24 << 10
_REFERENCED_BYTES = 24 << 10


def estimate(
    pid: int, dump_type: MinidumpType, started: float = 0.0
) -> tuple[int, Mapping[MinidumpType, int]]:
    """Return the bytes a dump would have and the bytes each memory flag takes; raises DumpError."""
    with open_target(pid, started, REQUIRED) as target:
        total, by_flag = regions.measure(regions.walk(target.handle), dump_type)
        by_flag[_M.WithModuleHeaders] = _header_bytes(target)
    threads = sum(1 for _ in thread_ids(pid))
    total += _FIXED_BYTES + threads * _THREAD_BYTES
    if not dump_type & _M.WithFullMemory:
        total += sum(size for flag, size in _extras(threads, by_flag) if dump_type & flag)
    return total, by_flag


def _extras(
    threads: int, by_flag: Mapping[MinidumpType, int]
) -> Iterator[tuple[MinidumpType, int]]:
    """What is taken besides whole regions; the first lies in no region that another flag takes."""
    yield _M.WithModuleHeaders, by_flag[_M.WithModuleHeaders]
    yield _M.WithProcessThreadData, _PROCESS_DATA_BYTES + threads * _THREAD_DATA_BYTES
    yield _M.WithIndirectlyReferencedMemory, threads * _REFERENCED_BYTES


def _header_bytes(target: Target) -> int:
    memory = ProcessMemory(target.handle, ())

    def read(address: int, size: int) -> bytes:
        buffer = bytearray(size)
        return bytes(buffer[: memory.read_into(address, memoryview(buffer))])

    return sum(header_bytes(read, m.base, m.size) for m in loaded_modules(target.pid))
