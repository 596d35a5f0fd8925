"""A copy-on-write image of a stopped process, to read from while the process runs on.

Two steps, so that the target never has a child that could outlive us under it:

1. A thread of the target makes a *go-between* that shares its memory (CLONE_VM: no page tables are
   copied, some 0.1 ms).
2. The go-between makes the *image* (its page tables copied: some 15 ms a GiB) and ends. The target
   collects the go-between in the same stop, and the image now belongs to init.

The image never runs an instruction: it is born stopped under our tracing, and PTRACE_O_EXITKILL
ends it when we end. It has no exit signal, shares the table of open files instead of holding
copies of them, and where anything would start it, its stack pointer leads nowhere.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Mapping, Sequence

from dumpengine.linux import ptrace
from dumpengine.linux.headroom import no_room_for_copy
from dumpengine.linux.memory import ProcessReader
from dumpengine.linux.pagemap import PageMap
from dumpengine.linux.procfs import Mapping as MemoryMapping
from dumpengine.linux.procfs import parse_maps, read_bytes, read_status
from dumpengine.linux.remote import OPTIONS, RemoteThread, await_birth, wait_for
from dumpengine.linux.stop import StoppedProcess
from dumpengine.snapshot import Absent, Architecture, Range, Registers

_SYS_CLONE = 56
_SYS_WAIT4 = 61
_CLONE_VM = 0x100
_CLONE_FILES = 0x400
_WALL = 0x40000000
_NOWHERE = 8  # a stack pointer that faults at the first use
_USER_CODE_64 = 0x33  # cs of a 64-bit thread
_KEPT_LIMIT = 32 << 20


class ClonedMemory:
    """The image's memory. Pages the image lacks are asked of the target itself: those of files
    and shared memory, which a clone does not copy and nothing can freeze."""

    def __init__(
        self, image: int, target: int, mappings: Sequence[MemoryMapping], kept: Mapping[int, bytes]
    ) -> None:
        self._image = image
        self._reader = ProcessReader(image)
        self._image_pages = PageMap(image)
        self._target_pages = PageMap(target)
        self._mappings = mappings
        self._kept = kept

    def close(self) -> None:
        """End the image."""
        self._reader.close()
        self._image_pages.close()
        self._target_pages.close()
        end_process(self._image)

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        found = set(self._image_pages.populated(start, end))
        for mapping in self._mappings:
            low, high = max(mapping.start, start), min(mapping.end, end)
            if low < high and (
                mapping.shared or mapping.file_backed or mapping.start in self._kept
            ):
                with contextlib.suppress(OSError):  # the target may have ended since
                    found.update(self._target_pages.populated(low, high))
        return sorted(found)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        done = self._reader.read_into(address, buffer)
        while done < buffer.nbytes and (part := self._kept_at(address + done)):
            size = min(len(part), buffer.nbytes - done)
            buffer[done : done + size] = part[:size]
            done += size
            done += self._reader.read_into(address + done, buffer[done:])
        return done

    def _kept_at(self, address: int) -> bytes:
        for start, data in self._kept.items():
            if start <= address < start + len(data):
                return data[address - start :]
        return b""


def clone_memory(
    stopped: StoppedProcess,
    mappings: Sequence[MemoryMapping],
    registers: Mapping[int, Registers | Absent],
) -> ClonedMemory | Absent:
    """Make the image of a stopped process, or say why there is none; the target is as before."""
    thread = _suitable_thread(stopped, registers)
    if isinstance(thread, Absent):
        return thread
    reason = _refusal(stopped.pid, thread) or no_room_for_copy(stopped.pid)
    if reason:
        return Absent(reason)
    instruction = _syscall_instruction(stopped.pid, mappings)
    if not instruction:
        return Absent("no system call instruction was found in its memory")
    try:
        image = _clone(stopped, thread, instruction)
    except OSError as error:
        return Absent(f"the system refused the copy: {error.strerror}")
    kept = _not_copied(stopped.pid, image, mappings)
    if isinstance(kept, Absent):
        end_process(image)
        return kept
    return ClonedMemory(image, stopped.pid, mappings, kept)


def _suitable_thread(
    stopped: StoppedProcess, registers: Mapping[int, Registers | Absent]
) -> int | Absent:
    """A 64-bit thread that stopped for us alone and holds no signal."""
    if stopped.group_stopped:
        return Absent("the process is stopped already (state T)")
    for tid in stopped.threads:
        found = registers.get(tid)
        if not isinstance(found, Registers) or found.architecture is not Architecture.AMD64:
            return Absent("it runs 32-bit code")
        if found["cs"] == _USER_CODE_64 and not stopped.held_signal(tid):
            return tid
    return Absent("every thread was about to handle a signal")


def _refusal(pid: int, tid: int) -> str:
    """Reasons why a system call made in this thread would not just be that."""
    if read_status(pid).get("Seccomp", "0") != "0":
        return "a seccomp filter watches its system calls"
    if ptrace.redirects_system_calls(tid):
        return "it handles system calls itself (as Wine does)"
    return ""


def _syscall_instruction(pid: int, mappings: Sequence[MemoryMapping]) -> int:
    """Find ``0f 05`` in the vdso or, without one, in other code."""
    reader = ProcessReader(pid)
    code = [m for m in mappings if m.permissions[2] == "x" and m.name != "[vsyscall]"]
    code.sort(key=lambda mapping: mapping.name != "[vdso]")
    try:
        for mapping in code:
            buffer = bytearray(min(mapping.end - mapping.start, 1 << 20))
            size = reader.read_into(mapping.start, memoryview(buffer))
            at = buffer.find(b"\x0f\x05", 0, size)
            if at >= 0:
                return mapping.start + at
    finally:
        reader.close()
    return 0


def _clone(stopped: StoppedProcess, tid: int, instruction: int) -> int:
    """Make the go-between and through it the image; returns the image's process id."""
    target = RemoteThread(tid, instruction)
    with target:
        inner = target.call(_SYS_CLONE, _CLONE_VM | _CLONE_FILES, _NOWHERE, 0, 0, 0)
        between = target.new_thread
        await_birth(between, ptrace.PTRACE_O_EXITKILL | OPTIONS)
    try:
        return _image_of(between, instruction)
    finally:
        with target:
            target.call(_SYS_WAIT4, inner, 0, _WALL, 0)
        for number in target.signals:
            os.kill(stopped.pid, number)


def _image_of(between: int, instruction: int) -> int:
    worker = RemoteThread(between, instruction, ptrace.PTRACE_O_EXITKILL | OPTIONS)
    try:
        with worker:
            worker.call(_SYS_CLONE, _CLONE_FILES, _NOWHERE, 0, 0, 0)
            await_birth(worker.new_thread, ptrace.PTRACE_O_EXITKILL)
        return worker.new_thread
    finally:
        end_process(between)


def end_process(pid: int) -> None:
    """Kill a process of ours and collect it as its tracer."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    while not wait_for(pid).ended:
        pass
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | _WALL)


def _not_copied(
    pid: int, image: int, mappings: Sequence[MemoryMapping]
) -> dict[int, bytes] | Absent:
    """Memory that clones do not get (MADV_DONTFORK): read now, while the target stands still."""
    there = {mapping.start for mapping in parse_maps(read_bytes(f"/proc/{image}/maps"))}
    missing = [
        mapping
        for mapping in mappings
        if mapping.start not in there and mapping.permissions[0] == "r" and mapping.name[:2] != "[v"
    ]
    reader, pages = ProcessReader(pid), PageMap(pid)
    kept: dict[int, bytes] = {}
    try:
        for mapping in missing:
            for piece in pages.populated(mapping.start, mapping.end):
                buffer = bytearray(piece.size)
                size = reader.read_into(piece.start, memoryview(buffer))
                kept[piece.start] = bytes(buffer[:size])
                if sum(map(len, kept.values())) > _KEPT_LIMIT:
                    return Absent("it keeps much memory out of its copies (MADV_DONTFORK)")
    finally:
        reader.close()
        pages.close()
    return kept
