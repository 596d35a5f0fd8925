"""The command line: what is understood, and what is said about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from dumpengine._version import __version__
from dumpengine.cli import commands, main
from dumpengine.cli.arguments import parse_arguments
from dumpengine.cli.capturing import options_of
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.options import CaptureOptions, Mode, UserStream


def test_dump_defaults():
    parsed = parse_arguments(["dump", "12"])
    assert parsed.target == ["12"]
    assert parsed.type == PRESETS["mini"].value
    assert (parsed.output, parsed.overwrite) == (None, False)
    assert options_of(parsed) == CaptureOptions(dump_type=PRESETS["mini"].value)


def test_every_option_of_dump(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a").write_bytes(b"A")
    Path("b").write_bytes(b"B")
    parsed = parse_arguments(
        "dump sh -o a.dmp -t WithFullMemory|MiniDumpWithHandleData --mode stop --overwrite "
        "--comment hi --user-stream 0x10001=a --user-stream 0x10002=b --exclude-thread 5 "
        "--exclude-thread 0x6 --exclude-module libc.so.6 --redact --json -q".split()
    )
    assert parsed.output == "a.dmp"
    assert options_of(parsed) == CaptureOptions(
        dump_type=MinidumpType.WithFullMemory | MinidumpType.WithHandleData,
        mode=Mode.STOP,
        comment="hi",
        redact=True,
        user_streams=(UserStream(0x10001, b"A"), UserStream(0x10002, b"B")),
        exclude_threads=frozenset({5, 6}),
        exclude_modules=frozenset({"libc.so.6"}),
    )
    assert (parsed.overwrite, parsed.json, parsed.quiet) == (True, True, True)


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        ([], "COMMAND"),
        (["jump"], "jump"),
        (["dump"], "TARGET"),
        (["dump", "1", "-t", "enormous"], "enormous"),
        (["dump", "1", "-t", "0x80000000"], "unknown bits"),
        (["dump", "1", "--mode", "fast"], "fast"),
        (["dump", "1", "--exclude-thread", "main"], "main"),
        (["show"], "FILE"),
        (["show", "a.dmp", "--brief", "--all"], "--brief"),
        (["extract", "a.dmp"], "STREAM"),
        (["types", "b"], "b"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(capsys, arguments, about):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    message = capsys.readouterr().err
    assert caught.value.code == 2
    assert about in message
    assert message.startswith("dumpengine")
    assert message.count("\n") == 1


def test_version(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"dumpengine {__version__}\n"


@pytest.mark.parametrize("command", commands.NAMES)
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"dumpengine {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["dump", "estimate", "stacks"])
def test_the_usage_names_one_target(capsys, command):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    usage = capsys.readouterr().out.partition("\n\n")[0]
    assert usage.count("TARGET") == 1
