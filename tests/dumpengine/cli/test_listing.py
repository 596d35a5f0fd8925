"""``list``, ``types`` and ``estimate``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from dumpengine.cli import main
from dumpengine.cli.commands import list as listing
from dumpengine.dump_types import FLAGS, PRESETS
from dumpengine.processes.listing import ProcessKey, ProcessRow
from tests.support.children import EXE, program, python_child

ROW = ProcessRow(
    key=ProcessKey(4711, 1_700_000_000.0),
    name="checkout",
    user="ann",
    cpu_percent=97.34,
    rss=3 << 20,
    threads=64,
    arch="x64",
    started=1_700_000_000.0,
    ppid=1,
    exe="/opt/shop/checkout",
    cmdline="checkout --port 81",
    status="sleeping",
    mine=True,
    dumpable=True,
    reason="",
    kernel=False,
)
UNKNOWN = replace(
    ROW,
    key=ProcessKey(5, 0.0),
    name="process 5",
    user=None,
    cpu_percent=None,
    rss=None,
    threads=None,
    arch="",
    started=0.0,
    exe=None,
    cmdline=None,
    mine=False,
    dumpable=False,
    reason="The system shows nothing of it.",
    label="hidden",
)
KERNEL = replace(UNKNOWN, key=ProcessKey(2, 1.0), name="kthreadd", kernel=True, mine=True)


@pytest.fixture
def rows(monkeypatch):
    """The rows that `list` gets to see."""
    seen = [ROW, UNKNOWN, KERNEL]
    monkeypatch.setattr(listing.ProcessLister, "poll", lambda _: tuple(seen))
    monkeypatch.setattr(listing.time, "sleep", lambda _: None)
    return seen


def test_list_leaves_out_what_is_none_of_ours(rows, capsys):
    assert main(["list"]) == 0
    printed = capsys.readouterr()
    heading, *lines = printed.out.splitlines()
    assert heading.split()[:3] == ["PID", "NAME", "USER"]
    assert [line.split()[0] for line in lines] == ["4711"]
    assert "97.3" in lines[0]
    assert "3.1 MB" in lines[0]
    assert "checkout --port 81" in lines[0]
    assert "1 of 3 shown; --all" in printed.err


def test_list_all_says_what_is_not_known(rows, capsys):
    assert main(["list", "--all"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    (line,) = [line for line in printed.out.splitlines() if "process 5" in line]
    assert line.split() == ["5", "process", "5", "-", "-", "-", "-", "-", "-", "hidden"]


@pytest.mark.parametrize("text", ["CHECK", "4711", "ann", "--port 8", "/opt/shop"])
def test_list_searches_names_ids_users_and_commands(rows, capsys, text):
    assert main(["list", "--all", "--", text]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["PID", "4711"]


def test_list_says_that_nothing_was_found(rows, capsys):
    assert main(["list", "--all", "nothing-like-it"]) == 0
    assert "nothing-like-it" in capsys.readouterr().err


def test_list_json_has_the_fixed_fields_and_nulls(rows, capsys):
    assert main(["list", "--all", "--json"]) == 0
    first, second, _ = json.loads(capsys.readouterr().out)
    fields = "pid ppid name user cpu_percent rss threads arch started exe cmdline dumpable reason"
    assert set(first) == set(second) == set(fields.split())
    assert (first["pid"], first["cpu_percent"], first["reason"]) == (4711, 97.3, None)
    assert (second["user"], second["arch"], second["started"]) == (None, None, None)
    assert (second["dumpable"], second["reason"]) == (False, "The system shows nothing of it.")


def test_list_leaves_ourselves_out(rows, capsys):
    rows.append(replace(ROW, key=ProcessKey(os.getpid(), 1.0), name="dumpengine"))
    main(["list", "--all"])
    assert "dumpengine" not in capsys.readouterr().out


def test_a_reader_that_has_enough_is_no_error():
    script = "import sys; from dumpengine.cli import main; sys.exit(main(['types']))"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""


def test_types_names_every_flag_and_preset(capsys):
    assert main(["types"]) == 0
    printed = capsys.readouterr().out
    for flag in FLAGS:
        assert f"0x{flag.value:X}" in printed
        assert flag.sentence in printed
    for preset in PRESETS.values():
        assert f"0x{preset.value:X}" in printed


def test_types_json(capsys):
    assert main(["types", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert {preset["name"]: preset["hex"] for preset in value["presets"]} == {
        "mini": "0x21824",
        "triage": "0x1205AC",
        "heap": "0x61A25",
        "full": "0x61826",
        "max": "0x6FBB67",
    }
    assert [flag["value"] for flag in value["flags"]] == [int(flag.value) for flag in FLAGS]
    assert {"MiniDumpWithFullMemory"} <= {flag["api_name"] for flag in value["flags"]}


@pytest.mark.live
def test_estimate_of_a_child(tmp_path, capsys):
    with program(tmp_path, b"estimated") as child:
        assert main(["estimate", "estimated", "-t", "full", "--json"]) == 0
        value = json.loads(capsys.readouterr().out)
        assert (value["pid"], value["name"], value["dump_type"]) == (
            child.pid,
            "estimated" + EXE,
            0x61826,
        )
        assert value["total"] >= value["by_flag"]["WithFullMemory"] > 4096
        assert main(["estimate", str(child.pid)]) == 0
    said = capsys.readouterr().out
    assert f"A dump of estimated{EXE} ({child.pid})" in said
    (full,) = (line for line in said.splitlines() if " WithFullMemory " in line)
    assert full.endswith("on its own; not in this type")


def test_estimate_of_nothing(capsys):
    assert main(["estimate", "4194305", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"] == "no_process"


def test_the_windows_words_find_in_the_terminal_too(capsys):
    with python_child() as child:
        for words in (["is:running", "|", "is:sleeping"], ["--", f"pid:{child.pid}", "-is:kernel"]):
            assert main(["list", "--all", "--json", *words]) == 0
            assert child.pid in [row["pid"] for row in json.loads(capsys.readouterr().out)]
        assert main(["list", "--json", str(child.pid), "is:kernel"]) == 0
        assert json.loads(capsys.readouterr().out) == []


def test_a_search_that_is_not_understood_is_wrong_usage(capsys):
    assert main(["list", "is:sleepy"]) == 2
    assert "“is:sleepy” is not known. There are: is:mine" in capsys.readouterr().err
