"""Sizes, times and columns for people."""

from __future__ import annotations

import io
import json
import sys

import pytest

from dumpengine.cli import output
from dumpengine.errors import E_DISK_FULL, DumpError


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0.04, "0.0 ms"),
        (3.21, "3.2 ms"),
        (140.4, "140 ms"),
        (2100, "2.1 s"),
        (200_000, "3 min 20 s"),
    ],
)
def test_human_ms(milliseconds, text):
    assert output.human_ms(milliseconds) == text


def test_count():
    assert [output.count(n, "thread") for n in (0, 1, 2000)] == [
        "0 threads",
        "1 thread",
        "2,000 threads",
    ]


def test_columns_align_and_cut():
    rows = [("PID", "NAME"), ("7", "sh"), ("1234", "a long name")]
    assert output.columns(rows, frozenset({0}), None) == [
        " PID  NAME",
        "   7  sh",
        "1234  a long name",
    ]
    assert output.columns(rows, frozenset({0}), 10)[2] == "1234  a l…"
    assert output.columns([], frozenset(), 10) == []


def test_a_failure_is_cause_and_remedy_on_stderr(capsys):
    output.print_failure(DumpError(E_DISK_FULL), as_json=False)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "dumpengine: There is not enough space at the destination. "
        "Free some space, choose another folder, or use a smaller preset.\n"
    )


def test_a_failure_as_json_has_the_number(capsys):
    output.print_failure(DumpError(E_DISK_FULL), as_json=True)
    value = json.loads(capsys.readouterr().out)
    assert (value["ok"], value["hresult"], value["error"]) == (False, 0x80070070, "destination")


def test_a_terminal_without_the_character_shows_its_escape(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with output.only_text():
        print("naïve", flush=True)
    assert raw.getvalue().rstrip() == b"na\\xefve"


def test_what_is_ours_may_draw_on_the_terminal(capsys):
    with output.only_text():
        print("\x1b[1mtheirs\x1b[0m")
        print("\x1b[1mours\x1b[0m", file=output.drawn_on(sys.stdout))
        assert output.drawn_on(output.drawn_on(sys.stderr)) is output.drawn_on(sys.stderr)
    assert capsys.readouterr().out == "\\x1b[1mtheirs\\x1b[0m\n\x1b[1mours\x1b[0m\n"


def test_a_name_with_a_line_end_makes_no_line(capsys):
    output.print_lines(["one\ntwo", "three"])
    assert capsys.readouterr().out == "one\\x0atwo\nthree\n"
