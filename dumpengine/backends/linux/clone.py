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
import itertools
import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dumpengine.backends.linux import ptrace
from dumpengine.backends.linux.headroom import let_go_first
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.backends.linux.procfs import Mapping as MemoryMapping
from dumpengine.backends.linux.procfs import parse_maps, read_bytes, read_status
from dumpengine.backends.linux.remote import OPTIONS, RemoteThread, await_birth, wait_for
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.snapshot import Absent, Architecture, Range, Registers

_SYS_CLONE = 56
_SYS_WAIT4 = 61
_SYS_PRCTL = 157
_PR_GET_CHILD_SUBREAPER = 37
_CLONE_VM = 0x100
_CLONE_FILES = 0x400
_WALL = 0x40000000
_NOWHERE = 8  # a stack pointer that faults at the first use
_USER_CODE_64 = 0x33  # cs of a 64-bit thread
_ADOPTS = "it adopts orphaned processes, and would find itself with the copy as a child"
_KEPT_LIMIT = 32 << 20
_CODE_LIMIT = 1 << 20
_FEW_MAPPINGS = 2000  # to ask about one by one
# An entry of smaps: the line of maps, lines with a capital, then the flags with "wf" among them.
_WIPED = re.compile(rb"(?m)^([0-9a-f]+-.*)\n(?:[A-Z].*\n)*?VmFlags:.* wf\b")


@dataclass(frozen=True, slots=True)
class Image:
    """The image's process id, and memory of the target that clones do not get, by address."""

    pid: int
    kept: Mapping[int, bytes]

    def end(self) -> None:
        """Kill the image and collect it; by its tracer only."""
        end_process(self.pid)


def clone_process(
    stopped: StoppedProcess,
    maps: bytes,
    registers: Mapping[int, Registers | Absent],
) -> Image | Absent:
    """Make the image of a stopped process, or say why there is none; the target is as before.

    ``maps`` is the text of its /proc/PID/maps now.
    """
    thread = _suitable_thread(stopped, registers)
    if isinstance(thread, Absent):
        return thread
    reason = _refusal(stopped.pid, thread)
    if reason:
        return Absent(reason)
    instruction = _syscall_instruction(stopped.pid, maps)
    if not instruction:
        return Absent("no system call instruction was found in its memory")
    try:
        image = _clone(stopped, thread, instruction)
    except OSError as error:
        return Absent(f"the system refused the copy: {error.strerror}")
    if isinstance(image, Absent):
        return image
    let_go_first(image)
    kept = _not_copied(stopped.pid, image, maps)
    if isinstance(kept, Absent):
        end_process(image)
        return kept
    return Image(image, kept)


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
    status = read_status(pid)
    if status.get("Seccomp", "0") != "0":
        return "a seccomp filter watches its system calls"
    if status.get("NSpid", "").split()[-1:] == ["1"]:
        return _ADOPTS
    if ptrace.redirects_system_calls(tid):
        return "it handles system calls itself (as Wine does)"
    return ""


def _syscall_instruction(pid: int, maps: bytes) -> int:
    """Find ``0f 05``, first where the process has been: running it there fills in no page."""
    lines = [line for line in maps.splitlines() if b" r-xp " in line and b"[vsyscall]" not in line]
    lines.sort(key=lambda line: not line.endswith(b"[vdso]"))
    code = [Range(found.start, found.end) for line in lines for found in parse_maps(line)]
    reader, pages = ProcessReader(pid), PageMap(pid)
    try:
        touched = (run for mapping in code for run in pages.populated(mapping.start, mapping.end))
        for piece in itertools.chain(touched, code):
            buffer = bytearray(min(piece.size, _CODE_LIMIT))
            size = reader.read_into(piece.start, memoryview(buffer))
            at = buffer.find(b"\x0f\x05", 0, size)
            if at >= 0:
                return piece.start + at
    finally:
        reader.close()
        pages.close()
    return 0


def _clone(stopped: StoppedProcess, tid: int, instruction: int) -> int | Absent:
    """Make the go-between and through it the image; returns the image's process id."""
    target = RemoteThread(tid, instruction)
    with target:
        if target.call_for_int(_SYS_PRCTL, _PR_GET_CHILD_SUBREAPER):
            return Absent(_ADOPTS)
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


def with_wiped(image: Image, target: int) -> Image:
    """Add memory that clones get as zeros (MADV_WIPEONFORK), read from the running target.

    Only smaps tells which it is, and walks all page tables for it: too long for a stop.
    """
    try:
        if not _may_be_wiped(image.pid, target):
            return image
        smaps = read_bytes(f"/proc/{image.pid}/smaps")
        pieces = [m for entry in _WIPED.finditer(smaps) for m in parse_maps(entry[1])]
        wiped = _read_now(target, pieces)
    except OSError:  # the target has ended since
        return image
    return replace(image, kept={**image.kept, **(wiped or {})})


def _may_be_wiped(image: int, target: int) -> bool:
    """Return whether some anonymous memory is empty in the image and not in the target.

    It may have been touched since; but where there is none, no need to walk all page tables.
    """
    maps = read_bytes(f"/proc/{image}/maps")
    if maps.count(b"\n") > _FEW_MAPPINGS:
        return True
    with (
        contextlib.closing(PageMap(image)) as copied,
        contextlib.closing(PageMap(target)) as there,
    ):
        # Without scanning, memory that was only reserved would take longer than smaps does.
        return not copied.can_scan() or any(
            not copied.holds_any(each.start, each.end) and there.holds_any(each.start, each.end)
            for each in parse_maps(maps)
            if not each.inode and not each.shared and not each.name.startswith("[v")
        )


def _read_now(pid: int, mappings: Sequence[MemoryMapping]) -> dict[int, bytes] | None:
    """Return what the process holds in these mappings, by address; None for more than 32 MiB."""
    reader, pages = ProcessReader(pid), PageMap(pid)
    kept: dict[int, bytes] = {}
    room = _KEPT_LIMIT
    try:
        for mapping in mappings:
            for piece in pages.populated(mapping.start, mapping.end):
                room -= piece.size
                if room < 0:
                    return None
                buffer = bytearray(piece.size)
                size = reader.read_into(piece.start, memoryview(buffer))
                kept[piece.start] = bytes(buffer[:size])
    finally:
        reader.close()
        pages.close()
    return kept


def _not_copied(pid: int, image: int, maps: bytes) -> dict[int, bytes] | Absent:
    """Memory that clones do not get (MADV_DONTFORK): read now, while the target stands still."""
    copied = read_bytes(f"/proc/{image}/maps")
    if copied == maps:
        return {}
    there = {mapping.start for mapping in parse_maps(copied)}
    missing = [
        mapping
        for mapping in parse_maps(maps)
        if mapping.start not in there and mapping.permissions[0] == "r" and mapping.name[:2] != "[v"
    ]
    kept = _read_now(pid, missing)
    if kept is None:
        return Absent("it keeps much memory out of its copies (MADV_DONTFORK)")
    return kept
