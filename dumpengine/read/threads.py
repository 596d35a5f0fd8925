"""ThreadListStream, ThreadExListStream, ThreadNamesStream and ThreadInfoListStream as threads.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_thread
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dumpengine.errors import DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.format.threads import (
    MINIDUMP_THREAD,
    MINIDUMP_THREAD_EX,
    MINIDUMP_THREAD_INFO,
    MINIDUMP_THREAD_INFO_LIST,
    MINIDUMP_THREAD_NAME,
    ThreadInfoFlags,
)
from dumpengine.read.activity import NOT_RECORDED, read_activities
from dumpengine.read.contexts import MAX_CONTEXT, decode_context
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import counted_entries, headed_entries
from dumpengine.read.source import bad_format
from dumpengine.read.times import filetime_to_unix, ticks_to_seconds
from dumpengine.snapshot import (
    Absent,
    Architecture,
    Range,
    Registers,
    SystemInfo,
    Thread,
    ThreadTimes,
    XStateFeature,
)
from dumpengine.waiting.facts import Activity

MAX_THREADS = 1 << 18


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread's entry as stored. ``stack`` may have its bytes in another list: then rva is 0."""

    tid: int
    suspend_count: int
    priority_class: int
    priority: int
    teb: int
    stack_start: int
    stack_size: int
    stack_rva: int
    context_size: int
    context_rva: int


def read_thread_rows(file: DumpFile) -> tuple[ThreadRow, ...]:
    """Return the entries of ThreadListStream, or of ThreadExListStream where only that exists."""
    body = file.body(StreamType.ThreadListStream)
    if body is not None:
        entries = counted_entries(body, MINIDUMP_THREAD.SIZE, "The thread list")
        return _limited([ThreadRow(*row) for row in MINIDUMP_THREAD.rows(entries)])
    body = file.body(StreamType.ThreadExListStream)
    if body is not None:
        entries = counted_entries(body, MINIDUMP_THREAD_EX.SIZE, "The thread list")
        return _limited([ThreadRow(*row[:10]) for row in MINIDUMP_THREAD_EX.rows(entries)])
    return ()


def _limited(rows: list[ThreadRow]) -> tuple[ThreadRow, ...]:
    if len(rows) > MAX_THREADS:
        raise bad_format(f"The thread list has {len(rows)} entries, more than a process can have.")
    return tuple(rows)


def read_thread_names(file: DumpFile) -> dict[int, str]:
    """Return the names by thread id; only named threads are listed."""
    names: dict[int, str] = {}
    body = file.body(StreamType.ThreadNamesStream)
    if body is None:
        return names
    entries = counted_entries(body, MINIDUMP_THREAD_NAME.SIZE, "The list of thread names")
    for tid, rva in MINIDUMP_THREAD_NAME.rows(entries):
        if rva == 0:  # minidump-writer leaves such holes for threads without a name
            continue
        try:
            names.setdefault(tid, file.source.string(rva, f"The name of thread {tid}"))
        except DumpError as error:
            file.note("ThreadNamesStream", error)
    return names


def read_thread_info(file: DumpFile) -> dict[int, MINIDUMP_THREAD_INFO]:
    """Return ThreadInfoListStream by thread id."""
    body = file.body(StreamType.ThreadInfoListStream)
    if body is None:
        return {}
    if len(body) < MINIDUMP_THREAD_INFO_LIST.SIZE:
        raise bad_format("The list of thread times is too short for its head.")
    head = MINIDUMP_THREAD_INFO_LIST.unpack(body)
    entries = headed_entries(
        body,
        head.SizeOfHeader,
        head.SizeOfEntry,
        head.NumberOfEntries,
        MINIDUMP_THREAD_INFO.SIZE,
    )
    return {info.ThreadId: info for info in MINIDUMP_THREAD_INFO.unpack_many(entries)}


@dataclass(slots=True)
class ContextReader:
    """Decodes the contexts a dump's lists point to; threads that share one share the result."""

    file: DumpFile
    system: SystemInfo
    features: tuple[XStateFeature, ...]
    _known: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def registers(self, rva: int, size: int, what: str, teb: int = 0) -> Registers | Absent:
        """Return the registers at ``rva``; Absent with the reason when they cannot be read."""
        if size == 0 or rva == 0:
            return Absent("the dump has none")
        try:
            return decode_context(
                self._bytes(rva, size, what), self.system.architecture, self.features, self._tp(teb)
            )
        except DumpError as error:
            self.file.note(what, error)
            return Absent(error.cause.rstrip("."))

    def _bytes(self, rva: int, size: int, what: str) -> bytes:
        if size > MAX_CONTEXT:
            raise bad_format(f"{what}: a context of {size} bytes is larger than any processor's.")
        if (rva, size) not in self._known:
            self._known[rva, size] = self.file.source.piece(rva, size, what)
        return self._known[rva, size]

    def _tp(self, teb: int) -> dict[str, int]:
        """Return the base that CONTEXT_AMD64 has no room for and dumps keep in Teb."""
        if self.system.architecture is not Architecture.AMD64:
            return {}
        windows = self.system.platform_id == PlatformId.WIN32_NT
        return {"gs_base" if windows else "fs_base": teb}


def read_threads(file: DumpFile, contexts: ContextReader) -> tuple[Thread, ...]:
    """Return the threads with what all four streams say about them; raises DumpError.

    Names and times that cannot be read are noted and left out.
    """
    names: Mapping[int, str] = {}
    infos: Mapping[int, MINIDUMP_THREAD_INFO] = {}
    activities: Mapping[int, Activity] = {}
    try:
        names = read_thread_names(file)
    except DumpError as error:
        file.note("ThreadNamesStream", error)
    try:
        infos = read_thread_info(file)
    except DumpError as error:
        file.note("ThreadInfoListStream", error)
    try:
        activities = read_activities(file)
    except DumpError as error:
        file.note("DumpDeskThreadActivity", error)
    return tuple(
        replace(
            _thread(row, names.get(row.tid, ""), infos.get(row.tid), contexts),
            activity=activities.get(row.tid, NOT_RECORDED),
        )
        for row in read_thread_rows(file)
    )


def _thread(
    row: ThreadRow, name: str, info: MINIDUMP_THREAD_INFO | None, contexts: ContextReader
) -> Thread:
    what = f"Registers of thread {row.tid}"
    return Thread(
        tid=row.tid,
        registers=contexts.registers(row.context_rva, row.context_size, what, row.teb),
        stack=_stack(row),
        name=name,
        teb=row.teb,
        suspend_count=row.suspend_count,
        priority_class=row.priority_class,
        priority=row.priority,
        times=_times(info),
        start_address=info.StartAddress if info else 0,
        affinity=info.Affinity if info else 0,
    )


def _stack(row: ThreadRow) -> Range | Absent:
    if row.stack_size == 0:
        return Absent("the dump has none")
    return Range(row.stack_start, row.stack_start + row.stack_size)


def _times(info: MINIDUMP_THREAD_INFO | None) -> ThreadTimes | Absent:
    if info is None:
        return Absent("not asked for")
    if info.DumpFlags & ThreadInfoFlags.INVALID_INFO:
        return Absent(f"the capture could not read them (0x{info.DumpError:08X})")
    return ThreadTimes(
        filetime_to_unix(info.CreateTime),
        ticks_to_seconds(info.UserTime),
        ticks_to_seconds(info.KernelTime),
    )
