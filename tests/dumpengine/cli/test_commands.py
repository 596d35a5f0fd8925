"""Every command is declared once, and whole."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dumpengine.cli import commands
from dumpengine.cli.arguments import make_parser, parse_arguments
from dumpengine.cli.command import Argument

FOLDER = Path(commands.__file__).parent


def test_every_module_is_a_command_and_every_command_a_module() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert modules == set(commands.NAMES)
    assert [commands.load(name).name for name in commands.NAMES] == list(commands.NAMES)


@pytest.mark.parametrize("name", commands.NAMES)
def test_a_command_says_what_it_is(name: str) -> None:
    command = commands.load(name)
    assert command.summary[0].islower()
    assert not command.summary.endswith(".")
    assert not command.details or command.details.endswith(".")
    assert all(argument.help for argument in command.arguments)
    assert any(example.why for example in command.examples)


@pytest.mark.parametrize("name", commands.NAMES)
def test_the_examples_are_understood(name: str) -> None:
    command = commands.load(name)
    for example in command.examples:
        words = shlex.split(example.line)
        assert words[0] == name
        parsed = parse_arguments([word for word in words if not word.startswith("[")])
        assert parsed.run is command.run


def test_the_help_lists_every_command() -> None:
    text = make_parser().format_help()
    for name in commands.NAMES:
        assert f"    {name}  " in text
        assert commands.load(name).summary.split("(")[0] in " ".join(text.split())


def test_a_start_loads_the_module_of_its_command_only() -> None:
    code = (
        "import sys; from dumpengine.cli.arguments import parse_arguments;"
        "parse_arguments(['types']); print(*(m for m in sys.modules if '.commands.' in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["dumpengine.cli.commands.types"]


def test_only_one_of_what_excludes_each_other() -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["show", "a.dmp", "--brief", "--all"])


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        (Argument(names=("--json",), action="store_true", help="x"), ()),
        (Argument(names=("--cpu",), help="x"), ("CPU",)),
        (Argument(names=("--mode",), choices=("a", "b"), help="x"), ("a|b",)),
        (Argument(names=("--log",), nargs=2, metavar=("F", "RE"), help="x"), ("F", "RE")),
    ],
)
def test_what_stands_for_a_value(argument: Argument, values: tuple[str, ...]) -> None:
    assert argument.values() == values


def test_a_percent_sign_is_one_in_the_help() -> None:
    parser = make_parser(["list"])
    Argument(names=("--cpu",), help="above 90 %").add_to(parser)
    assert "above 90 %" in parser.format_help()
