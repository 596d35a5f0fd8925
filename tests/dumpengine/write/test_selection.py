"""Which memory each flag takes, and what callbacks make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dumpengine.callbacks import (
    DumpCallback,
    ModuleWriteFlags,
    ThreadWriteFlags,
)
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import Module, PageProtection, Range, Region, read_memory
from dumpengine.write import selection
from dumpengine.write.selection import clipped, select, shares
from tests.support.fake_snapshot import (
    CODE,
    DATA,
    HEAP,
    PAGE,
    SHARED,
    STACK,
    FakeMemory,
    choice_of,
    memory,
    pattern,
    region,
    regions,
    registers,
    snapshot,
    written,
)

T = MinidumpType
WINDOW = Range(CODE + 0x1000, CODE + 0x1100)
STACK_PART = Range(STACK + 0x800, STACK + PAGE)
NORMAL = [WINDOW, STACK_PART]


def at(region: Region) -> int:
    return region.start


def taken(made, dump_type=0, callback=None) -> list[Range]:
    callback = callback or DumpCallback()
    choice = choice_of(made, dump_type, callback)
    return list(select(made, MinidumpType(dump_type), choice, callback).ranges)


@pytest.mark.parametrize(
    ("flag", "more"),
    [
        (T.Normal, []),
        (T.WithDataSegs, [Range(DATA, DATA + 2 * PAGE)]),
        (T.WithCodeSegs, [Range(CODE + PAGE, CODE + 3 * PAGE)]),
        (T.WithModuleHeaders, [Range(CODE, CODE + PAGE)]),
        (T.WithPrivateWriteCopyMemory, [Range(DATA, DATA + PAGE)]),
        (
            T.WithPrivateReadWriteMemory,
            [
                Range(DATA + PAGE, DATA + 2 * PAGE),
                Range(HEAP, HEAP + 4 * PAGE),
                Range(HEAP + 8 * PAGE, HEAP + 10 * PAGE),
                Range(STACK, STACK + PAGE),
            ],
        ),
        (T.WithHandleData | T.WithThreadInfo | T.WithFullMemoryInfo, []),
    ],
)
def test_what_a_flag_adds(flag, more):
    from dumpengine.snapshot.ranges import RangeSet

    assert taken(snapshot(), flag) == list(RangeSet([*NORMAL, *more]))


@pytest.mark.parametrize("flag", [T.WithFullMemory, T.WithPrivateReadWriteMemory])
def test_memory_that_lost_its_access_rights_after_it_was_written(flag):
    closed = region(0x70_0000, 2 * PAGE, PageProtection.NOACCESS)
    reserved = region(0x80_0000, PAGE, PageProtection.NOACCESS)
    guard = region(0x90_0000, PAGE, PageProtection.NOACCESS | PageProtection.GUARD)
    made = snapshot(regions=tuple(sorted((*regions(), closed, reserved, guard), key=at)))
    made.memory.pieces |= {0x70_0000: bytes(PAGE), 0x90_0000: bytes(PAGE)}
    found = set(taken(made, flag)) - set(taken(snapshot(), flag))
    assert found == {Range(0x70_0000, 0x70_0000 + PAGE)}


def test_regions_without_access_rights_are_asked_about_where_they_hold_something():
    closed = region(0x70_0000, PAGE, PageProtection.NOACCESS)
    reserved = region(0x80_0000, PAGE, PageProtection.NOACCESS)
    made = snapshot(regions=tuple(sorted((*regions(), closed, reserved), key=at)))
    made.memory.pieces |= {0x70_0000: bytes(PAGE)}
    asked = []

    class Asked(DumpCallback):
        def include_vm_region(self, event):
            asked.append(event.region.start)
            return Range(event.region.start, event.region.end)

    taken(made, T.WithFullMemory, Asked())
    assert 0x70_0000 in asked
    assert 0x80_0000 not in asked


def test_full_memory_is_all_that_is_populated_and_reachable():
    device = region(0x71_0000, PAGE, unreadable="device memory")
    made = snapshot(regions=tuple(sorted((*regions(), device), key=at)))
    made.memory.pieces |= {0x71_0000: bytes(PAGE)}
    assert taken(made, T.WithFullMemory) == [
        Range(CODE, CODE + 3 * PAGE),
        Range(DATA, DATA + 2 * PAGE),
        Range(HEAP, HEAP + 4 * PAGE),
        Range(HEAP + 8 * PAGE, HEAP + 10 * PAGE),
        Range(SHARED, SHARED + PAGE),
        Range(STACK, STACK + PAGE),
    ]


def test_the_window_stays_within_its_region():
    for pc, window in (
        (CODE + PAGE, Range(CODE + PAGE, CODE + PAGE + 128)),
        (CODE + 3 * PAGE - 1, Range(CODE + 3 * PAGE - 129, CODE + 3 * PAGE)),
        (0x10, None),
    ):
        made = snapshot()
        made = replace(made, threads=(replace(made.threads[0], registers=registers(pc=pc)),))
        assert (window in taken(made)) is (window is not None)
        assert len(taken(made)) == 2 - (window is None)


def test_thread_data_that_points_nowhere_takes_nothing():
    made = snapshot(process_data=(Range(0x10, 1 << 62), Range(HEAP + 5, HEAP + 9)))
    wild = replace(made.threads[0], local_data=(Range(-(1 << 70), 5), Range(1 << 63, 1 << 64)))
    made = replace(made, threads=(wild,))
    everywhere = [Range(r.start, r.end) for r in made.regions]
    for piece in taken(made, T.WithProcessThreadData):
        assert any(r.start <= piece.start and piece.end <= r.end for r in everywhere) or (
            piece == Range(CODE, CODE + 3 * PAGE) or piece.start == DATA
        )
    assert taken(replace(made, process_data=()), T.WithProcessThreadData) == NORMAL


class Asked(DumpCallback):
    def __init__(self, add=(), remove=()):
        self.add, self.remove = list(add), list(remove)

    def memory(self):
        return self.add.pop(0) if self.add else None

    def remove_memory(self):
        return self.remove.pop(0) if self.remove else None


def test_memory_is_added_and_removed_but_never_a_stack():
    add = [Range(HEAP, HEAP + 100), Range(SHARED, SHARED + 10)]
    remove = [Range(HEAP + 10, HEAP + 20), STACK_PART]
    assert taken(snapshot(), 0, Asked(add, remove)) == [
        WINDOW,
        Range(HEAP, HEAP + 10),
        Range(HEAP + 20, HEAP + 100),
        Range(SHARED, SHARED + 10),
        STACK_PART,
    ]


def test_an_empty_range_ends_the_questions():
    asked = Asked([Range(5, 5), Range(HEAP, HEAP + 8)])
    assert taken(snapshot(), 0, asked) == NORMAL
    assert asked.add == [Range(HEAP, HEAP + 8)]


def test_full_memory_does_not_ask_for_more():
    asked = Asked([Range(HEAP, HEAP + 8)], [Range(HEAP, HEAP + 8)])
    taken(snapshot(), T.WithFullMemory, asked)
    assert len(asked.add) == len(asked.remove) == 1


def test_memory_a_callback_adds_but_that_cannot_be_read_is_reported():
    _, _, report = written(snapshot(), 0, Asked([Range(0x9000, 0xB000)]))
    assert sum(problem.skipped for problem in report.skipped) == 0x2000


class Regions(DumpCallback):
    """Takes a part of the heap, nothing of the shared memory, and then asks for no more."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def include_vm_region(self, event):
        self.asked.append(event.region.start)
        return self.answers.get(event.region.start, Range(event.region.start, event.region.end))


def test_regions_are_shrunk_left_out_and_asked_about_twice():
    callback = Regions({HEAP: Range(HEAP + PAGE + 5, HEAP + 9 * PAGE), SHARED: Range(0, 0)})
    dump, _, _ = written(snapshot(), T.WithFullMemory, callback)
    found = dump.snapshot().memory
    assert read_memory(found, HEAP + PAGE, 5) == b""
    assert read_memory(found, HEAP + PAGE + 5, 10) == pattern(4 * PAGE, 3)[PAGE + 5 : PAGE + 15]
    assert read_memory(found, HEAP + 9 * PAGE, 8) == b""
    assert read_memory(found, SHARED, 8) == b""
    once = [r.start for r in regions()]
    assert callback.asked == once * 2


def test_none_ends_the_questions_and_takes_the_rest():
    callback = Regions({CODE + PAGE: None})
    pieces = taken(snapshot(), T.WithFullMemory, callback)
    assert callback.asked == [CODE, CODE + PAGE]
    assert Range(STACK, STACK + PAGE) in pieces


class Flags(DumpCallback):
    def __init__(self, thread=None, module=None, late=False):
        self._thread, self._module, self._late = thread, module, late

    def include_thread(self, event):
        return event.write_flags if self._late else self._change(event.write_flags, self._thread)

    def thread(self, event):
        return self._change(event.write_flags, self._thread) if self._late else event.write_flags

    def include_module(self, event):
        return event.write_flags if self._late else self._change(event.write_flags, self._module)

    def module(self, event):
        return self._change(event.write_flags, self._module) if self._late else event.write_flags

    @staticmethod
    def _change(flags, change):
        return flags if change is None else change(flags)


@pytest.mark.parametrize("late", [False, True])
def test_write_flags_of_threads(late):
    no_stack = Flags(lambda flags: flags & ~ThreadWriteFlags.WriteStack, late=late)
    assert taken(snapshot(), 0, no_stack) == [WINDOW]
    no_window = Flags(lambda flags: flags & ~ThreadWriteFlags.WriteInstructionWindow, late=late)
    assert taken(snapshot(), 0, no_window) == [STACK_PART]
    no_context = Flags(lambda flags: flags & ~ThreadWriteFlags.WriteContext, late=late)
    dump, _, _ = written(snapshot(), 0, no_context)
    assert not hasattr(dump.snapshot().threads[0].registers, "values")
    none = Flags(lambda _: None, late=late)
    assert written(snapshot(2), 0, none)[2].threads == 0
    no_info = Flags(lambda flags: flags & ~ThreadWriteFlags.WriteThreadInfo, late=late)
    dump, _, _ = written(snapshot(), T.WithThreadInfo, no_info)
    assert bytes(dump.file.body(17))[8:12] == bytes(4)


@pytest.mark.parametrize("late", [False, True])
def test_write_flags_of_modules(late):
    wants_data = Flags(module=lambda flags: flags | ModuleWriteFlags.WriteDataSeg, late=late)
    assert Range(DATA, DATA + 2 * PAGE) in taken(snapshot(), 0, wants_data)
    no_data = Flags(module=lambda flags: flags & ~ModuleWriteFlags.WriteDataSeg, late=late)
    assert taken(snapshot(), T.WithDataSegs, no_data) == NORMAL
    no_record = Flags(module=lambda flags: flags & ~ModuleWriteFlags.WriteCvRecord, late=late)
    assert written(snapshot(), 0, no_record)[0].snapshot().modules[0].codeview == b""
    none = Flags(module=lambda _: None, late=late)
    assert written(snapshot(), 0, none)[2].modules == 0


def test_code_without_a_file_is_always_there():
    vdso = Module(base=0x7FFF_0000_0000, size=PAGE, path="linux-gate.so")
    made = snapshot()
    mapped = region(vdso.base, PAGE, PageProtection.EXECUTE_READ, name="[vdso]")
    made.memory.pieces[vdso.base] = pattern(PAGE, 50)
    made = replace(made, modules=(*made.modules, vdso), regions=(*made.regions, mapped))
    assert Range(vdso.base, vdso.base + PAGE) in taken(made)


def test_many_pieces_are_joined_within_their_region(monkeypatch):
    monkeypatch.setattr(selection, "MOST_RANGES", 4)
    data = {HEAP + n * 2 * PAGE: pattern(PAGE, n) for n in range(8)}
    other = {STACK: pattern(PAGE, 99), CODE: pattern(PAGE, 98)}
    made = snapshot(memory=FakeMemory(data | other))
    pieces = taken(made, T.WithFullMemory)
    assert len(pieces) == 4
    assert sum(piece.size for piece in pieces) == (8 + 2 + 6) * PAGE
    assert all(piece.start % PAGE == 0 for piece in pieces)


def test_joining_never_costs_more_than_its_budget(monkeypatch):
    monkeypatch.setattr(selection, "MOST_RANGES", 2)
    monkeypatch.setattr(selection, "_LEAST_FILLING", 3 * PAGE)
    data = {HEAP + n * 2 * PAGE: pattern(PAGE, n) for n in range(8)}
    made = snapshot(memory=FakeMemory(data))
    assert sum(piece.size for piece in taken(made, T.WithFullMemory)) == (8 + 3) * PAGE


def test_vm_query_changes_what_a_region_is_taken_for():
    class Queries(DumpCallback):
        def vm_start(self):
            return True

        def vm_query(self, address):
            if address == HEAP:
                return region(HEAP, 16 * PAGE, PageProtection.NOACCESS)
            return None

    dump, _, _ = written(snapshot(), T.WithFullMemory, Queries())
    found = dump.snapshot()
    assert read_memory(found.memory, HEAP, 8) == b""
    assert next(r for r in found.regions if r.start == HEAP).protect == PageProtection.NOACCESS


def test_a_smaller_dump_of_a_dump_takes_only_what_is_there():
    made = snapshot(memory=FakeMemory({STACK + 0x900: bytes(0x100)}))
    choice = choice_of(made)
    selected = select(made, T.Normal, choice, DumpCallback())
    assert list(clipped(selected, made).ranges) == [Range(STACK + 0x900, STACK + 0xA00)]


def test_each_flags_share_is_what_it_takes_alone():
    made = snapshot()
    found = dict(shares(made, choice_of(made)))
    for flag, size in found.items():
        alone = sum(piece.size for piece in taken(made, flag))
        normal = sum(piece.size for piece in NORMAL)
        if flag is T.WithFullMemory:
            assert size == alone == sum(map(len, memory().pieces.values()))
        else:
            assert alone - normal <= size <= alone
