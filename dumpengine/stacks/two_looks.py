"""What two looks at the same process tell that one cannot: what did not move, what computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dumpengine.stacks.case import Kind
from dumpengine.stacks.model import Finding, Proof, Stacks, ThreadStack
from dumpengine.stacks.telling import Names, place

_BUSY = 0.5  # of a processor
_STILL_MS = 10.0  # processor time that is no more than a clock tick
_LEAST_SECONDS = 0.2  # below it a clock tick looks like work


def did_not_move(earlier: Stacks, later: Stacks) -> tuple[int, ...]:
    """Return the threads with the same frames in both that used no processor time in between."""
    before = {thread.id: thread for thread in earlier.threads}
    return tuple(
        thread.id
        for thread in later.threads
        if thread.id in before and _still(before[thread.id], thread)
    )


def compare(earlier: Stacks, later: Stacks, seconds: float) -> tuple[Finding, ...]:
    """Return what became plain in the ``seconds`` between two looks at one process."""
    if seconds < _LEAST_SECONDS or earlier.pid != later.pid:
        return ()
    return (*_blocked(earlier, later, seconds), *_spinning(earlier, later, seconds))


def with_earlier(earlier: Stacks, later: Stacks, seconds: float) -> Stacks:
    """Return the later look with what the two of them tell in front of its findings."""
    more = compare(earlier, later, seconds)
    rest = [f for f in later.findings if not more or f.kind != Kind.NOTHING.value]
    return replace(later, findings=(*more, *rest))


def _still(before: ThreadStack, after: ThreadStack) -> bool:
    return before.frames == after.frames and _used(before, after) <= _STILL_MS


def _used(before: ThreadStack, after: ThreadStack) -> float:
    return (after.cpu_ms or 0.0) - (before.cpu_ms or 0.0)


def _blocked(earlier: Stacks, later: Stacks, seconds: float) -> Iterator[Finding]:
    """The main thread serves the user: while it stands still nothing does."""
    if later.pid not in did_not_move(earlier, later):
        return
    main = Names(later.threads).stack(later.pid)
    if main is None or not main.waits_for:
        return
    sentence = (
        f"The main thread has stood still{place(main)} for at least {seconds:.0f} s: it waits for "
        f"{main.waits_for}."
        if seconds >= 1
        else f"The main thread has stood still{place(main)}: it waits for {main.waits_for}."
    )
    proof = Proof(text="the same frames in both looks, no processor time used", thread=main.id)
    yield Finding(kind=Kind.BLOCKED.value, sentence=sentence, threads=(main.id,), proof=(proof,))


def _spinning(earlier: Stacks, later: Stacks, seconds: float) -> Iterator[Finding]:
    before = {thread.id: thread for thread in earlier.threads}
    names = Names(later.threads)
    for thread in later.threads:
        if thread.id not in before or thread.cpu_ms is None or before[thread.id].cpu_ms is None:
            continue
        share = _used(before[thread.id], thread) / (seconds * 1000)
        if share < _BUSY:
            continue
        same = place(before[thread.id]) == place(thread)
        where = place(thread) if same else ""
        yield Finding(
            kind=Kind.SPINNING.value,
            sentence=f"{names.of(thread.id)} computes{where}: {share:.0%} of a processor for "
            f"{seconds:.1f} s.",
            threads=(thread.id,),
            proof=(
                Proof(
                    text=f"{_used(before[thread.id], thread):.0f} ms of processor time in "
                    f"{seconds * 1000:.0f} ms",
                    thread=thread.id,
                ),
            ),
        )
