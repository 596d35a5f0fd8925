"""Stacks as people read them."""

from __future__ import annotations

import pytest

from dumpengine.stacks.model import (
    Finding,
    Frame,
    Group,
    Proof,
    Stacks,
    ThreadStack,
    Trust,
)
from dumpengine.stacks.text import frame_text, group_title, stack_lines

READ = Frame(
    address=0x1014,
    trust=Trust.CFI,
    module="libc.so.6",
    offset=0x1014,
    function="read",
    function_offset=0x14,
    file="read.c",
    line=26,
)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (READ, "read+0x14 at read.c:26 (libc.so.6)"),
        (Frame(address=0x10, trust=Trust.CFI), "0x10"),
        (Frame(address=0x10, trust=Trust.CFI, module="a", offset=6), "a+0x6"),
        (
            Frame(address=0x10, trust=Trust.FRAME_POINTER, module="a", offset=6),
            "a+0x6 [by its frame pointer]",
        ),
        (
            Frame(address=0x10, trust=Trust.SCAN, module="a", function="f", function_offset=0),
            "f (a) [a guess: found on the stack]",
        ),
        (
            Frame(address=1, trust=Trust.CFI, function="g", file="g.h", inlined=True),
            "g at g.h [inlined]",
        ),
    ],
)
def test_a_frame_says_as_much_as_is_known_and_how_sure_it_is(frame: Frame, text: str) -> None:
    assert frame_text(frame) == text


def test_a_large_group_names_some_and_counts_the_others() -> None:
    threads = [ThreadStack(id=number, name="w") for number in range(60)]
    assert group_title(threads).startswith("60 threads: w (0), w (1),")
    assert group_title(threads).endswith("and 54 more")
    assert group_title([ThreadStack(id=7)]) == "Thread 7"


def test_findings_come_first_then_the_largest_group_then_the_warnings() -> None:
    alone = ThreadStack(id=1, name="main", frames=(READ,))
    two = tuple(ThreadStack(id=n, waits_for="the mutex of main") for n in (2, 3))
    stacks = Stacks(
        process="app",
        pid=1,
        pause_ms=4.21,
        threads=(alone, *two),
        groups=(Group(threads=(1,), frames=(READ,)), Group(threads=(2, 3), frames=())),
        findings=(Finding(kind="many", sentence="Two wait.", proof=(Proof(text="a word"),)),),
        warnings=("W.",),
    )
    assert list(stack_lines(stacks)) == [
        "app (1), 3 threads, stood still 4.2 ms",
        "* Two wait.",
        "    a word",
        "",
        "2 threads: 2, 3",
        "  waits for the mutex of main",
        "  no frames: see the notes below",
        "",
        "Thread main (1)",
        "   0  read+0x14 at read.c:26 (libc.so.6)",
        "",
        "note: W.",
    ]
