"""Windows brought together by process."""

from __future__ import annotations

from gui.titles.facts import ProcessWindows, SeenWindow, gather, one_line


def test_titles_come_by_process_each_once_in_the_order_seen():
    seen = [
        SeenWindow(7, "b"), SeenWindow(9, "x"), SeenWindow(7, "a"), SeenWindow(7, "b"),
        SeenWindow(0, "nobody's"), SeenWindow(8, ""),
    ]  # fmt: skip
    assert gather(seen) == {7: ProcessWindows(("b", "a")), 9: ProcessWindows(("x",))}


def test_one_window_that_does_not_answer_is_enough():
    seen = [SeenWindow(7, "a", hung=True), SeenWindow(7, "b"), SeenWindow(9, "", hung=True)]
    assert gather(seen) == {7: ProcessWindows(("a", "b"), True), 9: ProcessWindows((), True)}


def test_what_cannot_be_seen_or_typed_is_left_out():
    assert one_line("Page\u00a01 \u2013\n\tR\u200e&\u202eD\x1b ") == "Page 1 – R&D"
    assert one_line("größer \U0001f600") == "größer \U0001f600"
