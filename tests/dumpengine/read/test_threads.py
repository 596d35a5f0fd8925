"""Threads: list, names, times, registers and stacks together."""

from __future__ import annotations

import struct

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.format.threads import (
    MINIDUMP_THREAD,
    MINIDUMP_THREAD_EX,
    MINIDUMP_THREAD_INFO,
    MINIDUMP_THREAD_INFO_LIST,
    MINIDUMP_THREAD_NAME,
    ThreadInfoFlags,
)
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Absent, Range, Registers, Thread, ThreadTimes
from tests.support.synth import STACK, Synth, amd64_context, counted


def threads_of(synth: Synth) -> tuple[Thread, ...]:
    return read_dump(synth.build()).snapshot().threads


def with_info(synth: Synth, *infos: MINIDUMP_THREAD_INFO, extra: bytes = b"") -> Synth:
    head = MINIDUMP_THREAD_INFO_LIST(
        SizeOfEntry=MINIDUMP_THREAD_INFO.SIZE + len(extra), NumberOfEntries=len(infos)
    )
    body = b"".join(info.pack() + extra for info in infos)
    return synth.stream(StreamType.ThreadInfoListStream, head.pack() + body)


def test_a_thread_has_everything_its_entry_says() -> None:
    synth = Synth().system()
    synth.thread(
        7, amd64_context(Rip=1, Rsp=STACK), b"s" * 32, name="render", Teb=0x7000, Priority=2,
        PriorityClass=0x80, SuspendCount=1,
    )  # fmt: skip
    (thread,) = threads_of(synth)
    assert (thread.tid, thread.name, thread.teb) == (7, "render", 0x7000)
    assert (thread.priority, thread.priority_class, thread.suspend_count) == (2, 0x80, 1)
    assert thread.stack == Range(STACK, STACK + 32)
    assert isinstance(thread.registers, Registers)
    assert thread.registers.pc == 1
    assert thread.times == Absent("not asked for")


@pytest.mark.parametrize(
    ("platform", "name"), [(PlatformId.LINUX, "fs_base"), (PlatformId.WIN32_NT, "gs_base")]
)
def test_the_teb_is_the_base_the_context_has_no_room_for(platform: int, name: str) -> None:
    synth = Synth().system(platform=platform)
    synth.thread(7, amd64_context(Rip=1), Teb=0x7000)
    (thread,) = threads_of(synth)
    assert isinstance(thread.registers, Registers)
    assert thread.registers[name] == 0x7000


def test_a_thread_without_context_and_stack_says_so() -> None:
    (thread,) = threads_of(Synth().system().thread(7))
    assert thread.registers == Absent("the dump has none")
    assert thread.stack == Absent("the dump has none")


def test_a_context_outside_the_file_is_absent_and_a_problem() -> None:
    synth = Synth().system()
    synth.thread(7, ThreadContext=MINIDUMP_LOCATION_DESCRIPTOR(1232, 1 << 30))
    snapshot = read_dump(synth.build()).snapshot()
    assert isinstance(snapshot.threads[0].registers, Absent)
    assert "outside the file" in snapshot.threads[0].registers.reason
    assert [problem.where for problem in snapshot.problems] == ["Registers of thread 7"]


def test_a_context_larger_than_any_is_not_read() -> None:
    synth = Synth().system()
    synth.put(bytes(1 << 18))
    synth.thread(7, ThreadContext=MINIDUMP_LOCATION_DESCRIPTOR(1 << 18, 32))
    (thread,) = threads_of(synth)
    assert isinstance(thread.registers, Absent)


def test_the_stack_of_a_full_dump_is_a_range_without_bytes_of_its_own() -> None:
    synth = Synth().system().memory64(STACK, b"m" * 64)
    where = MINIDUMP_MEMORY_DESCRIPTOR(STACK, MINIDUMP_LOCATION_DESCRIPTOR(64, 0))
    synth.thread(7, Stack=where)
    (thread,) = threads_of(synth)
    assert thread.stack == Range(STACK, STACK + 64)


def test_times_start_and_affinity_come_from_the_info_list() -> None:
    synth = Synth().system().thread(7).thread(8)
    info = MINIDUMP_THREAD_INFO(
        7, CreateTime=116444736000000000 + 15_000_000, UserTime=20_000_000, KernelTime=5_000_000,
        StartAddress=0x401000, Affinity=0xF,
    )  # fmt: skip
    first, second = threads_of(with_info(synth, info))
    assert first.times == ThreadTimes(created=1.5, user=2.0, kernel=0.5)
    assert (first.start_address, first.affinity) == (0x401000, 0xF)
    assert isinstance(second.times, Absent)


def test_info_entries_longer_than_ours_are_understood() -> None:
    synth = with_info(
        Synth().system().thread(7),
        MINIDUMP_THREAD_INFO(6),
        MINIDUMP_THREAD_INFO(7, StartAddress=5),
        extra=b"new!",
    )
    assert threads_of(synth)[0].start_address == 5


def test_times_marked_invalid_are_absent_with_the_reason() -> None:
    info = MINIDUMP_THREAD_INFO(7, DumpFlags=ThreadInfoFlags.INVALID_INFO, DumpError=0x80070005)
    (thread,) = threads_of(with_info(Synth().system().thread(7), info))
    assert thread.times == Absent("the capture could not read them (0x80070005)")


def test_a_list_of_the_extended_kind_is_read_where_it_is_alone() -> None:
    entry = MINIDUMP_THREAD_EX(MINIDUMP_THREAD(ThreadId=9, Priority=4))
    synth = Synth().system().stream(StreamType.ThreadExListStream, counted([entry]))
    (thread,) = threads_of(synth)
    assert (thread.tid, thread.priority) == (9, 4)


def test_holes_in_the_list_of_names_are_skipped_and_bad_names_noted() -> None:
    synth = Synth().system().thread(1).thread(2).thread(3, name="third")
    synth.names += [MINIDUMP_THREAD_NAME(1, 0), MINIDUMP_THREAD_NAME(2, 1 << 40)]
    snapshot = read_dump(synth.build()).snapshot()
    assert [thread.name for thread in snapshot.threads] == ["", "", "third"]
    assert [problem.where for problem in snapshot.problems] == ["ThreadNamesStream"]


def test_a_list_that_promises_too_much_is_empty_and_a_problem() -> None:
    synth = Synth().system().stream(StreamType.ThreadListStream, struct.pack("<I", 2) + bytes(48))
    snapshot = read_dump(synth.build()).snapshot()
    assert snapshot.threads == ()
    assert "promises 2 entries" in snapshot.problems[0].what


def test_threads_that_share_a_context_share_its_bytes() -> None:
    synth = Synth().system()
    where = synth.located(amd64_context(Rip=1))
    for tid in range(50):
        synth.thread(tid, ThreadContext=where)
    kept = {
        id(thread.registers.context)
        for thread in threads_of(synth)
        if isinstance(thread.registers, Registers)
    }
    assert len(kept) == 1


def test_without_threads_there_are_none() -> None:
    assert threads_of(Synth().system()) == ()


def test_a_broken_list_of_names_costs_the_names_only() -> None:
    synth = Synth().system().thread(7)
    synth.stream(StreamType.ThreadNamesStream, b"\xff\xff\xff\xff")
    assert [thread.tid for thread in threads_of(synth)] == [7]


def test_reading_the_rows_alone_raises() -> None:
    from dumpengine.read.threads import read_thread_rows

    synth = Synth().stream(StreamType.ThreadListStream, b"\1")
    with pytest.raises(DumpError):
        read_thread_rows(read_dump(synth.build()).file)
