"""Stacks as lines of text: for a terminal, and for a bug ticket."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.stacks.model import Finding, Frame, Group, Stacks, ThreadStack, Trust

_NAMED = 6  # threads of a group that are named
_LEAST = 2  # digits of a frame's number

# What is said of frames that no table vouches for.
DOUBTS = {
    Trust.FRAME_POINTER: "by its frame pointer",
    Trust.SCAN: "a guess: found on the stack",
}


def stack_lines(stacks: Stacks) -> Iterator[str]:
    """Yield the findings, then each group of threads with its frames, then the warnings."""
    yield headline(stacks)
    for finding in stacks.findings:
        yield from _finding(finding)
    by_id = {thread.id: thread for thread in stacks.threads}
    for group in sorted(stacks.groups, key=lambda group: -len(group.threads)):
        yield ""
        yield from _group(group, [by_id[id] for id in group.threads if id in by_id])
    if stacks.warnings:
        yield ""
    yield from (f"note: {warning}" for warning in stacks.warnings)


def headline(stacks: Stacks) -> str:
    """Return which process, how many threads, and how long it stood still."""
    count = len(stacks.threads)
    parts = [f"{stacks.process} ({stacks.pid})", f"{count} thread{'s' if count != 1 else ''}"]
    if stacks.pause_ms is not None:
        parts.append(f"stood still {stacks.pause_ms:.1f} ms")
    return ", ".join(parts)


def thread_title(thread: ThreadStack) -> str:
    """Return ``worker (4712)``, or ``4712`` for a thread without a name."""
    return f"{thread.name} ({thread.id})" if thread.name else str(thread.id)


def group_title(threads: list[ThreadStack]) -> str:
    """Return ``3 threads: a (1), b (2), c (3)``, long ones cut short."""
    titles = [thread_title(thread) for thread in threads[:_NAMED]]
    if len(threads) > _NAMED:
        titles.append(f"and {len(threads) - _NAMED} more")
    count = f"{len(threads)} threads: " if len(threads) != 1 else "Thread "
    return count + ", ".join(titles)


def frame_text(frame: Frame) -> str:
    """Return ``read+0x14 at read.c:26 (libc.so.6)``, as much of it as is known."""
    parts = [_function(frame)]
    if frame.file:
        parts.append(f"at {frame.file}" + (f":{frame.line}" if frame.line else ""))
    if frame.module and frame.function:
        parts.append(f"({frame.module})")
    if frame.inlined:
        parts.append("[inlined]")
    if frame.trust in DOUBTS:
        parts.append(f"[{DOUBTS[frame.trust]}]")
    return " ".join(parts)


def _function(frame: Frame) -> str:
    if frame.function:
        offset = f"+0x{frame.function_offset:x}" if frame.function_offset else ""
        return frame.function + offset
    if frame.module and frame.offset is not None:
        return f"{frame.module}+0x{frame.offset:x}"
    return f"0x{frame.address:x}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"* {finding.sentence}"
    yield from (f"    {proof.text}" for proof in finding.proof)


def _group(group: Group, threads: list[ThreadStack]) -> Iterator[str]:
    yield group_title(threads)
    waits = dict.fromkeys(thread.waits_for for thread in threads if thread.waits_for)
    yield from (f"  waits for {what}" for what in waits)
    width = max(_LEAST, len(str(len(group.frames))))
    yield from (f"  {at:>{width}}  {frame_text(frame)}" for at, frame in enumerate(group.frames))
    if not group.frames:
        yield "  no frames: see the notes below"
