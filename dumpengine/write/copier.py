"""Copies memory into the file: two threads, each with one small buffer all along.

Reading from a process and writing to a file both release the interpreter lock, so two threads
keep both sides busy; more gain nothing, since a file takes one write at a time. What was read
into a small buffer is still in the processor's cache when it is written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dumpengine.callbacks import DumpCallback, ReadMemoryFailure, raise_if_cancelled
from dumpengine.errors import E_PARTIAL_COPY, DumpError
from dumpengine.job import Sink
from dumpengine.snapshot import PAGE_SIZE, Memory, Range

CHUNK = 512 << 10
WORKERS = 2
_PARTING = 1.0  # seconds a worker may take to stop
_POLL = 0.02  # seconds between two looks at the cancel callback


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Consecutive bytes of the file and the memory they come from."""

    offset: int
    pieces: tuple[Range, ...]
    size: int


@dataclass(slots=True)
class Copier:
    """Copies ``ranges``, in order and back to back, to ``offset`` of the sink.

    Pages that cannot be read are left as zeros and collected in ``failed``. ``advanced`` is told
    the bytes done so far, on the calling thread.
    """

    memory: Memory
    sink: Sink
    callback: DumpCallback
    advanced: Callable[[int], None]
    failed: list[Range] = field(default_factory=list)
    done: int = 0
    _asked: int = 0
    _error: BaseException | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def copy(self, ranges: Sequence[Range], offset: int, *, workers: int = WORKERS) -> None:
        """Copy everything; raises what reading, writing or a callback raised.

        With ``workers`` 0 it is done on the calling thread, as callbacks that see every byte ask.
        """
        chunks = _chunks(ranges, offset)
        total = sum(piece.size for piece in ranges)
        if workers and total > CHUNK:
            self._copy_in_threads(chunks, workers)
        else:
            self._copy_here(chunks)
        self.failed.sort()

    def _copy_here(self, chunks: Iterator[_Chunk]) -> None:
        buffer = memoryview(bytearray(CHUNK))
        for chunk in chunks:
            self._copy_chunk(chunk, buffer)
            self._look_up()

    def _copy_in_threads(self, chunks: Iterator[_Chunk], workers: int) -> None:
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._work, args=(chunks, stop), name="copier", daemon=True)
            for _ in range(workers)
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                threads[0].join(_POLL)
                if not threads[0].is_alive():
                    threads[-1].join(_POLL)
                self._look_up()
        finally:
            stop.set()
            self._part_from(threads)
        if self._error is not None:
            raise self._error
        self._look_up()

    def _part_from(self, threads: Sequence[threading.Thread]) -> None:
        """Wait for the workers; not for long where one hangs in the kernel, before a dead server.

        Whoever cancels then has the target back, though the worker comes back only later.
        """
        deadline = time.monotonic() + _PARTING
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _look_up(self) -> None:
        """Between two pieces of work: may it go on, and how far is it?"""
        raise_if_cancelled(self.callback)
        self._ask_about_failures()
        self.advanced(self.done)

    def _work(self, chunks: Iterator[_Chunk], stop: threading.Event) -> None:
        buffer = memoryview(bytearray(CHUNK))
        try:
            while not stop.is_set():
                with self._lock:
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                self._copy_chunk(chunk, buffer)
        except BaseException as error:  # handed to the thread that waits for us
            self._error = self._error or error
            stop.set()

    def _copy_chunk(self, chunk: _Chunk, buffer: memoryview) -> None:
        at = 0
        for piece in chunk.pieces:
            self._read(piece, buffer[at : at + piece.size])
            at += piece.size
        self.sink.write_at(chunk.offset, buffer[: chunk.size])
        with self._lock:
            self.done += chunk.size

    def _read(self, piece: Range, buffer: memoryview) -> None:
        """Read a piece; step over pages that cannot be read, so that only they are missing."""
        address = piece.start
        while address < piece.end:
            address += self.memory.read_into(address, buffer[address - piece.start :])
            if address < piece.end:
                bad = min(address // PAGE_SIZE * PAGE_SIZE + PAGE_SIZE, piece.end)
                buffer[address - piece.start : bad - piece.start] = bytes(bad - address)
                with self._lock:
                    self.failed.append(Range(address, bad))
                address = bad

    def _ask_about_failures(self) -> None:
        with self._lock:
            new, self._asked = self.failed[self._asked :], len(self.failed)
        for piece in new:
            event = ReadMemoryFailure(piece.start, piece.size, E_PARTIAL_COPY)
            if self.callback.read_memory_failure(event) is False:
                raise DumpError(
                    E_PARTIAL_COPY,
                    f"{piece.size} bytes at 0x{piece.start:x} could not be read.",
                    address=piece.start,
                )


def _chunks(ranges: Sequence[Range], offset: int) -> Iterator[_Chunk]:
    pieces: list[Range] = []
    size = 0
    for whole in ranges:
        start = whole.start
        while start < whole.end:
            end = whole.end
            if end - start > CHUNK - size:
                # Cut at a page: filters look at whole words, the kernel at whole pages.
                end = max((start + CHUNK - size) // PAGE_SIZE * PAGE_SIZE, start)
            if end > start:
                pieces.append(Range(start, end))
                size += end - start
            start = end
            if start < whole.end:
                yield _Chunk(offset, tuple(pieces), size)
                offset, pieces, size = offset + size, [], 0
    if pieces:
        yield _Chunk(offset, tuple(pieces), size)
