"""Where stacks begin and end."""

from __future__ import annotations

import sys

import pytest

from dumpengine.snapshot import Absent, Architecture, PageProtection, Range, Registers
from tests.support.fake_snapshot import PAGE, region

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux stacks")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.procfs import Stat
    from dumpengine.backends.linux.threads import StackFinder, affinity, thread_times
    from tests.support.c_targets import markers
    from tests.support.capturing import read_memory


MAIN = 0x7FFF_0000_0000
STACK = 0x7F00_0000_0000
GUARD = region(STACK - 4 * PAGE, 4 * PAGE, PageProtection.NOACCESS)
REGIONS = (
    GUARD,
    region(STACK, 64 * PAGE),
    region(0x7F80_0000_0000, 1 << 30),
    region(MAIN, 64 * PAGE, name="[stack]"),
)
FINDER_TOP = MAIN + 60 * PAGE


def find(pointer: int, thread_pointer: int = 0) -> Range | Absent:
    registers = Registers(Architecture.AMD64, {"rsp": pointer, "fs_base": thread_pointer})
    return StackFinder(REGIONS, FINDER_TOP).find(registers)


def test_a_threads_stack_ends_where_its_own_block_begins():
    assert find(STACK + PAGE, STACK + 60 * PAGE) == Range(STACK + PAGE - 128, STACK + 60 * PAGE)


def test_without_such_a_block_it_ends_with_its_mapping():
    assert find(STACK + PAGE) == Range(STACK + PAGE - 128, STACK + 64 * PAGE)


def test_the_red_zone_stays_within_the_mapping_and_aligned():
    assert find(STACK + 8).start == STACK
    assert find(STACK + 0x133).start == (STACK + 0x133 - 128) & ~7


def test_the_strings_above_the_main_threads_frames_are_left_out():
    assert find(MAIN + PAGE) == Range(MAIN + PAGE - 128, FINDER_TOP)
    assert find(FINDER_TOP + 16).end == MAIN + 64 * PAGE


def test_a_stack_inside_a_heap_is_cut_off():
    inside = 0x7F80_1000_0000
    assert find(inside) == Range(inside - 128, inside + (1 << 20))


def test_a_pointer_in_the_guard_finds_the_frames_above():
    assert find(STACK - PAGE) == Range(STACK, STACK + 64 * PAGE)


@pytest.mark.parametrize("pointer", [0, 0x10, STACK + 64 * PAGE, (1 << 64) - 8])
def test_a_pointer_to_nowhere(pointer):
    found = find(pointer)
    assert isinstance(found, Absent)
    assert hex(pointer) in found.reason


def test_a_pointer_in_closed_memory_with_nothing_above():
    finder = StackFinder((GUARD,), 0)
    found = finder.find(Registers(Architecture.AMD64, {"rsp": GUARD.start + 8}))
    assert isinstance(found, Absent)


def test_times_and_processors():
    import os

    ticks = os.sysconf("SC_CLK_TCK")
    stat = Stat(
        name="x",
        state="S",
        ppid=1,
        minor_faults=0,
        major_faults=0,
        user_ticks=2 * ticks,
        kernel_ticks=ticks,
        priority=20,
        nice=0,
        start_ticks=3 * ticks,
        start_stack=0,
        arg_start=0,
        arg_end=0,
        env_start=0,
        env_end=0,
    )
    times = thread_times(stat, 1000.0)
    assert (times.created, times.user, times.kernel) == (1003.0, 2.0, 1.0)
    assert affinity(os.getpid()) == sum(1 << cpu for cpu in os.sched_getaffinity(0) if cpu < 64)
    assert affinity(1 << 22) == 0


@pytest.mark.live
def test_arguments_and_environment_are_not_part_of_a_normal_dump(monkeypatch, tmp_path):
    from dumpengine.capture.write_dump import write_dump

    monkeypatch.setenv("DUMPDESK_SECRET", "s3cret-value-in-the-environment")
    with markers() as target:
        write_dump(target.pid, tmp_path / "x.dmp")
        whole = (tmp_path / "x.dmp").read_bytes()
        write_dump(target.pid, tmp_path / "full.dmp", 2)
    assert b"s3cret-value-in-the-environment" not in whole
    assert b"s3cret-value-in-the-environment" in (tmp_path / "full.dmp").read_bytes()


@pytest.mark.live
def test_start_addresses_are_the_functions_threads_began_with(tmp_path):
    from dumpengine.capture.write_dump import write_dump
    from dumpengine.read.dump import open_dump
    from tests.support.c_targets import compiled

    with markers(3) as target:
        write_dump(target.pid, tmp_path / "x.dmp", 0x1000 | 0x2000)
        with open_dump(tmp_path / "x.dmp") as dump:
            found = dump.snapshot()
            starts = {t.start_address for t in found.threads if t.name.startswith("worker")}
            assert len(starts) == 1
            (start,) = starts
            module = found.modules[0]
            assert module.base < start < module.end
            assert len(read_memory(found.memory, start, 4)) == 4
            assert module.name == compiled("markers").name
