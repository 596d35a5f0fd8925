"""``watch``: its lines, its exit codes, and what it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dumpengine.cli import main
from dumpengine.watch.conditions import read_size
from tests.support.capturing import assert_runs
from tests.support.children import python_child

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's processes"),
]


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def watching(*words: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "dumpengine", "watch", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_the_lines_of_a_watch_in_their_order(tmp_path, capsys):
    with python_child() as child:
        words = ["--threads", "1", "-o", str(tmp_path), "--comment", "mine", "--json"]
        assert main(["watch", str(child.pid), *words]) == 0
        told = lines(capsys.readouterr().out)
        assert_runs(child.pid)
    kinds = [line["event"] for line in told]
    assert kinds == ["armed", "sample", "fired", "dumped", "ended", "ended"]
    assert told[1]["threads"] == 1
    assert told[1]["cpu"] is None  # nothing asked for it
    assert told[2]["reasons"] == ["1 thread"]
    assert Path(str(told[3]["path"])).parent == tmp_path


def test_people_are_told_in_sentences(tmp_path, capsys):
    with python_child() as child:
        assert main(["watch", str(child.pid), "--handles", "1", "-o", str(tmp_path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].endswith("1 handle or more.")
    assert printed[2].startswith("Dumped ")


def test_ctrl_c_ends_it_and_nothing_else(tmp_path):
    with python_child() as child:
        with watching(child.pid, "--every", 3600, "-o", tmp_path) as watch:
            assert watch.stdout is not None
            assert watch.stdout.readline().startswith("Watching ")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(10) == 130
        assert_runs(child.pid)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "about"),
    [
        (["1"], 2, "Give a condition"),
        (["--every", "1"], 2, "Nothing was given to watch"),
        (["1", "--name", "x", "--every", "1"], 2, "Give one of them"),
        (["1", "--every", "0"], 2, "above zero"),
        (["1", "--log", "a", "("], 2, "expression"),
        (["1", "--every", "1", "--count", "0"], 2, "at least once"),
        (["999999999", "--every", "1"], 4, "There is no process"),
    ],
)
def test_what_is_refused_and_why(capsys, words, code, about):
    assert main(["watch", *words]) == code
    assert about in capsys.readouterr().err


def test_a_refusal_is_a_line_too(capsys):
    assert main(["watch", "999999999", "--every", "1", "--json"]) == 4
    [line] = lines(capsys.readouterr().out)
    assert (line["event"], line["error"]) == ("failed", "no_process")


@pytest.mark.parametrize(
    ("text", "size"),
    [("2G", 2 * 10**9), ("1.5 GB", 15 * 10**8), ("300m", 3 * 10**8), ("7", 7), ("1kB", 1000)],
)
def test_sizes(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "G", "-1", "2 X", "1e3"])
def test_no_sizes(text):
    with pytest.raises(ValueError, match=r".*"):
        read_size(text)
