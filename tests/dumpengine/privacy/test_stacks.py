"""find_stacks(): what is live, what was popped, and what is none of a stack's business."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dumpengine.privacy.stacks import code, find_stacks
from dumpengine.snapshot import (
    Absent,
    MemoryState,
    MemoryType,
    PageProtection,
    Range,
    Region,
    Snapshot,
)
from tests.support.fake_snapshot import CODE, PAGE, region, snapshot, thread

BASE = 0x7000_0000
P = PageProtection


def with_regions(*regions: Region, stack: Range | None = None) -> Snapshot:
    found = stack or Absent("none")
    return snapshot(threads=(thread(1, stack=found),), regions=regions)


GUARDS = [
    region(BASE - PAGE, PAGE, P.NOACCESS),
    region(BASE - PAGE, PAGE, P.READWRITE | P.GUARD),
    region(BASE - PAGE, PAGE, 0, state=MemoryState.RESERVE),
]
STACK = Range(BASE + 2 * PAGE, BASE + 4 * PAGE)


@pytest.mark.parametrize("guard", GUARDS)
def test_above_a_guard_everything_below_the_pointer_is_dead(guard: Region) -> None:
    stacks = find_stacks(with_regions(guard, region(BASE, 8 * PAGE), stack=STACK))
    assert list(stacks.dead) == [Range(BASE, STACK.start)]
    assert list(stacks.live) == [STACK]


@pytest.mark.parametrize(
    "below",
    [
        region(BASE - PAGE, PAGE),
        region(BASE - PAGE, PAGE, P.NOACCESS, MemoryType.NONE, state=MemoryState.FREE),
        region(BASE - 2 * PAGE, PAGE, P.NOACCESS),
    ],
)
def test_a_stack_in_the_midst_of_other_data_leaves_it_alone(below: Region) -> None:
    stacks = find_stacks(with_regions(below, region(BASE, 8 * PAGE), stack=STACK))
    assert not list(stacks.dead)
    assert list(stacks.live) == [STACK]


def test_the_main_stack_reaches_up_to_the_environment() -> None:
    main = region(BASE, 8 * PAGE, name="[stack]")
    stacks = find_stacks(with_regions(main, stack=STACK))
    assert list(stacks.dead) == [Range(BASE, STACK.start)]
    assert list(stacks.live) == [Range(STACK.start, main.end)]
    # Its thread may have ended, or could not be stopped.
    assert list(find_stacks(with_regions(main)).live) == [Range(BASE, main.end)]


def test_what_one_thread_popped_may_be_anothers_stack() -> None:
    guard, whole = GUARDS[0], region(BASE, 8 * PAGE)
    other = Range(BASE + PAGE // 2, BASE + PAGE)
    made = with_regions(guard, whole, stack=STACK)
    made = replace(made, threads=(*made.threads, thread(2, stack=other)))
    assert list(find_stacks(made).dead) == [
        Range(BASE, other.start),
        Range(other.end, STACK.start),
    ]


def test_the_stack_a_signal_interrupted_is_in_use_as_well() -> None:
    alternate, main = region(BASE, 8 * PAGE), region(BASE + 0x10_0000, 8 * PAGE, name="[stack]")
    interrupted = Range(main.start + PAGE, main.start + 2 * PAGE)
    stacks = find_stacks(with_regions(alternate, main, stack=STACK), [interrupted])
    assert list(stacks.live) == [STACK, Range(interrupted.start, main.end)]
    assert list(stacks.dead) == [Range(main.start, interrupted.start)]


def test_code_is_where_the_map_says_or_all_modules() -> None:
    made = snapshot()
    assert list(code(made)) == [Range(CODE + PAGE, CODE + 3 * PAGE)]
    module = made.modules[0]
    assert list(code(replace(made, regions=()))) == [Range(module.base, module.end)]
