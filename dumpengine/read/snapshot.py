"""A dump as a Snapshot: every stream read, what cannot be read noted among the problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from dumpengine.errors import DumpError
from dumpengine.format.streams import STREAMS, Shrink
from dumpengine.read.capture_notes import CaptureNotes, read_capture_notes
from dumpengine.read.counters import read_system_memory, read_vm_counters
from dumpengine.read.directory import DumpFile
from dumpengine.read.exception import read_exception
from dumpengine.read.handles import read_handles
from dumpengine.read.linked import read_linked_streams
from dumpengine.read.linux_texts import LinuxStatus, read_status
from dumpengine.read.loader import read_loader
from dumpengine.read.memory import DumpMemory
from dumpengine.read.memory_info import read_regions
from dumpengine.read.misc_info import MiscInfo, read_misc_info
from dumpengine.read.modules import read_modules, read_unloaded_modules
from dumpengine.read.scripts import read_scripts
from dumpengine.read.system_info import UNKNOWN_SYSTEM, read_system_info
from dumpengine.read.threads import ContextReader, read_threads
from dumpengine.snapshot import (
    Absent,
    Module,
    ProcessInfo,
    Snapshot,
    SoftError,
    SystemInfo,
)

T = TypeVar("T")
D = TypeVar("D")

# What Snapshot has fields for; every other stream stays as it is in Snapshot.streams.
INTERPRETED = frozenset(
    row.type for row in STREAMS if row.shrink in (Shrink.REWRITTEN, Shrink.MOVED)
)


class RawStreams(Mapping[int, bytes]):
    """The streams nobody interprets, by type; read from the file when asked for."""

    def __init__(self, file: DumpFile) -> None:
        self._file = file
        self._types = tuple(kind for kind in file.types if kind not in INTERPRETED)

    def __getitem__(self, stream: int) -> bytes:
        if stream not in self._types:
            raise KeyError(stream)
        body = self._file.body(stream)
        return b"" if body is None else body

    def __iter__(self) -> Iterator[int]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)


class SnapshotReader:
    """Reads one dump's streams in the order they need each other."""

    def __init__(self, file: DumpFile, memory: DumpMemory) -> None:
        self._file = file
        self._memory = memory

    def read(self) -> Snapshot:
        """Return the snapshot. A stream that cannot be read is empty and among the problems."""
        file = self._file
        misc = self._try("MiscInfoStream", read_misc_info, MiscInfo())
        system = self._system(misc)
        contexts = ContextReader(file, system, misc.xstate)
        broken = Absent("the dump's list cannot be read")
        modules = self._try("ModuleListStream", read_modules, ())
        return Snapshot(
            system=system,
            process=self._process(misc, modules),
            threads=self._try("ThreadListStream", lambda f: read_threads(f, contexts), ()),
            modules=modules,
            regions=self._try("MemoryInfoListStream", read_regions, ()),
            memory=self._memory,
            handles=self._try("HandleDataStream", read_handles, broken),
            exception=self._try("ExceptionStream", lambda f: read_exception(f, contexts), broken),
            unloaded_modules=self._try("UnloadedModuleListStream", read_unloaded_modules, ()),
            loader=self._try(
                "LinuxDsoDebug", lambda f: read_loader(f, system.architecture), broken
            ),
            xstate=misc.xstate,
            scripts=self._try("DumpDeskScriptFrames", read_scripts, broken),
            streams=RawStreams(file),
            linked_streams=read_linked_streams(file),
            problems=self._problems(),
        )

    def _try(self, where: str, read: Callable[[DumpFile], T], instead: D) -> T | D:
        try:
            return read(self._file)
        except DumpError as error:
            self._file.note(where, error)
            return instead

    def _system(self, misc: MiscInfo) -> SystemInfo:
        return replace(
            self._try("SystemInfoStream", read_system_info, UNKNOWN_SYSTEM),
            build_string=misc.build_string,
            max_mhz=misc.max_mhz,
            current_mhz=misc.current_mhz,
            timezone=misc.timezone,
            memory=self._try("SystemMemoryInfoStream", read_system_memory, Absent("unreadable")),
        )

    def _process(self, misc: MiscInfo, modules: tuple[Module, ...]) -> ProcessInfo:
        """The program is the first module; its id may be in a Linux text only."""
        status = self._try("LinuxProcStatus", read_status, LinuxStatus())
        return ProcessInfo(
            pid=misc.pid if misc.pid is not None else status.pid or 0,
            name=_program_name(status.name or "", modules),
            path=modules[0].path if modules else "",
            ppid=status.ppid or 0,
            created=misc.created,
            user_time=misc.user_time,
            kernel_time=misc.kernel_time,
            counters=self._try("ProcessVmCountersStream", read_vm_counters, Absent("unreadable")),
        )

    def _problems(self) -> tuple[SoftError, ...]:
        notes = self._try("DumpDeskCaptureNotes", read_capture_notes, None) or CaptureNotes()
        return notes.skipped + self._file.problems


def _program_name(kernels: str, modules: tuple[Module, ...]) -> str:
    """The kernel keeps 15 bytes of the name; the program's file has it whole."""
    whole = modules[0].name if modules else ""
    return whole if whole.startswith(kernels) else kernels
