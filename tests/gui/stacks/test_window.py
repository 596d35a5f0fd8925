"""The stacks of a running process: look, look again, compare, copy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMainWindow

from dumpengine import DumpError, Frame, Group, Proof, Stacks, ThreadStack, Trust
from dumpengine.stacks.model import Finding


def frame(function: str, line: int | None = None) -> Frame:
    file = "app.c" if line else ""
    return Frame(
        address=0x1014, trust=Trust.CFI, module="app", offset=0x14, function=function, file=file,
        line=line,
    )  # fmt: skip


WAITING = (frame("lock"), frame("work", 7))
COMPUTING = (frame("spin"),)
LOOK = Stacks(
    process="checkout",
    pid=4711,
    pause_ms=4.2,
    threads=(
        ThreadStack(id=1, name="main", frames=COMPUTING, cpu_ms=10.0),
        ThreadStack(id=2, name="a", frames=WAITING, waits_for="a mutex", cpu_ms=1.0),
        ThreadStack(id=3, name="b", frames=WAITING, waits_for="a mutex", cpu_ms=1.0),
    ),
    groups=(Group(threads=(1,), frames=COMPUTING), Group(threads=(2, 3), frames=WAITING)),
    findings=(
        Finding(
            kind="many", sentence="a waits for <b>b</b>.", threads=(2,), proof=(Proof(text="p"),)
        ),
    ),
    warnings=("No file for app.",),
)


@pytest.fixture
def open_stacks(desk, qtbot):
    """Open the window of the selected process's stacks, with these looks to come."""

    def open_them(*looks):
        desk.engine.looks += looks
        desk.select(4711)
        desk.window.actions_.stacks.trigger()
        window = desk.window.findChild(QMainWindow, "stacks")
        qtbot.waitUntil(lambda: not window._looker.busy)
        return window

    return open_them


def rows(table):
    model = table.rows_model
    return [[field.text(row) for field in model.fields] for row in model.rows]


def test_groups_are_left_and_the_frames_of_the_chosen_one_right(open_stacks):
    window = open_stacks(LOOK)
    assert [row[:4] for row in rows(window.view.groups)] == [
        ["2", "a, b", "lock", "a mutex"],
        ["1", "main", "spin", ""],
    ]
    assert [row[1:5] for row in rows(window.view.frames)] == [
        ["lock", "", "app", "unwind table"],
        ["work", "app.c:7", "app", "unwind table"],
    ]
    assert "4.2 ms" in window.message.text()
    assert "No file for app." in window.message.text()


def test_a_finding_is_only_text_and_leads_to_its_thread(open_stacks):
    window = open_stacks(LOOK)
    window.view.groups.selectRow(1)
    item = window.findings.item(0)
    assert item.text() == "a waits for <b>b</b>."
    window.findings.itemClicked.emit(item)
    assert window.view.chosen_thread() == 2


def test_comparing_marks_what_did_not_move(open_stacks, qtbot):
    later = replace(LOOK, threads=(replace(LOOK.threads[0], cpu_ms=900.0), *LOOK.threads[1:]))
    window = open_stacks(LOOK, later)
    assert window.view.groups.isColumnHidden(4)
    window.compare_action.setChecked(True)
    window.refresh_action.trigger()
    qtbot.waitUntil(lambda: not window._looker.busy)
    assert not window.view.groups.isColumnHidden(4)
    assert [row[4] for row in rows(window.view.groups)] == ["no", "yes"]
    assert "2 did not move" in window.message.text()


def test_the_report_is_copied_as_text(open_stacks, desk):
    window = open_stacks(LOOK)
    window.copy_action.trigger()
    assert "a waits for <b>b</b>." in desk.desktop.copied[-1]
    assert "work at app.c:7 (app)" in desk.desktop.copied[-1]


def test_what_went_wrong_is_said_and_one_can_look_again(open_stacks, qtbot):
    window = open_stacks(DumpError(0x80070005, "It is not allowed.", "Ask."), LOOK)
    assert window.message.text() == "It is not allowed. Ask."
    window.refresh_action.trigger()
    qtbot.waitUntil(lambda: not window._looker.busy)
    assert "3 threads" in window.message.text()


def test_closing_gives_up_the_look(open_stacks, desk):
    window = open_stacks(LOOK)
    window._looker._walk = walk = desk.engine.walks[-1]
    window.close()
    assert walk.cancelled


def test_stacks_are_of_one_process(desk):
    desk.select(4711, 812)
    assert not desk.window.actions_.stacks.isEnabled()
    desk.select(4711)
    assert desk.window.actions_.stacks.isEnabled()


def test_a_group_is_told_by_the_programs_own_function(open_stacks):
    library = Frame(address=1, trust=Trust.CONTEXT, module="libc.so.6", function="__lll_lock_wait")
    frames = (library, frame("deep"))
    thread = ThreadStack(id=1, frames=frames)
    look = replace(LOOK, threads=(thread,), groups=(Group(threads=(1,), frames=frames),))
    assert rows(open_stacks(look).view.groups)[0][2] == "deep"
