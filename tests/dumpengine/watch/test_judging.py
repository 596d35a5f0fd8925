"""What samples say of conditions: fired, and not fired just below."""

from __future__ import annotations

import pytest

from dumpengine.backends.vitals import Measure
from dumpengine.watch.conditions import Above, Condition, Every, Grows, Line
from dumpengine.watch.judging import Sample, judge_of

CPU, MEMORY = Measure.CPU, Measure.MEMORY


def fired(condition: Condition, *samples: tuple[float, float], of: Measure = MEMORY) -> list[str]:
    """What the judge says to samples of (time, value)."""
    judge = judge_of(condition, 0.0)
    return [judge.look(Sample(when, {of: value})) for when, value in samples]


@pytest.mark.parametrize("measure", Measure)
def test_at_the_threshold_and_just_below(measure):
    assert fired(Above(measure, 100), (1, 99.9), of=measure) == [""]
    assert fired(Above(measure, 100), (1, 100), of=measure) != [""]


def test_it_must_last():
    asked = Above(CPU, 80, 3)
    said = fired(asked, (0, 90), (1, 90), (2, 90), (3, 90), of=CPU)
    assert said == ["", "", "", "CPU at 90 % for 3 s"]


def test_a_sample_below_starts_anew():
    asked = Above(CPU, 80, 2)
    assert fired(asked, (0, 90), (1, 90), (2, 79), (3, 90), (4, 90), of=CPU)[:4] == [""] * 4
    assert fired(asked, (0, 90), (1, 90), (2, 79), (3, 90), (4, 90), of=CPU)[4]


def test_the_share_that_is_told_is_that_of_all_the_time():
    assert fired(Above(CPU, 80, 2), (0, 0), (1, 100), (2, 80), of=CPU)[2] == "CPU at 90 % for 2 s"


def test_what_was_not_read_starts_anew():
    judge = judge_of(Above(MEMORY, 5, 1), 0.0)
    assert judge.look(Sample(0, {MEMORY: 9})) == ""
    assert judge.look(Sample(1, {})) == ""
    assert judge.look(Sample(1.5, {MEMORY: 9})) == ""


def test_growth_within_the_time():
    asked = Grows(100, 10)
    assert fired(asked, (0, 1000), (5, 1050), (9, 1099)) == ["", "", ""]
    assert fired(asked, (0, 1000), (5, 1050), (9, 1100))[2].startswith("memory grew by 100 bytes")


def test_growth_over_a_longer_time_is_none():
    assert fired(Grows(100, 10), (0, 1000), (8, 1090), (16, 1180)) == ["", "", ""]


def test_growth_after_a_fall_counts_from_the_lowest():
    assert fired(Grows(100, 10), (0, 1000), (1, 500), (2, 599), (3, 600)) == [
        *[""] * 3,
        "memory grew by 100 bytes within 2 s to 600 bytes",
    ]


def test_every_so_often_without_drift():
    said = fired(Every(2), (1.9, 0), (2, 0), (3.9, 0), (7, 0), (8, 0))
    assert [bool(each) for each in said] == [False, True, False, True, True]


def test_a_line_counts_once(tmp_path):
    log = tmp_path / "log"
    log.write_text("ERROR old\n")
    judge = judge_of(Line(str(log), "ERROR.*new"), 0.0)
    with log.open("a") as file:
        file.write("ERROR new\x1b[31m\n")
    assert judge.look(Sample(1, {})) == f"a line in {log}: ERROR new\\x1b[31m"
    assert judge.look(Sample(2, {})) == ""
