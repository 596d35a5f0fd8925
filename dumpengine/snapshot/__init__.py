"""What a process looked like at one moment: the waist between reading and writing.

A live process, a file read back and a test's hand-made fake are all a :class:`Snapshot`; the
writer, the viewer and ``shrink`` work on nothing else. Numbers keep the meaning the Windows SDK
gives them (page protections, handle attributes, FILETIMEs become seconds); addresses are plain
integers and ranges are half-open. This module imports nothing of ours but the facts of
:mod:`dumpengine.waiting`, which stand beside it.
"""

from dumpengine.snapshot.absent import Absent, SoftError
from dumpengine.snapshot.memory import (
    EXECUTABLE,
    PAGE_SIZE,
    READABLE,
    WRITABLE,
    Memory,
    MemoryState,
    MemoryType,
    PageProtection,
    Range,
    Region,
    read_memory,
    region_at,
)
from dumpengine.snapshot.modules import (
    LinkMapEntry,
    LoaderDebug,
    Module,
    Section,
    SectionKind,
    UnloadedModule,
)
from dumpengine.snapshot.process import Handle, ProcessInfo, VmCounters
from dumpengine.snapshot.scripts import NO_INTERPRETER, ScriptFrame, Scripts
from dumpengine.snapshot.system import (
    Architecture,
    SystemInfo,
    SystemMemory,
    TimeZone,
    XStateFeature,
)
from dumpengine.snapshot.threads import ExceptionRecord, Registers, Thread, ThreadTimes
from dumpengine.snapshot.whole import LinkedStream, Snapshot

__all__ = [
    "EXECUTABLE",
    "NO_INTERPRETER",
    "PAGE_SIZE",
    "READABLE",
    "WRITABLE",
    "Absent",
    "Architecture",
    "ExceptionRecord",
    "Handle",
    "LinkMapEntry",
    "LinkedStream",
    "LoaderDebug",
    "Memory",
    "MemoryState",
    "MemoryType",
    "Module",
    "PageProtection",
    "ProcessInfo",
    "Range",
    "Region",
    "Registers",
    "ScriptFrame",
    "Scripts",
    "Section",
    "SectionKind",
    "Snapshot",
    "SoftError",
    "SystemInfo",
    "SystemMemory",
    "Thread",
    "ThreadTimes",
    "TimeZone",
    "UnloadedModule",
    "VmCounters",
    "XStateFeature",
    "read_memory",
    "region_at",
]
