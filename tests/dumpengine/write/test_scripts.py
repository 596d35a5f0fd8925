"""Frames of an interpreted language: written, read back, filtered."""

from __future__ import annotations

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import Absent, ScriptFrame, Scripts
from tests.support.fake_snapshot import snapshot, thread, written

SCRIPTS = Scripts(
    "python",
    "3.11.7",
    {
        100: (ScriptFrame("größe", "/home/ann/app.py", 12, True), ScriptFrame("main", "", None)),
        101: (ScriptFrame("wait", "/home/ann/app.py", 3),),
    },
    100,
    frozenset({101}),
)


def back(dump_type: int = 0, **fields: object) -> Scripts | Absent:
    made = snapshot(2, **{"scripts": SCRIPTS, **fields})
    return written(made, dump_type)[0].snapshot().scripts


def test_frames_come_back():
    assert back() == SCRIPTS


@pytest.mark.parametrize("kind", [MinidumpType.FilterTriage, MinidumpType.FilterModulePaths])
def test_filters_leave_out_folders(kind):
    found = back(kind)
    assert isinstance(found, Scripts)
    assert [frame.file for frame in found.frames[100]] == ["app.py", ""]


def test_of_a_thread_that_is_left_out_there_are_none():
    found = back(threads=(thread(100),))
    assert isinstance(found, Scripts)
    assert list(found.frames) == [100]


def test_no_interpreter_is_no_stream():
    assert isinstance(back(scripts=Absent("none")), Absent)
