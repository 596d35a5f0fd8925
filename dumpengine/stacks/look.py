"""Snapshot -> Stacks: walk, name, group, understand."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.snapshot import (
    Absent,
    ExceptionRecord,
    Registers,
    ScriptFrame,
    Scripts,
    Snapshot,
    Thread,
    ThreadTimes,
)
from dumpengine.stacks.files import Files
from dumpengine.stacks.frames import FrameNamer
from dumpengine.stacks.groups import grouped
from dumpengine.stacks.images import Images
from dumpengine.stacks.model import Stacks, ThreadStack
from dumpengine.stacks.python.merge import merged
from dumpengine.stacks.scripts import with_scripts
from dumpengine.stacks.understand import understood
from dumpengine.stacks.walk import Walker


def look(snapshot: Snapshot, files: Files, *, pause_ms: float | None = None) -> Stacks:
    """Return the call stacks of a snapshot.

    Whatever the snapshot holds, a stack ends where it cannot be followed; nothing is raised for it.
    """
    work = _Look(snapshot, files)
    snapshot = work.snapshot
    threads = tuple(map(work.thread, snapshot.threads))
    seen = Stacks(
        process=snapshot.process.name,
        pid=snapshot.process.pid,
        pause_ms=pause_ms,
        threads=threads,
        groups=grouped(threads),
        warnings=tuple(work.warnings()),
    )
    return understood(snapshot, seen)


_NAMED = 5  # modules without a file in the warning


class _Look:
    def __init__(self, snapshot: Snapshot, files: Files) -> None:
        self._images = Images(snapshot, files)
        self.snapshot = with_scripts(snapshot, self._images)
        self._walker = Walker(snapshot, self._images)
        self._namer = FrameNamer(self._images)
        self._without: list[str] = []

    def thread(self, thread: Thread) -> ThreadStack:
        registers = self._registers(thread)
        places = self._walker.walk(registers) if isinstance(registers, Registers) else []
        if isinstance(registers, Absent):
            self._without.append(f"Thread {thread.tid} has no stack: {registers.reason}.")
        return ThreadStack(
            id=thread.tid,
            name=thread.name,
            cpu_ms=_cpu_ms(thread),
            frames=merged(self._namer.frames(places), self._script(thread.tid)),
        )

    def _script(self, tid: int) -> tuple[ScriptFrame, ...]:
        scripts = self.snapshot.scripts
        return scripts.frames.get(tid, ()) if isinstance(scripts, Scripts) else ()

    def _registers(self, thread: Thread) -> Registers | Absent:
        """Of the thread that crashed, the exception has the registers from before any handler."""
        record = self.snapshot.exception
        if not isinstance(record, ExceptionRecord) or record.thread_id != thread.tid:
            return thread.registers
        known = isinstance(record.registers, Registers) and record.registers.pc
        return record.registers if known else thread.registers

    def warnings(self) -> Iterator[str]:
        """Say whose stack is missing, and which files would tell more."""
        yield from self._without
        names = [image.module.name for image in self._images.used if not image.has_file]
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield (
                f"No file of the same build is in a trusted folder for {', '.join(names[:_NAMED])}"
                f"{more}: frames there are less certain and have no names. "
                "Name the folder that holds them: with --symbols, in the window in its settings."
            )


def _cpu_ms(thread: Thread) -> float | None:
    times = thread.times
    return (times.user + times.kernel) * 1000 if isinstance(times, ThreadTimes) else None
