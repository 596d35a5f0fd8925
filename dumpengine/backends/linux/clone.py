"""A copy-on-write image of a stopped process, to read from while the process runs on.

A thread of the target is borrowed to start a thread of ours, which makes the image: a process with
a copy of the memory (its page tables are copied: some 15 ms a GiB). The image never runs an
instruction: it is born stopped under our tracing, and PTRACE_O_EXITKILL ends it when we end. Where
anything would start it all the same, it exits. See :mod:`dumpengine.backends.linux.borrow` and
:mod:`dumpengine.backends.linux.forker` for what keeps the target whole.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dumpengine.backends.linux import amd64, ptrace
from dumpengine.backends.linux.amd64 import Gadgets
from dumpengine.backends.linux.borrow import BorrowedThread, StalledError, borrow
from dumpengine.backends.linux.forker import Forker, start_forker
from dumpengine.backends.linux.gadgets import still_there
from dumpengine.backends.linux.headroom import let_go_first
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.backends.linux.procfs import Mapping, parse_maps, read_bytes, read_status
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.snapshot import Absent, Architecture, Range, Registers

_TRIES = 64  # threads that are looked at
_KEPT_LIMIT = 32 << 20
_FEW_MAPPINGS = 2000  # to ask about one by one
# An entry of smaps: the line of maps, lines with a capital, then the flags with "wf" among them.
_WIPED = re.compile(rb"(?m)^([0-9a-f]+-.*)\n(?:[A-Z].*\n)*?VmFlags:.* wf\b")


@dataclass(frozen=True, slots=True)
class Image:
    """The image's process id, and memory of the target that clones do not get, by address."""

    pid: int
    kept: Values[int, bytes]


@dataclass(frozen=True, slots=True)
class Clone:
    """An image, and the thread in the target that waits for its end."""

    image: Image
    forker: Forker

    def end(self) -> None:
        """Kill the image and collect it; by its tracer only."""
        self.forker.end(self.image.pid)


def clone_process(
    stopped: StoppedProcess,
    maps: bytes,
    registers: Values[int, Registers | Absent],
    gadgets: Gadgets | None,
) -> Clone | Absent:
    """Make the image of a stopped process, or say why there is none; the target is as before.

    ``maps`` is the text of its /proc/PID/maps now, ``gadgets`` what was found in its code.
    """
    if stopped.group_stopped:
        return Absent("the process is stopped already (state T)")
    reason = _refusal(stopped.pid)
    if reason:
        return Absent(reason)
    mappings = parse_maps(maps)
    thread = _lender(stopped, registers, gadgets, mappings)
    if isinstance(thread, Absent):
        return thread
    try:
        forker = _start(stopped, thread, mappings)
        if forker is None:
            return Absent("it has no stack as the kernel makes it")
        image = Image(forker.fork(), thread.overlay)
        let_go_first(image.pid)
        return _with_kept(Clone(image, forker), stopped.pid, maps)
    except StalledError:
        return Absent("its threads do not run: its control group is frozen, or has no time left")
    except OSError as error:
        return Absent(f"the system refused the copy: {error.strerror or error}")


def _start(
    stopped: StoppedProcess, thread: BorrowedThread, mappings: Sequence[Mapping]
) -> Forker | None:
    """Start the forker; the thread is as it was afterwards, or is left to ``stopped`` to mend."""
    try:
        with thread:
            return start_forker(stopped.pid, thread, mappings)
    finally:
        if thread.overdue:
            stopped.lend(thread)
        for number in thread.signals:
            os.kill(stopped.pid, number)


def _lender(
    stopped: StoppedProcess,
    registers: Values[int, Registers | Absent],
    gadgets: Gadgets | None,
    mappings: Sequence[Mapping],
) -> BorrowedThread | Absent:
    """A 64-bit thread that stopped for us alone, holds no signal and has a safe way back."""
    found = [
        (values, tid)
        for tid in stopped.threads
        if isinstance(values := registers.get(tid), Registers) and not stopped.held_signal(tid)
    ]
    if not found:
        return Absent("every thread was about to handle a signal")
    plain = [(values, tid) for values, tid in found if _runs_64_bit_code(values)]
    if not plain:
        return Absent("it runs 32-bit code")
    if gadgets is None or not still_there(stopped.pid, gadgets):
        return Absent("its code lacks the instructions that are needed")
    for _, tid in sorted(plain, key=lambda each: _reluctance(each[0]))[:_TRIES]:
        if ptrace.redirects_system_calls(tid):
            return Absent("it handles system calls itself (as Wine does)")
        thread = borrow(tid, gadgets, mappings)
        if thread is not None:
            return thread
    return Absent("no thread of it could be borrowed without a risk")


def _runs_64_bit_code(values: Registers) -> bool:
    return values.architecture is Architecture.AMD64 and values["cs"] == amd64.USER_CODE_64


def _reluctance(values: Registers) -> int:
    """What a thread loses should all of us be killed while it is borrowed; the least first."""
    if values["orig_rax"] == amd64.NO_SYSCALL:
        return 2  # it may be in a restartable sequence
    return int(amd64.signed(values["rax"]) == amd64.ERESTART_RESTARTBLOCK)  # its wait begins anew


def _refusal(pid: int) -> str:
    """Reasons why a system call made in this process would not just be that."""
    status = read_status(pid)
    if status.get("Seccomp", "0") != "0":
        return "a seccomp filter watches its system calls"
    if "shstk" in status.get("x86_Thread_features", ""):
        return "it has shadow stacks, which no borrowed thread comes back through"
    return ""


def _with_kept(clone: Clone, pid: int, maps: bytes) -> Clone | Absent:
    kept = _not_copied(pid, clone.image.pid, maps, clone.forker.pages)
    if isinstance(kept, Absent):
        clone.end()
        return kept
    return replace(clone, image=replace(clone.image, kept={**clone.image.kept, **kept}))


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


def _read_now(pid: int, mappings: Sequence[Mapping]) -> dict[int, bytes] | None:
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


def _not_copied(pid: int, image: int, maps: bytes, ours: Range) -> dict[int, bytes] | Absent:
    """Memory that clones do not get (MADV_DONTFORK): read now, while the target stands still.

    ``ours`` is the page that only the image has.
    """
    lines = read_bytes(f"/proc/{image}/maps").splitlines(keepends=True)
    copied = b"".join(line for line in lines if not line.startswith(b"%x-" % ours.start))
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
