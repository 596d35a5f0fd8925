"""Every MINIDUMP_TYPE flag, and what it means on either system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag


class MinidumpType(IntFlag):
    """MINIDUMP_TYPE; combine with ``|``."""

    Normal = 0x0
    WithDataSegs = 0x1
    WithFullMemory = 0x2
    WithHandleData = 0x4
    FilterMemory = 0x8
    ScanMemory = 0x10
    WithUnloadedModules = 0x20
    WithIndirectlyReferencedMemory = 0x40
    FilterModulePaths = 0x80
    WithProcessThreadData = 0x100
    WithPrivateReadWriteMemory = 0x200
    WithoutOptionalData = 0x400
    WithFullMemoryInfo = 0x800
    WithThreadInfo = 0x1000
    WithCodeSegs = 0x2000
    WithoutAuxiliaryState = 0x4000
    WithFullAuxiliaryState = 0x8000
    WithPrivateWriteCopyMemory = 0x10000
    IgnoreInaccessibleMemory = 0x20000
    WithTokenInformation = 0x40000
    WithModuleHeaders = 0x80000
    FilterTriage = 0x100000
    WithAvxXStateContext = 0x200000
    WithIptTrace = 0x400000
    ScanInaccessiblePartialPages = 0x800000
    FilterWriteCombinedMemory = 0x1000000


VALID_TYPE_FLAGS = 0x1FFFFFF


class FlagGroup(Enum):
    """Where the window lists a flag."""

    MEMORY = "Memory"
    THREADS_MODULES = "Threads and modules"
    SYSTEM = "System facts"
    PRIVACY = "Privacy filters"


@dataclass(frozen=True, slots=True)
class DumpFlag:
    """One bit: its sentence for people, and what it does on each system.

    ``notice`` is what a Linux capture reports when the bit is asked for and has no meaning there.
    """

    value: MinidumpType
    group: FlagGroup
    title: str
    sentence: str
    windows: str
    linux: str
    notice: str = ""

    @property
    def name(self) -> str:
        """The name without prefix: ``WithFullMemory``."""
        return self.value.name or ""

    @property
    def api_name(self) -> str:
        """The SDK's spelling: ``MiniDumpWithFullMemory``."""
        return "MiniDump" + self.name


_M = MinidumpType


# With these a dump grows with the process's memory; without, it holds little more than stacks.
BULK = (
    _M.WithFullMemory
    | _M.WithPrivateReadWriteMemory
    | _M.WithPrivateWriteCopyMemory
    | _M.WithDataSegs
    | _M.WithCodeSegs
)


_MEMORY, _THREADS, _SYSTEM, _PRIVACY = FlagGroup


FLAGS: tuple[DumpFlag, ...] = (
    DumpFlag(
        _M.WithFullMemory,
        _MEMORY,
        "Full memory",
        "Everything the process has in memory; the largest dump and the one that answers most.",
        "All accessible pages, in Memory64List at the end of the file.",
        "Every populated readable page, in Memory64List at the end of the file; pages never "
        "touched are left out, device memory is never read.",
    ),
    DumpFlag(
        _M.WithPrivateReadWriteMemory,
        _MEMORY,
        "Private read-write memory",
        "Heaps, stacks and other data the program itself allocated.",
        "All private pages with PAGE_READWRITE.",
        "Populated pages of anonymous private rw mappings: heap, stacks, anonymous mmap.",
    ),
    DumpFlag(
        _M.WithDataSegs,
        _MEMORY,
        "Data segments",
        "Global variables of the program and its libraries.",
        "The data sections of all loaded modules.",
        "Writable segments of every module, .bss and RELRO included.",
    ),
    DumpFlag(
        _M.WithIndirectlyReferencedMemory,
        _MEMORY,
        "Memory the stacks point to",
        "A little memory around every pointer found on a stack, so locals can be followed.",
        "Pages referenced by locals or other stack memory.",
        "1 KiB around each pointer in stacks and registers that leads into private data.",
    ),
    DumpFlag(
        _M.WithPrivateWriteCopyMemory,
        _MEMORY,
        "Changed pages of mapped files",
        "Pages of mapped files that the process changed for itself.",
        "All private pages with PAGE_WRITECOPY.",
        "Pages of private writable file mappings that have been copied on write.",
    ),
    DumpFlag(
        _M.WithCodeSegs,
        _MEMORY,
        "Code segments",
        "The machine code, to disassemble where the program's files are not at hand.",
        "The code sections of all loaded modules.",
        "Executable segments of every module, read from memory or from the mapped file.",
    ),
    DumpFlag(
        _M.WithModuleHeaders,
        _MEMORY,
        "Module headers",
        "The headers that identify each library and tell how to unwind through it.",
        "The headers of all modules' images.",
        "ELF and program headers, notes, dynamic section and unwind index of every module.",
    ),
    DumpFlag(
        _M.IgnoreInaccessibleMemory,
        _MEMORY,
        "Skip what cannot be read",
        "Memory that cannot be read is left out and counted instead of failing the dump.",
        "Attempts to read inaccessible memory are ignored.",
        "Unreadable pages are left out, counted and listed in the result.",
    ),
    DumpFlag(
        _M.ScanInaccessiblePartialPages,
        _MEMORY,
        "Retry page by page",
        "A read that fails is tried again page by page, to save what is readable.",
        "Partially inaccessible regions are scanned page by page.",
        "Always done: a failed read is narrowed down to the page.",
    ),
    DumpFlag(
        _M.FilterWriteCombinedMemory,
        _MEMORY,
        "Leave out device memory",
        "Memory shared with a graphics card or another device is left out.",
        "Pages with PAGE_WRITECOMBINE are left out.",
        "Always done: device, I/O and vvar mappings are never read.",
    ),
    DumpFlag(
        _M.WithThreadInfo,
        _THREADS,
        "Thread times",
        "When each thread started, how much processor time it used, where it began.",
        "Thread state information: times, start address, affinity.",
        "Start and processor times, start address and affinity from /proc/PID/task.",
    ),
    DumpFlag(
        _M.WithProcessThreadData,
        _THREADS,
        "Process and thread data",
        "Thread-local variables, arguments, environment and the loader's lists.",
        "Complete per-process and per-thread information: PEB, TEBs and what they lead to.",
        "Thread-local storage, struct pthread, arguments, environment, auxiliary vector, link map.",
    ),
    DumpFlag(
        _M.WithUnloadedModules,
        _THREADS,
        "Unloaded modules",
        "Libraries that were unloaded before.",
        "The list of recently unloaded modules, where the system keeps one.",
        "Linux keeps no such list: the stream is there and empty.",
        notice="Linux keeps no list of unloaded modules; that stream is empty.",
    ),
    DumpFlag(
        _M.ScanMemory,
        _THREADS,
        "Find modules in use",
        "Stacks are searched for pointers to modules; unused ones can then be left out.",
        "Stack memory is scanned for pointers to modules, which are marked for the callback.",
        "The same: marks ReferencedByMemory for the module callback; changes no content alone.",
    ),
    DumpFlag(
        _M.WithAvxXStateContext,
        _THREADS,
        "Vector registers",
        "AVX and AVX-512 registers of every thread.",
        "AVX extended state in every thread's context.",
        "The XSAVE state behind every thread's context.",
    ),
    DumpFlag(
        _M.WithIptTrace,
        _THREADS,
        "Processor trace",
        "The last branches each thread took, where the processor records them.",
        "Intel Processor Trace, where it is recording.",
        "Not available: Linux records no trace for a process nobody profiles.",
        notice="Linux records no processor trace beforehand; there is none in the dump.",
    ),
    DumpFlag(
        _M.WithHandleData,
        _SYSTEM,
        "Open handles",
        "Open files, sockets and pipes, with their names.",
        "Active operating system handles.",
        "One descriptor per /proc/PID/fd entry with its target, flags and type.",
    ),
    DumpFlag(
        _M.WithFullMemoryInfo,
        _SYSTEM,
        "Map of the address space",
        "Every region of the address space with its protection, taken or not.",
        "Memory region information from VirtualQuery.",
        "One entry per line of /proc/PID/maps, gaps as free.",
    ),
    DumpFlag(
        _M.WithTokenInformation,
        _SYSTEM,
        "Security token",
        "Under which user and with which rights the process runs.",
        "Security token data.",
        "Users, groups and capabilities; the Windows token list itself is empty.",
    ),
    DumpFlag(
        _M.WithFullAuxiliaryState,
        _SYSTEM,
        "Auxiliary data",
        "Whatever auxiliary data providers of runtimes have to add.",
        "Auxiliary data providers write their full state.",
        "No meaning: Linux has no auxiliary data providers.",
        notice="Linux has no auxiliary data providers; nothing was added.",
    ),
    DumpFlag(
        _M.WithoutAuxiliaryState,
        _SYSTEM,
        "No auxiliary data",
        "Auxiliary data providers of runtimes are not asked.",
        "Auxiliary data providers are turned off.",
        "No meaning: Linux has no auxiliary data providers.",
        notice="Linux has no auxiliary data providers; nothing was left out.",
    ),
    DumpFlag(
        _M.WithoutOptionalData,
        _PRIVACY,
        "Only what is needed",
        "Leaves out memory and facts that are not needed for a stack trace.",
        "Data that is not essential is left out.",
        "No environment, command line, processor or system texts, no counters.",
    ),
    DumpFlag(
        _M.FilterMemory,
        _PRIVACY,
        "Blank out stack contents",
        "Keeps only what a stack trace needs; other values on the stacks are blanked out.",
        "Stack memory is reduced to pointers needed for a stack trace.",
        "Stack words that are neither small numbers nor pointers to stack or code are blanked.",
    ),
    DumpFlag(
        _M.FilterModulePaths,
        _PRIVACY,
        "No folder names",
        "Names of libraries without their folders, which may hold user names.",
        "Module paths are filtered for information such as user names.",
        "Module names without folders; maps, link map and handle names too.",
    ),
    DumpFlag(
        _M.FilterTriage,
        _PRIVACY,
        "Privacy filter for triage",
        "Leaves only code, small numbers and addresses of memory and registers; no environment, "
        "command line or folders.",
        "Triage: like the other filters, and heavier; written anew by our own filters.",
        "Of stacks what a trace needs, of other data and registers small numbers and addresses; no "
        "folders, no environment and no command line.",
    ),
)


def flags_of(dump_type: int) -> tuple[DumpFlag, ...]:
    """Return the table rows of the bits set in ``dump_type``, in table order."""
    return tuple(flag for flag in FLAGS if dump_type & flag.value)
