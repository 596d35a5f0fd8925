"""Of what a thread crashed, faults it handles itself, and stacks that ran over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dumpengine.format.system_info import PlatformId
from dumpengine.report.codes import DUMP_REQUESTED, access_text, code_name
from dumpengine.snapshot import (
    ExceptionRecord,
    PageProtection,
    Registers,
    Snapshot,
    Thread,
    region_at,
)
from dumpengine.stacks.model import Proof, ThreadStack
from dumpengine.stacks.telling import Names, place

_LINUX = (PlatformId.LINUX, PlatformId.ANDROID)
# Linux writers mark with these that a dump was asked for and nothing crashed.
_NO_CRASH = frozenset({0, DUMP_REQUESTED})
_STACK_STEP = 1 << 16  # bytes below the stack pointer that one frame may reach
_MANY = 50  # frames of one function that tell of a recursion
_FAULT_SIGNALS = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"}
_WINDOWS_OVERFLOW = 0xC00000FD


@dataclass(frozen=True, slots=True)
class Crash:
    """A sentence with its threads and proof."""

    sentence: str
    threads: tuple[int, ...]
    proof: tuple[Proof, ...]


def crash(snapshot: Snapshot, names: Names) -> Crash | None:
    """Return what the exception of the dump tells; None when there is none."""
    record = snapshot.exception
    if not isinstance(record, ExceptionRecord) or record.code in _NO_CRASH:
        return None
    platform = snapshot.system.platform_id
    name = code_name(record.code, platform)
    cause = name + access_text(record.code, record.address, record.parameters, platform)
    sentence = f"{names.of(record.thread_id)} crashed{names.place(record.thread_id)}: {cause}."
    proof = Proof(
        text=f"exception 0x{record.code:X} of thread {record.thread_id}",
        thread=record.thread_id,
        address=record.address,
    )
    return Crash(sentence, (record.thread_id,), (proof,))


def handled_faults(snapshot: Snapshot, names: Names) -> Iterator[Crash]:
    """Yield the threads that stand in their own handler of a fault's signal."""
    record = snapshot.exception
    told = record.thread_id if isinstance(record, ExceptionRecord) else None
    for thread in names.threads:
        at = next((n for n, frame in enumerate(thread.frames) if _is_fault(frame.signal)), None)
        if at is None or thread.id == told:
            continue
        signal = code_name(thread.frames[at].signal, PlatformId.LINUX)
        raised = place(replace(thread, frames=thread.frames[at + 1 :]))
        sentence = f"{names.of(thread.id)} handles {signal}{raised and f' raised{raised}'}."
        proof = Proof(text=f"a signal frame of {signal} is on its stack", thread=thread.id)
        yield Crash(sentence, (thread.id,), (proof,))


def _is_fault(signal: int) -> bool:
    return code_name(signal, PlatformId.LINUX) in _FAULT_SIGNALS


def overflows(snapshot: Snapshot, names: Names) -> Iterator[Crash]:
    """Yield the threads whose stack ran over."""
    for thread in snapshot.threads:
        proof = _overflow_proof(snapshot, thread)
        if proof is not None:
            where = recursion(names.stack(thread.tid)) or names.place(thread.tid)
            sentence = f"{names.of(thread.tid)} has used up its stack{where}."
            yield Crash(sentence, (thread.tid,), (proof,))


def _overflow_proof(snapshot: Snapshot, thread: Thread) -> Proof | None:
    """The exception says so, or the stack pointer lies where no stack may grow."""
    record, registers = snapshot.exception, thread.registers
    if isinstance(record, ExceptionRecord) and record.thread_id == thread.tid:
        if record.code == _WINDOWS_OVERFLOW:
            return Proof(text="the exception says so", thread=thread.tid)
        registers = record.registers if isinstance(record.registers, Registers) else registers
        if isinstance(registers, Registers) and _faulted_at_stack(snapshot, record, registers):
            text = f"0x{record.address:x} is at the end of its stack and cannot be written"
            return Proof(text=text, thread=thread.tid, address=record.address)
    if isinstance(registers, Registers) and _in_guard(snapshot, registers.sp):
        text = f"its stack pointer 0x{registers.sp:x} is in memory without access"
        return Proof(text=text, thread=thread.tid, address=registers.sp)
    return None


def _faulted_at_stack(snapshot: Snapshot, record: ExceptionRecord, registers: Registers) -> bool:
    near = registers.sp - _STACK_STEP <= record.address < registers.sp + _STACK_STEP
    if not near or snapshot.system.platform_id not in _LINUX or not snapshot.regions:
        return False
    region = region_at(snapshot.regions, record.address)
    return (region is None or not region.writable) and _stack_above(snapshot, record.address)


def _stack_above(snapshot: Snapshot, address: int) -> bool:
    """Whether memory that can be written begins closely above: the stack's lowest page."""
    return any(
        region.writable and 0 <= region.start - address <= _STACK_STEP
        for region in snapshot.regions
    )


def _in_guard(snapshot: Snapshot, pointer: int) -> bool:
    region = region_at(snapshot.regions, pointer)
    if region is None or region.readable:
        return False
    no_access = region.protect == 0 or bool(region.protect & PageProtection.NOACCESS)
    return no_access and _stack_above(snapshot, pointer)


def recursion(stack: ThreadStack | None) -> str:
    """Return " in f(), which calls itself N times" for a stack that is one function's frames."""
    counts: dict[str, int] = {}
    for frame in stack.frames if stack else ():
        if frame.function:
            counts[frame.function] = counts.get(frame.function, 0) + 1
    name = max(counts, key=lambda function: counts[function], default="")
    if counts.get(name, 0) < _MANY:
        return ""
    return f" in {name.removesuffix('()')}(), which is on it {counts[name]} times"
