"""A running process described without stopping it: threads, modules, regions."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import byref
from pathlib import PureWindowsPath

from dumpengine.backends.windows import api, process
from dumpengine.backends.windows.names import thread_name
from dumpengine.backends.windows.regions import walk
from dumpengine.backends.windows.toolhelp import LoadedModule, loaded_modules, thread_ids
from dumpengine.snapshot import (
    Absent,
    Module,
    ProcessInfo,
    Range,
    Region,
    Snapshot,
    SystemInfo,
    Thread,
)

PLATFORM_WIN32_NT = 2
_PRIVATE = Absent("the process was not stopped for it")


class ProcessMemory:
    """Reads another process's memory; see :class:`dumpengine.snapshot.Memory`."""

    def __init__(self, handle: int, regions: tuple[Region, ...]) -> None:
        self._handle = handle
        self._regions = regions

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See the protocol."""
        if not len(buffer):
            return 0
        target = (ctypes.c_char * len(buffer)).from_buffer(buffer)
        done = ctypes.c_size_t()
        api.kernel32().ReadProcessMemory(self._handle, address, target, len(buffer), byref(done))
        return done.value

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See the protocol; Windows tells committed memory, not memory touched."""
        for region in self._regions:
            if region.readable and region.start < end and start < region.end:
                yield Range(max(region.start, start), min(region.end, end))


@contextmanager
def observe(pid: int, started: float) -> Iterator[Snapshot]:
    """Describe a process while the block runs; raises DumpError."""
    with process.open_target(pid, started, process.REQUIRED) as target:
        regions = tuple(walk(target.handle))
        modules = loaded_modules(pid)
        yield Snapshot(
            system=SystemInfo(
                architecture=process.architecture(target.handle), platform_id=PLATFORM_WIN32_NT
            ),
            process=_process(target, modules),
            threads=tuple(_thread(tid) for tid in thread_ids(pid)),
            modules=tuple(Module(base=m.base, size=m.size, path=m.path) for m in modules),
            regions=regions,
            memory=ProcessMemory(target.handle, regions),
        )


def _process(target: process.Target, modules: list[LoadedModule]) -> ProcessInfo:
    path = modules[0].path if modules else ""
    name = PureWindowsPath(path).name
    return ProcessInfo(
        pid=target.pid, name=name, path=path, created=process.start_time(target.handle)
    )


def _thread(tid: int) -> Thread:
    kernel = api.kernel32()
    handle = kernel.OpenThread(api.THREAD_QUERY_LIMITED_INFORMATION, False, tid)
    try:
        return Thread(tid=tid, registers=_PRIVATE, stack=_PRIVATE, name=thread_name(handle))
    finally:
        if handle:
            kernel.CloseHandle(handle)
