"""Memory as callbacks show it, and what stacks point to."""

from __future__ import annotations

import struct
from dataclasses import replace

from dumpengine.callbacks import DumpCallback, ModuleWriteFlags
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import Range, read_memory
from dumpengine.write.filter import CallbackMemory
from dumpengine.write.pointers import BLOCK, indirect_blocks, referenced_modules, stack_words
from tests.support.fake_snapshot import (
    CODE,
    HEAP,
    LIBRARY,
    PAGE,
    SHARED,
    STACK,
    FakeMemory,
    program,
    registers,
    snapshot,
    written,
)

T = MinidumpType


def with_stack(words: list[int]):
    """A snapshot whose one thread has these words from its stack pointer on."""
    made = snapshot()
    data = struct.pack(f"<{len(words)}Q", *words)
    page = bytes(0x800) + data + bytes(0x800 - len(data))
    made.memory.pieces[STACK] = page
    return replace(made, threads=(replace(made.threads[0], registers=registers(sp=STACK)),))


def test_callbacks_supply_and_change_what_is_read():
    class Changes(DumpCallback):
        def vm_pre_read(self, event):
            if event.address != 0x1000:
                return None
            event.buffer[:4] = b"mine"
            return 4

        def vm_post_read(self, event):
            event.buffer[:1] = b"*"

    memory = CallbackMemory(FakeMemory({0x2000: b"theirs"}), Changes())
    assert read_memory(memory, 0x1000, 8) == b"*ine"
    assert read_memory(memory, 0x2000, 8) == b"*heirs"
    assert read_memory(memory, 0x3000, 8) == b""
    assert list(memory.populated(0, 1 << 32)) == [Range(0x2000, 0x2006)]


def test_words_of_registers_and_stack():
    made = with_stack([1, 2, 2, 3])
    words = set(stack_words(made, made.threads[0]))
    assert {1, 2, 3, CODE + 0x1080, STACK} <= words


def test_deep_stacks_are_read_in_parts():
    made = snapshot()
    size = (1 << 18) + 24
    made.memory.pieces[1 << 40] = bytes(size - 8) + struct.pack("<Q", 0xABCD)
    deep = replace(made.threads[0], stack=Range(1 << 40, (1 << 40) + size))
    assert 0xABCD in set(stack_words(made, deep))
    assert max(read.size for read in made.memory.reads) <= 1 << 18


def test_modules_that_stacks_point_into():
    library = replace(program(), base=LIBRARY, size=PAGE, path="/lib/x")
    for word, found in (
        (LIBRARY, True),
        (LIBRARY + PAGE - 1, True),
        (LIBRARY + PAGE, False),
        (LIBRARY - 1, False),
    ):
        made = replace(with_stack([word]), modules=(program(), library))
        assert (LIBRARY in referenced_modules(made)) is found
        assert CODE in referenced_modules(made)  # the instruction pointer


def test_scan_memory_tells_the_module_callback():
    library = replace(program(), base=LIBRARY, size=PAGE, path="/lib/x")
    made = replace(with_stack([LIBRARY + 8]), modules=(program(), library))
    other = replace(library, base=LIBRARY + 16 * PAGE, path="/lib/y")
    seen = {}

    class Unreferenced(DumpCallback):
        def module(self, event):
            seen[event.base] = bool(event.write_flags & ModuleWriteFlags.ReferencedByMemory)
            return event.write_flags if seen[event.base] else None

    made = replace(made, modules=(*made.modules, other))
    dump, _, _ = written(made, T.ScanMemory, Unreferenced())
    assert seen == {CODE: True, LIBRARY: True, other.base: False}
    assert [module.base for module in dump.snapshot().modules] == [CODE, LIBRARY]
    seen.clear()
    written(made, 0, Unreferenced())
    assert not any(seen.values())


def test_blocks_around_pointers_into_private_data():
    made = with_stack([HEAP + PAGE, SHARED, CODE + PAGE, HEAP + 15 * PAGE + 0xFF0])
    blocks = list(indirect_blocks(made, made.threads))
    inside = [block for block in blocks if block.start >= HEAP and block.end <= HEAP + 16 * PAGE]
    assert any(b.start <= HEAP + PAGE - 64 and b.end >= HEAP + PAGE + 512 for b in inside)
    assert any(b.end == HEAP + 16 * PAGE for b in inside)
    assert all(b.size <= BLOCK for b in blocks)
    assert not any(b.start < SHARED + PAGE and b.end > SHARED for b in blocks)
