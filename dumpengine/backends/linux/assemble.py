"""Puts what was found of a process together into a Snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.elf import ElfImage
from dumpengine.backends.linux.loader import loader_debug
from dumpengine.backends.linux.modules import Image
from dumpengine.backends.linux.system import system_info
from dumpengine.backends.linux.threads import (
    PthreadLayout,
    StackFinder,
    local_data,
    start_address,
    thread_times,
)
from dumpengine.backends.linux.view import ProcessView
from dumpengine.backends.linux.xstate import xstate_features
from dumpengine.format.stream_types import StreamType
from dumpengine.snapshot import (
    Absent,
    Architecture,
    LoaderDebug,
    Memory,
    ProcessInfo,
    Range,
    Region,
    Registers,
    Snapshot,
    SoftError,
    Thread,
    read_memory,
)


def assemble(
    view: ProcessView,
    registers: Mapping[int, Registers | Absent],
    info: ProcessInfo,
    memory: Memory,
    problems: Sequence[SoftError] = (),
) -> Snapshot:
    """Return the snapshot; its memory is read from ``memory``, ``problems`` are known already."""
    images = _images_in(view.images, memory)
    regions = view.regions()
    loader = _loader(images)
    architecture = _architecture(registers, view)
    threads = _Threads(view, images, regions).describe(registers)
    return Snapshot(
        system=system_info(architecture),
        process=info,
        threads=threads,
        modules=tuple(image.module for image in view.images),
        regions=regions,
        memory=memory,
        handles=view.handles,
        loader=loader,
        process_data=_process_data(view.task, loader),
        xstate=xstate_features(registers.values()),
        streams=view.streams | {int(StreamType.LinuxMaps): view.maps},
        problems=(*problems, *_thread_problems(threads)),
    )


def _images_in(images: Sequence[Image], memory: Memory) -> list[ElfImage]:
    """The same ELF images, read from where the snapshot is read."""

    def read(address: int, size: int) -> bytes:
        return read_memory(memory, address, size)

    return [replace(image.elf, read=read) for image in images]


def _architecture(registers: Mapping[int, Registers | Absent], view: ProcessView) -> Architecture:
    for found in registers.values():
        if isinstance(found, Registers):
            return found.architecture
    return view.architecture


def _loader(images: Sequence[ElfImage]) -> LoaderDebug | Absent:
    return loader_debug(images[0]) if images else Absent("no program was found in memory")


def _process_data(pid: int, loader: LoaderDebug | Absent) -> tuple[Range, ...]:
    """Arguments, environment and the pointers to them, and the loader's lists."""
    stat = procfs.read_stat(pid)
    ranges = [Range(stat.arg_start, stat.arg_end), Range(stat.env_start, stat.env_end)]
    if stat.start_stack < stat.arg_start:
        ranges.append(Range(stat.start_stack, stat.arg_start))
    if isinstance(loader, LoaderDebug):
        ranges += loader.ranges
    return tuple(piece for piece in ranges if 0 < piece.start < piece.end)


def _thread_problems(threads: Sequence[Thread]) -> list[SoftError]:
    return [
        SoftError(f"thread {thread.tid}", f"no stack: {thread.stack.reason}")
        for thread in threads
        if isinstance(thread.stack, Absent) and isinstance(thread.registers, Registers)
    ]


class _Threads:
    """Describes all threads with what is the same for each of them found once."""

    def __init__(
        self, view: ProcessView, images: Sequence[ElfImage], regions: Sequence[Region]
    ) -> None:
        self._view = view
        self._images = images
        self._layout = PthreadLayout.find(images)
        self._stacks = StackFinder(regions, _main_top(view.task))
        self._boot = procfs.boot_time()

    def describe(self, registers: Mapping[int, Registers | Absent]) -> tuple[Thread, ...]:
        """Return the threads, the one that started the process first."""
        order = sorted(
            registers.keys() - self._view.ours, key=lambda tid: (tid != self._view.pid, tid)
        )
        return tuple(self._thread(tid, registers[tid]) for tid in order)

    def _thread(self, tid: int, registers: Registers | Absent) -> Thread:
        facts = self._view.thread(tid)
        times = thread_times(facts.stat, self._boot) if facts.stat else Absent("it has left")
        thread = Thread(
            tid=tid,
            registers=registers,
            stack=Absent("no registers"),
            name=facts.name,
            priority=-facts.stat.nice if facts.stat else 0,
            times=times,
            affinity=facts.affinity,
            activity=self._view.activity(tid, registers),
        )
        if isinstance(registers, Absent):
            return thread
        return replace(
            thread,
            stack=self._stacks.find(registers),
            teb=registers["fs_base"],
            start_address=start_address(registers, self._layout, self._images),
            local_data=local_data(registers, self._layout, self._images),
        )


def _main_top(pid: int) -> int:
    """Where the main thread's frames end: the strings of arguments and environment lie above.

    A program that moved its arguments (setproctitle) tells only where the frames begin.
    """
    stat = procfs.read_stat(pid)
    longest = 1 << 20  # argument and environment pointers
    if stat.start_stack <= stat.arg_start < stat.start_stack + longest:
        return stat.arg_start & ~7
    return stat.start_stack & ~7
