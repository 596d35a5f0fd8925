"""Frames from the interpreter's memory: hostile bytes give fewer frames, and never much work."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterable

import pytest

from dumpengine.snapshot import Range, Scripts, read_memory
from dumpengine.stacks.python.frames import MOST_FRAMES, _Interpreter
from dumpengine.stacks.python.layout import COOKIE, Layout, described_layout, known_layout
from dumpengine.stacks.python.objects import ObjectReader
from dumpengine.stacks.python.runtime import Runtime
from tests.support.fake_snapshot import snapshot, thread

BASE = 0x10_0000
V11, V12 = (known_layout(0x030B00F0), known_layout(0x030C00F0))
assert V11 is not None
assert V12 is not None


class Endless:
    """A process made to keep us busy: lists without end, each code object another one.

    What lies at an address is told by its kind (the bits above 40) and its number (above 20).
    """

    RUNTIME, INTERPRETER, THREAD, CFRAME, FRAME, CODE, TEXT, TABLE = range(1, 9)

    def words(self, kind: int, number: int) -> dict[int, int]:
        """The words of one object by offset."""
        layout = V12
        match kind:
            case self.RUNTIME:
                return {layout.runtime_interpreters: at(self.INTERPRETER)}
            case self.INTERPRETER:
                return {
                    layout.interpreter_next: at(kind, number + 1),
                    layout.interpreter_threads: at(self.THREAD, number << 4),
                }
            case self.THREAD:
                return {
                    layout.thread_next: at(kind, number + 1),
                    layout.thread_frame: at(self.CFRAME, number),
                    layout.thread_native_id: 100 + number % 64,
                }
            case self.CFRAME:
                return {0: at(self.FRAME, number << 10)}
            case self.FRAME:
                return {
                    layout.frame_code: at(self.CODE, number),
                    layout.frame_previous: at(kind, number + 1),
                    layout.frame_instruction: at(self.CODE, number) + (1 << 19),
                }
            case self.CODE:
                return {
                    layout.code_filename: at(self.TEXT, number),
                    layout.code_qualname: at(self.TEXT, number + 1),
                    layout.code_linetable: at(self.TABLE, number),
                }
            case self.TEXT:
                return {layout.text_length: 1000, layout.text_state: 0x64}
        return {layout.bytes_size: 1 << 17}

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :class:`dumpengine.snapshot.Memory`."""
        kind, number, start = address >> 40, address >> 20 & 0xFFFFF, address & 0xFFFFF
        buffer[:] = b"\x81" * buffer.nbytes if start >= 32 else bytes(buffer.nbytes)
        if kind not in (self.TABLE,) or start < 32:
            buffer[:] = bytes(buffer.nbytes)
            for offset, word in self.words(kind, number).items():
                into = offset - start
                if into >= 0 and into + 8 <= buffer.nbytes:
                    buffer[into : into + 8] = word.to_bytes(8, "little")
        return buffer.nbytes

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :class:`dumpengine.snapshot.Memory`."""
        return (Range(start, end),)


def at(kind: int, number: int = 0) -> int:
    """The address of an object of :class:`Endless`."""
    return kind << 40 | (number & 0xFFFFF) << 20


class Noise(Endless):
    """Words that lead anywhere in it, or are small numbers."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self._data = struct.pack(
            "<4096Q", *(chance.choice((BASE + chance.randrange(1 << 15) & ~7, chance.randrange(8)))
                        for _ in range(4096)),
        )  # fmt: skip

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :class:`dumpengine.snapshot.Memory`."""
        start = address % len(self._data)
        part = self._data[start : start + buffer.nbytes]
        buffer[: len(part)] = part
        return len(part)


def scripts(memory: Endless, layout: Layout, runtime: int = BASE) -> Scripts:
    objects = ObjectReader(lambda address, size: read_memory(memory, address, size), layout)
    threads = tuple(thread(100 + n, n, teb=BASE + n * 8) for n in range(64))
    return _Interpreter(Runtime(runtime, "3", layout), objects).scripts(
        snapshot(64, threads=threads, memory=memory)
    )


def test_a_process_that_is_made_to_keep_us_busy_costs_a_bounded_time():
    started = time.process_time()
    found = scripts(Endless(), V12, at(Endless.RUNTIME))
    assert time.process_time() - started < 10  # measured: 0.9 s, half of it in this fake
    assert found.frames
    assert max(map(len, found.frames.values())) == MOST_FRAMES
    assert sum(map(len, found.frames.values())) <= 1 << 13


@pytest.mark.parametrize("layout", [V11, V12], ids=["3.11", "3.12"])
def test_memory_that_is_no_interpreter_has_few_frames(layout):
    for seed in range(20):
        found = scripts(Noise(seed), layout)
        assert sum(map(len, found.frames.values())) < 1000


def test_a_runtime_that_describes_nonsense_is_not_read():
    head = COOKIE + struct.pack("<2Q", 0x030D00F0, 0) + b"\xff" * 1000
    assert described_layout(head) is None
    assert described_layout(COOKIE + struct.pack("<Q", 0x03630000) + bytes(1000)) is None
    assert described_layout(b"") is None
    assert described_layout(COOKIE + struct.pack("<Q", 0x030D00F0)) is None


def test_versions_before_the_first_that_is_known_are_not_read():
    assert known_layout(0x030A00F0) is None
