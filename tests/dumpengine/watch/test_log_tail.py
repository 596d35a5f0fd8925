"""Log files grow, are rotated, cut, and are not there yet."""

from __future__ import annotations

import os
import time

import pytest

from dumpengine.watch.log_tail import LogTail


@pytest.fixture
def log(tmp_path):
    return tmp_path / "shop.log"


def add(log, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_what_was_there_before_does_not_count(log):
    add(log, "ERROR 1\n")
    assert LogTail(str(log), "ERROR").match() == ""


def test_half_a_line_waits_for_its_end(log):
    add(log, "")
    tail = LogTail(str(log), "ERROR 2$")
    add(log, "ERR")
    assert tail.match() == ""
    add(log, "OR 2\n")
    assert tail.match() == "ERROR 2"


def test_a_file_that_comes_later_is_read_from_its_start(log):
    tail = LogTail(str(log), "ERROR")
    assert tail.match() == ""
    add(log, "ERROR 3\n")
    assert tail.match() == "ERROR 3"


@pytest.mark.skipif(os.name == "nt", reason="what comes right before a rename is not seen")
def test_over_a_rotation_nothing_is_lost(log):
    add(log, "")
    tail = LogTail(str(log), "ERROR")
    add(log, "ERROR in the old one\n")
    os.rename(log, log.with_suffix(".1"))
    add(log, "ERROR in the new one\n")
    assert tail.match() == "ERROR in the old one"
    assert tail.match() == "ERROR in the new one"


def test_a_file_that_is_cut_is_read_from_its_start(log):
    add(log, "x" * 100 + "\n")
    tail = LogTail(str(log), "ERROR")
    log.write_text("ERROR 4\n")
    assert tail.match() == "ERROR 4"


def test_several_lines_of_one_look_are_all_seen(log):
    add(log, "")
    tail = LogTail(str(log), "ERROR")
    add(log, "ERROR 5\nfine\nERROR 6\n")
    assert [tail.match(), tail.match(), tail.match()] == ["ERROR 5", "ERROR 6", ""]


def test_an_expression_that_backtracks_for_ever_is_given_up(log):
    add(log, "")
    tail = LogTail(str(log), "(a|a)*(b|b)*(a|a)*$|(x+x+)+y")
    add(log, "x" * 5000 + "\n" + "a" * 40 + "\n")
    began = time.monotonic()
    tail.match()
    assert time.monotonic() - began < 2


@pytest.mark.skipif(os.name == "nt", reason="there are no FIFOs")
def test_what_is_no_file_to_read_holds_nothing_up(log):
    os.mkfifo(log)
    tail = LogTail(str(log), "ERROR")
    assert [tail.match(), tail.match()] == ["", ""]
    log.unlink()
    add(log, "ERROR 7\n")
    assert tail.match() == "ERROR 7"
