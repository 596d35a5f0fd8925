"""What a process looked like at one moment: the waist between reading and writing.

A live process, a file read back and a test's hand-made fake are all a :class:`Snapshot`; the
writer, the viewer and ``shrink`` work on nothing else. Numbers keep the meaning the Windows SDK
gives them (page protections, handle attributes, FILETIMEs become seconds); addresses are plain
integers and ranges are half-open. This module imports nothing of ours but the facts of
:mod:`dumpengine.waiting`, which stand beside it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum, IntFlag
from typing import NamedTuple, Protocol

from dumpengine.waiting.facts import Activity

PAGE_SIZE = 4096


class Architecture(Enum):
    """The instruction set the process runs, not the one the kernel has."""

    X86 = "x86"
    AMD64 = "x64"
    ARM64 = "arm64"
    ARM = "arm"
    UNKNOWN = "unknown"


class Range(NamedTuple):
    """Addresses from ``start`` up to but not including ``end``."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands where a fact is missing and says why, in a sentence without a full stop."""

    reason: str


@dataclass(frozen=True, slots=True)
class SoftError:
    """Something a capture could not do but survived: which part, and what happened.

    ``skipped`` counts the bytes of memory that are missing because of it; ``address`` is where.
    """

    where: str
    what: str
    address: int | None = None
    skipped: int = 0


class MemoryState(IntEnum):
    """MEM_* state of MEMORY_BASIC_INFORMATION."""

    COMMIT = 0x1000
    RESERVE = 0x2000
    FREE = 0x10000


class MemoryType(IntEnum):
    """MEM_* type of MEMORY_BASIC_INFORMATION; NONE for free addresses."""

    NONE = 0
    PRIVATE = 0x20000
    MAPPED = 0x40000
    IMAGE = 0x1000000


class PageProtection(IntFlag):
    """PAGE_*: https://learn.microsoft.com/windows/win32/memory/memory-protection-constants."""

    NOACCESS = 0x01
    READONLY = 0x02
    READWRITE = 0x04
    WRITECOPY = 0x08
    EXECUTE = 0x10
    EXECUTE_READ = 0x20
    EXECUTE_READWRITE = 0x40
    EXECUTE_WRITECOPY = 0x80
    GUARD = 0x100
    NOCACHE = 0x200
    WRITECOMBINE = 0x400


READABLE = 0x02 | 0x04 | 0x08 | 0x20 | 0x40 | 0x80
WRITABLE = 0x04 | 0x08 | 0x40 | 0x80
EXECUTABLE = 0x10 | 0x20 | 0x40 | 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Addresses with the same protection, as VirtualQuery reports them.

    ``name`` is the mapped file or the kernel's label (``[heap]``, ``[stack]``), ``offset`` the
    place in that file. ``unreadable`` says why its memory must not or cannot be read (a device, a
    kernel page), empty when it can.
    """

    start: int
    end: int
    protect: int
    type: MemoryType = MemoryType.PRIVATE
    state: MemoryState = MemoryState.COMMIT
    allocation_base: int = 0
    allocation_protect: int = 0
    name: str = ""
    offset: int = 0
    unreadable: str = ""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.end - self.start

    @property
    def readable(self) -> bool:
        """Whether the process itself may read here and reading is harmless."""
        return self.reachable and bool(self.protect & READABLE)

    @property
    def reachable(self) -> bool:
        """Whether reading here is harmless, whatever the process itself may do.

        Memory without access rights may hold something all the same: what was written before the
        rights were taken away.
        """
        return (
            self.state is MemoryState.COMMIT
            and not self.protect & PageProtection.GUARD
            and not self.unreadable
        )

    @property
    def writable(self) -> bool:
        """Whether the process may write here."""
        return bool(self.protect & WRITABLE)

    @property
    def executable(self) -> bool:
        """Whether the process may run code here."""
        return bool(self.protect & EXECUTABLE)


def region_at(regions: Sequence[Region], address: int) -> Region | None:
    """Return the region that holds ``address``; regions are in ascending order."""
    index = bisect.bisect_right(regions, address, key=lambda region: region.start) - 1
    if index < 0 or address >= regions[index].end:
        return None
    return regions[index]


class Memory(Protocol):
    """Bytes of the process by address. Methods may be called from several threads at once."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill ``buffer`` from ``address`` on; return how many bytes were readable in one piece.

        Fewer than asked means the byte after them cannot be read (or is not in the dump).
        """
        ...

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """Yield, in order, the parts of ``[start, end)`` that hold content of their own.

        Pages a process reserved and never touched are left out: they read as zeros.
        """
        ...


def read_memory(memory: Memory, address: int, size: int) -> bytes:
    """Return the bytes readable from ``address`` on, at most ``size``."""
    buffer = bytearray(size)
    return bytes(buffer[: memory.read_into(address, memoryview(buffer))])


@dataclass(frozen=True, slots=True)
class Registers:
    """A thread's registers under the names the processor's manual gives them, in lower case.

    AMD64: rax ... r15, rip, eflags, cs ss ds es fs gs, fs_base gs_base, dr0-dr3 dr6 dr7, mxcsr.
    x86: eax ... eip. ARM64: x0-x30, sp, pc, cpsr, fpcr, fpsr. ``fxsave`` is the 512-byte FXSAVE
    image (on ARM64 the 32 vector registers), ``xsave`` a whole XSAVE image in standard form or
    empty. ``context`` is the CPU context exactly as a dump stored it, empty for a live thread.
    """

    architecture: Architecture
    values: Mapping[str, int]
    fxsave: bytes = b""
    xsave: bytes = b""
    context: bytes = b""

    def __getitem__(self, name: str) -> int:
        """Return one register; 0 when the source did not have it."""
        return self.values.get(name, 0)

    @property
    def pc(self) -> int:
        """The instruction pointer."""
        return self[_PC_SP[self.architecture][0]]

    @property
    def sp(self) -> int:
        """The stack pointer."""
        return self[_PC_SP[self.architecture][1]]


_PC_SP = {
    Architecture.AMD64: ("rip", "rsp"),
    Architecture.X86: ("eip", "esp"),
    Architecture.ARM64: ("pc", "sp"),
    Architecture.ARM: ("pc", "sp"),
    Architecture.UNKNOWN: ("pc", "sp"),
}


@dataclass(frozen=True, slots=True)
class ThreadTimes:
    """Seconds: start as a Unix time, the others as processor time used."""

    created: float = 0.0
    user: float = 0.0
    kernel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread. ``stack`` reaches from just below its stack pointer to the stack's top.

    ``teb`` is the thread's own block (the thread pointer on Linux). ``local_data`` are the ranges
    of its thread-local storage. ``activity`` is what it was doing, where that was recorded.
    """

    tid: int
    registers: Registers | Absent
    stack: Range | Absent
    name: str = ""
    teb: int = 0
    suspend_count: int = 0
    priority_class: int = 0x20
    priority: int = 0
    times: ThreadTimes | Absent = Absent("not asked for")
    start_address: int = 0
    affinity: int = 0
    local_data: tuple[Range, ...] = ()
    activity: Activity | Absent = Absent("not recorded")


class SectionKind(Enum):
    """What a piece of a module is for."""

    HEADER = "header"  # file and program headers, notes, dynamic section, unwind index
    CODE = "code"
    DATA = "data"


class Section(NamedTuple):
    """A piece of a module in memory."""

    start: int
    end: int
    kind: SectionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A loaded program or library.

    ``codeview`` is the record that ties it to its symbols, as the file stores it (RSDS, NB10, or
    Breakpad's BpEL with a build id). ``version`` are the 13 numbers of VS_FIXEDFILEINFO or empty.
    """

    base: int
    size: int
    path: str
    codeview: bytes = b""
    timestamp: int = 0
    checksum: int = 0
    version: tuple[int, ...] = ()
    misc: bytes = b""
    sections: tuple[Section, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path, with either kind of slash."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def end(self) -> int:
        """First address behind the module."""
        return self.base + self.size


@dataclass(frozen=True, slots=True)
class UnloadedModule:
    """A module that was there earlier."""

    base: int
    size: int
    path: str
    timestamp: int = 0
    checksum: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """An open handle or file descriptor."""

    handle: int
    type_name: str = ""
    object_name: str = ""
    attributes: int = 0
    granted_access: int = 0
    handle_count: int = 1
    pointer_count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRecord:
    """Why a thread stopped: code, address and parameters as EXCEPTION_RECORD has them."""

    thread_id: int
    code: int
    address: int
    registers: Registers | Absent
    flags: int = 0
    record: int = 0
    parameters: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VmCounters:
    """Memory use of the process in bytes."""

    page_faults: int = 0
    peak_working_set: int = 0
    working_set: int = 0
    peak_virtual: int = 0
    virtual: int = 0
    private: int = 0
    private_working_set: int = 0
    swapped: int = 0
    shared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """The process as a whole. Times are Unix seconds and seconds of processor time."""

    pid: int
    name: str
    path: str = ""
    ppid: int = 0
    created: float = 0.0
    user_time: float = 0.0
    kernel_time: float = 0.0
    counters: VmCounters | Absent = Absent("not asked for")


@dataclass(frozen=True, slots=True)
class TimeZone:
    """``bias`` minutes added to local time give UTC; ``kind`` 1 is standard time, 2 summer time."""

    kind: int = 0
    bias: int = 0
    standard_name: str = ""
    daylight_name: str = ""
    daylight_bias: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMemory:
    """Physical memory and commit, in pages of ``page_size`` bytes; I/O totals in bytes."""

    page_size: int = PAGE_SIZE
    physical: int = 0
    available: int = 0
    committed: int = 0
    commit_limit: int = 0
    cached: int = 0
    dirty: int = 0
    read_bytes: int = 0
    write_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInfo:
    """The machine and its operating system, under the names of MINIDUMP_SYSTEM_INFO."""

    architecture: Architecture
    platform_id: int
    processor_level: int = 0
    processor_revision: int = 0
    processor_count: int = 1
    product_type: int = 1
    major: int = 0
    minor: int = 0
    build: int = 0
    csd_version: str = ""
    cpu: bytes = bytes(24)
    build_string: str = ""
    max_mhz: int = 0
    current_mhz: int = 0
    timezone: TimeZone | Absent = Absent("not asked for")
    memory: SystemMemory | Absent = Absent("not asked for")


@dataclass(frozen=True, slots=True)
class LinkMapEntry:
    """One entry of the dynamic loader's list: load bias, name, dynamic section."""

    bias: int
    name: str
    dynamic: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderDebug:
    """The dynamic loader's ``r_debug`` (``<link.h>``) and what it points to.

    ``ranges`` are the addresses of all of it, for dumps that should hold it.
    """

    version: int
    map_address: int
    breakpoint: int
    loader_base: int
    dynamic_address: int
    dynamic: bytes
    entries: tuple[LinkMapEntry, ...]
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class XStateFeature:
    """One feature of the extended state: bit number, offset and size in the XSAVE area."""

    bit: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A process at one moment.

    ``streams`` are ready-made streams by type (the Linux text streams, and what a file held that
    we do not interpret). ``process_data`` are the ranges of process-wide data: arguments,
    environment, auxiliary vector, loader lists. ``problems`` is what could not be found out.
    """

    system: SystemInfo
    process: ProcessInfo
    threads: tuple[Thread, ...]
    modules: tuple[Module, ...]
    regions: tuple[Region, ...]
    memory: Memory
    handles: tuple[Handle, ...] | Absent = Absent("not asked for")
    exception: ExceptionRecord | Absent = Absent("none")
    unloaded_modules: tuple[UnloadedModule, ...] = ()
    loader: LoaderDebug | Absent = Absent("not asked for")
    process_data: tuple[Range, ...] = ()
    xstate: tuple[XStateFeature, ...] = ()
    streams: Mapping[int, bytes] = field(default_factory=dict)
    problems: tuple[SoftError, ...] = ()
