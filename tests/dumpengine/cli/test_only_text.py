"""Text of other processes and of files is only ever text, whatever command prints it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dumpengine.cli import main
from dumpengine.cli.commands import NAMES
from dumpengine.format.stream_types import StreamType
from tests.support.children import wait_until
from tests.support.synth import small_dump

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Windows allows no such file names"
)

# Clears the screen, sets the title, turns the text round, and begins a line of its own.
HOSTILE = "a\x1b[2J\x1b]0;owned\x07\u202eb\r\nFORGED"


@pytest.fixture
def target(tmp_path) -> Iterator[int]:
    """A process whose program, command line and folder have such names."""
    folder = tmp_path / HOSTILE
    folder.mkdir()
    program = folder / HOSTILE
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    with subprocess.Popen([program, "60"], cwd=folder) as child:
        wait_until(lambda: os.readlink(f"/proc/{child.pid}/exe") == str(program))
        yield child.pid
        child.kill()


@pytest.fixture
def dump(tmp_path) -> Path:
    """A dump in which everything that has a name has such a one, and a module that is damaged."""
    path = tmp_path / HOSTILE / "x.dmp"
    path.parent.mkdir(exist_ok=True)
    small = small_dump().stream(StreamType.LinuxCmdLine, HOSTILE.encode() + b"\0")
    small.stream(StreamType.CommentStreamW, (HOSTILE + "\0").encode("utf-16-le"))
    small.module(0x10000, 0x1000, f"/{HOSTILE}.so")
    small.module(0x10800, 0x1000, f"/{HOSTILE}.so")
    path.write_bytes(small.build())
    return path


Words = Callable[[int, Path], list[str]]
SCENARIOS: dict[str, list[Words]] = {
    "list": [
        lambda pid, _dump: ["list", "--all", str(pid)],
        lambda _pid, _dump: ["list", "--all", HOSTILE],
        lambda _pid, _dump: ["list", HOSTILE + "nowhere"],
    ],
    "dump": [
        lambda pid, dump: ["dump", str(pid), "-o", str(dump.with_name("new.dmp"))],
        lambda pid, dump: ["dump", str(pid), "-o", str(dump)],
        lambda pid, dump: ["dump", str(pid), "-o", str(dump / HOSTILE)],
        lambda pid, _dump: ["dump", str(pid), "--user-stream", HOSTILE],
        lambda _pid, _dump: ["dump", HOSTILE + "nobody"],
    ],
    "show": [
        lambda _pid, dump: ["show", str(dump), "--all"],
        lambda _pid, dump: ["show", str(dump.with_name(HOSTILE))],
    ],
    "stacks": [
        lambda pid, _dump: ["stacks", str(pid)],
        lambda _pid, dump: ["stacks", str(dump)],
        lambda _pid, dump: ["stacks", str(dump.with_name(HOSTILE))],
    ],
    "watch": [
        lambda pid, dump: [
            *("watch", str(pid), "--every", "0.2", "--count", "1", "-o", str(dump.parent))
        ],
        lambda _pid, _dump: ["watch", HOSTILE + "nobody", "--cpu", "80"],
        lambda pid, dump: ["watch", str(pid), "--log", str(dump), HOSTILE + "("],
    ],
    "check": [
        lambda _pid, dump: ["check", str(dump)],
        lambda _pid, dump: ["check", str(dump.with_name(HOSTILE))],
    ],
    "extract": [
        lambda _pid, dump: ["extract", str(dump), HOSTILE],
        lambda _pid, dump: ["extract", str(dump), "3", "-o", str(dump)],
    ],
    "estimate": [lambda pid, _dump: ["estimate", str(pid)]],
    "types": [lambda _pid, _dump: ["types"]],
    "shrink": [
        lambda _pid, dump: ["shrink", str(dump), "-o", str(dump.with_name("small.dmp"))],
        lambda _pid, dump: ["shrink", str(dump), "-o", str(dump)],
    ],
}


def test_every_command_is_tried():
    assert set(SCENARIOS) == set(NAMES)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=f"{name}-{number}")
        for name, scenarios in SCENARIOS.items()
        for number, words in enumerate(scenarios)
    ],
)
def test_nothing_printed_is_obeyed_or_forged(words, target, dump, capfd):
    with suppress(SystemExit):  # a wrong command line
        main(words(target, dump))
    for printed in capfd.readouterr():
        assert all(line.isprintable() for line in printed.split("\n"))
        assert not any(line.startswith("FORGED") for line in printed.splitlines())


def test_a_wrong_command_line_is_only_text(capfd):
    with pytest.raises(SystemExit):
        main(["check", "a.dmp", HOSTILE])
    printed = capfd.readouterr().err
    assert "\\x1b" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("command", ["check", "show"])
def test_what_a_module_is_called_is_shown_as_its_escape(command, dump, capfd):
    main([command, str(dump)])
    assert "\\x1b[2J" in capfd.readouterr().out
