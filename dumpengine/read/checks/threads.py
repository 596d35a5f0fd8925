"""Threads: their list, their registers, their stacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from dumpengine.errors import DumpError
from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_ARM64_OLD, CONTEXT_X86
from dumpengine.format.stream_types import StreamType
from dumpengine.format.threads import MINIDUMP_THREAD
from dumpengine.read.contexts import decode_context
from dumpengine.read.directory import DumpFile
from dumpengine.read.findings import (
    BREAKPAD,
    LLDB,
    MINIDUMP,
    READERS,
    UDMP_PARSER,
    Findings,
    few,
)
from dumpengine.read.memory import (
    EMPTY,
    MemoryIndex,
    RangeTable,
    read_memory64_list,
    read_memory_list,
)
from dumpengine.read.system_info import UNKNOWN_SYSTEM, read_system_info
from dumpengine.read.threads import ThreadRow, read_thread_names, read_thread_rows
from dumpengine.snapshot import Architecture, Registers

MAX_BREAKPAD_THREADS = 4096
_WHERE = "ThreadListStream"
_CONTEXT_SIZES = {
    Architecture.AMD64: CONTEXT_AMD64.SIZE,
    Architecture.X86: CONTEXT_X86.SIZE,
    Architecture.ARM64: CONTEXT_ARM64_OLD.SIZE,
}


def check_threads(file: DumpFile, findings: Findings) -> None:
    """Check the thread list and what it points to."""
    try:
        rows = read_thread_rows(file)
    except DumpError as error:
        findings.error(_WHERE, error.cause, *READERS)
        return
    if not rows:
        findings.error(_WHERE, "The dump has no threads.", *READERS)
        return
    _list(file, rows, findings)
    _contexts(file, rows, findings)
    _stacks(file, rows, findings)
    _names(file, findings)


def _list(file: DumpFile, rows: tuple[ThreadRow, ...], findings: Findings) -> None:
    entry = file.find(StreamType.ThreadListStream)
    exact = 4 + len(rows) * MINIDUMP_THREAD.SIZE
    if entry and entry.size not in (exact, exact + 4):
        what = f"It is {entry.size} bytes long; its {len(rows)} threads need {exact}."
        findings.warning(_WHERE, what, BREAKPAD, LLDB)
    if len(rows) > MAX_BREAKPAD_THREADS:
        what = f"It has {len(rows)} threads, more than Breakpad accepts."
        findings.warning(_WHERE, what, BREAKPAD)
    twice = [tid for tid, count in Counter(row.tid for row in rows).items() if count > 1]
    if twice:
        findings.warning(_WHERE, f"Thread ids are there twice: {few(twice)}.", BREAKPAD)


def _contexts(file: DumpFile, rows: tuple[ThreadRow, ...], findings: Findings) -> None:
    """udmp-parser gives up at the first bad context; the others go on with the other threads."""
    holds = file.source.holds
    outside = [row.tid for row in rows if not holds(row.context_rva, row.context_size)]
    if outside:
        what = f"Registers lie outside the file: threads {few(outside)}."
        readers = _BLIND if len(outside) == len(rows) else ()
        findings.error(_WHERE, what, UDMP_PARSER, *readers)
    none = [row.tid for row in rows if row.context_size == 0]
    if none:
        readers = _BLIND if len(none) == len(rows) else ()
        what = f"There are no registers of threads {few(none)}."
        findings.warning(_WHERE, what, UDMP_PARSER, *readers)
    needed = _CONTEXT_SIZES.get(_architecture(file), 0)
    short = [row.tid for row in rows if _is_short(row.context_size, needed)]
    if short:
        # LLDB writes 720 bytes of an AMD64 context: everything but vectors.
        what = f"Contexts are shorter than their processor's: threads {few(short)}."
        breakpad = [BREAKPAD] if len(short) == len(rows) else []
        findings.warning(_WHERE, what, UDMP_PARSER, *breakpad)


_BLIND = (BREAKPAD, LLDB)


def _is_short(size: int, needed: int) -> bool:
    """Whether a context is cut off; exactly x86's size is a 32-bit thread's."""
    return 0 < size < needed and size != CONTEXT_X86.SIZE


def _architecture(file: DumpFile) -> Architecture:
    try:
        return read_system_info(file).architecture
    except DumpError:
        return UNKNOWN_SYSTEM.architecture


@dataclass(slots=True, kw_only=True)
class _Stacks:
    """Thread ids by what is wrong with their stack."""

    absent: list[int] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)  # named, and nowhere in the file
    elsewhere: list[int] = field(default_factory=list)  # where the stack pointer is not
    no_breakpad: int = 0  # neither in the descriptor nor in the small memory list
    no_lldb: int = 0  # in no memory list
    no_minidump: int = 0  # not in the list that `minidump` takes, the 64-bit one if there is one


def _stacks(file: DumpFile, rows: tuple[ThreadRow, ...], findings: Findings) -> None:
    found = _examine(file, rows)
    _say(findings.error, "The stacks lie outside the file", found.outside)
    _say(findings.warning, "The stacks are named and nowhere in the file", found.lost)
    _say(findings.note, "The dump has no stack", found.absent)
    _say(findings.note, "The stack pointer is not in the stack", found.elsewhere)
    for reader, without, where in (
        (BREAKPAD, found.no_breakpad, "with the thread or in the 32-bit memory list"),
        (LLDB, found.no_lldb, "in a memory list"),
        (MINIDUMP, found.no_minidump, "in the 64-bit memory list, or in the other if it is alone"),
    ):
        if without:
            tell = findings.warning if without == len(rows) else findings.note
            tell(_WHERE, f"{reader} finds stacks {where}; {without} are not there.", reader)


def _say(tell: Callable[..., None], what: str, tids: list[int]) -> None:
    if tids:
        tell(_WHERE, f"{what}: threads {few(tids)}.")


def _examine(file: DumpFile, rows: tuple[ThreadRow, ...]) -> _Stacks:
    found = _Stacks()
    small, large = _index(file, read_memory_list), _index(file, read_memory64_list)
    architecture = _architecture(file)
    for row in rows:
        in_small = small.find(row.stack_start) is not None
        in_large = large.find(row.stack_start) is not None
        attached = bool(row.stack_rva) and file.source.holds(row.stack_rva, row.stack_size)
        if row.stack_size == 0:
            found.absent.append(row.tid)
        elif row.stack_rva and not attached:
            found.outside.append(row.tid)
        elif not (attached or in_small or in_large):
            found.lost.append(row.tid)
        there = row.stack_size > 0
        found.no_breakpad += not (there and (attached or in_small))
        found.no_lldb += not (there and (in_small or in_large))
        found.no_minidump += not (there and (in_large if len(large.starts) else in_small))
        if there and _points_elsewhere(file, row, architecture):
            found.elsewhere.append(row.tid)
    return found


def _index(file: DumpFile, read: Callable[[DumpFile], RangeTable]) -> MemoryIndex:
    try:
        return MemoryIndex(read(file), file.source.size)
    except DumpError:  # check_memory says it
        return MemoryIndex(EMPTY, file.source.size)


def _points_elsewhere(file: DumpFile, row: ThreadRow, architecture: Architecture) -> bool:
    if not row.context_size or not file.source.holds(row.context_rva, row.context_size):
        return False
    size = min(row.context_size, CONTEXT_AMD64.SIZE)
    context = file.source.read(row.context_rva, size, "Registers")
    registers = decode_context(context, architecture)
    if not isinstance(registers, Registers) or not registers.values:
        return False
    return not row.stack_start <= registers.sp <= row.stack_start + row.stack_size


def _names(file: DumpFile, findings: Findings) -> None:
    before = len(file.problems)
    try:
        read_thread_names(file)
    except DumpError as error:
        findings.error("ThreadNamesStream", error.cause, BREAKPAD)
    for problem in file.problems[before:][:1]:
        findings.error(problem.where, problem.what)
