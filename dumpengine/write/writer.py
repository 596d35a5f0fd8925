"""The order of things: ask, select, lay out, copy, finish.

The file is header, directory, small streams, then memory. The small part is built in memory, so
every offset is known before the first byte of bulk memory is written; the signature comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dumpengine.callbacks import DumpCallback, Phase, Progress, raise_if_cancelled
from dumpengine.dump_types import MinidumpType
from dumpengine.job import CallbackSink, Sink
from dumpengine.options import UserStream
from dumpengine.snapshot import Range, Region, Snapshot, SoftError
from dumpengine.write.area import MemoryArea, copy_memory
from dumpengine.write.choice import Choice, ask_start, choose
from dumpengine.write.filter import CallbackMemory
from dumpengine.write.layout import DumpLayout
from dumpengine.write.notes import Room, room_for
from dumpengine.write.pointers import referenced_modules
from dumpengine.write.selection import Selection, ask_again, clipped, select
from dumpengine.write.source import Source

_FILTERS = MinidumpType.FilterMemory | MinidumpType.FilterTriage


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How to write. ``timestamp`` is Unix seconds.

    ``on_copied`` is called as soon as the process itself is not needed any more: when its memory is
    copied, or those parts of it that are ``held``, which are copied first then. ``at_the_end``
    gives what has become known by then and is to be said first. ``from_file`` says that the
    snapshot is itself a dump: what it does not hold is left out silently, and ``redacted`` that it
    comes from :func:`dumpengine.privacy.redaction.redact`.
    """

    dump_type: MinidumpType
    timestamp: int
    user_streams: tuple[UserStream, ...] = ()
    warnings: tuple[str, ...] = ()
    on_copied: Callable[[], None] = _nothing
    held: Sequence[Range] | None = None
    at_the_end: Callable[[], tuple[str, ...]] = tuple
    from_file: bool = False
    redacted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReport:
    """What was written; sizes in bytes."""

    size: int
    memory_bytes: int
    threads: int
    modules: int
    ranges: int
    skipped: tuple[SoftError, ...]


def write_minidump(
    snapshot: Snapshot, sink: Sink, options: WriteOptions, callback: DumpCallback
) -> WriteReport:
    """Write a minidump of ``snapshot``.

    Raises DumpError 0x800704C7 when the callback cancels, OSError when the sink fails, and what a
    callback raises. What is at the sink then is no dump: its signature is missing.
    """
    return _Writer(snapshot, sink, options, callback).run()


@dataclass(slots=True)
class _Writer:
    snapshot: Snapshot
    sink: Sink
    options: WriteOptions
    callback: DumpCallback
    inline: bool = False  # callbacks want to see every byte, on their own thread
    taken_over: bool = False

    def run(self) -> WriteReport:
        self.callback.is_process_snapshot()
        self._let_callbacks_in()
        try:
            report = self._write()
        except BaseException:
            if self.taken_over:  # as dbgcore does, so that whoever took the bytes lets go of them
                with suppress(Exception):
                    self.callback.io_finish()
            raise
        if self.taken_over:
            self.callback.io_finish()
        self.callback.write_kernel_minidump()
        return report

    def _write(self) -> WriteReport:
        choice = self._choose()
        selection = self._select(choice)
        self._progress(Phase.COLLECTING, 0, selection.size)
        if self.options.dump_type & MinidumpType.WithFullMemory:
            ask_again(self.snapshot, self.callback)
        source = Source(self.snapshot, self.options.dump_type, choice, self.options.timestamp)
        layout = DumpLayout(source, self.options.user_streams, selection, self._room())
        area = copy_memory(
            self.snapshot.memory,
            self.sink,
            layout,
            self.callback,
            held=self.options.held,
            on_copied=self.options.on_copied,
            inline=self.inline,
        )
        problems = (*self.snapshot.problems, *area.problems)
        self._finish(layout, area, problems)
        return WriteReport(
            size=max(len(layout.data), area.end),
            memory_bytes=area.size,
            threads=len(choice.threads),
            modules=len(choice.modules),
            ranges=len(area.placed),
            skipped=problems,
        )

    def _room(self) -> Room | None:
        """Of a file is known beforehand what it does not hold."""
        if not self.options.from_file:
            return None
        return room_for(self.snapshot.problems, self.options.warnings)

    def _let_callbacks_in(self) -> None:
        if self.callback.vm_start():
            memory = CallbackMemory(self.snapshot.memory, self.callback)
            regions = tuple(self._as_told(region) for region in self.snapshot.regions)
            self.snapshot = replace(self.snapshot, memory=memory, regions=regions)
            self.inline = True
        if self.callback.io_start():
            self.sink = CallbackSink(self.callback)
            self.inline = self.taken_over = True

    def _as_told(self, region: Region) -> Region:
        """A region the callback gives no access is left out, as by dbgcore, whatever it holds."""
        told = self.callback.vm_query(region.start)
        if told is None:
            return region
        return told if told.readable else replace(told, unreadable="a callback says so")

    def _choose(self) -> Choice:
        secondary = ask_start(self.callback)
        referenced: frozenset[int] = frozenset()
        if self.options.dump_type & MinidumpType.ScanMemory:
            referenced = referenced_modules(self.snapshot)
        choice = choose(self.snapshot, self.options.dump_type, self.callback, referenced, secondary)
        return self._filtered(choice)

    def _filtered(self, choice: Choice) -> Choice:
        """Let nothing through from here on that the dump may not show."""
        if not self.options.dump_type & _FILTERS:
            return choice
        # It takes its time to load, and most dumps are not filtered.
        from dumpengine.privacy.redaction import filtered

        interrupted = [chosen.interrupted for chosen in choice.threads if chosen.interrupted]
        self.snapshot = filtered(
            self.snapshot,
            self.options.dump_type,
            more_stacks=interrupted,
            redacted=self.options.redacted,
        )
        shown = {thread.tid: thread for thread in self.snapshot.threads}
        threads = (replace(chosen, thread=shown[chosen.thread.tid]) for chosen in choice.threads)
        return replace(choice, threads=tuple(threads))

    def _select(self, choice: Choice) -> Selection:
        selection = select(self.snapshot, self.options.dump_type, choice, self.callback)
        if self.options.from_file:
            return clipped(selection, self.snapshot)
        return selection

    def _finish(
        self, layout: DumpLayout, area: MemoryArea, problems: tuple[SoftError, ...]
    ) -> None:
        self._progress(Phase.FINISHING, area.size, area.size)
        raise_if_cancelled(self.callback)
        first, warnings = self.options.at_the_end(), self.options.warnings
        layout.finish(area.placed, area.base, problems, warnings, first)
        # All but the signature first: whoever finds half a file must not take it for a dump.
        data = memoryview(layout.data)
        self.sink.write_at(4, data[4:])
        self.sink.write_at(0, data[:4])

    def _progress(self, phase: Phase, done: int, total: int) -> None:
        self.callback.progress(Progress(phase, done, total))
