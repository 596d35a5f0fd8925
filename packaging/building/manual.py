"""The manual page of ``dumpengine``: a template, and what follows from the commands' declarations.

``python packaging/building/manual.py TEMPLATE TARGET``, with a Python that has the dependencies.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dumpengine.cli import arguments, commands
from dumpengine.cli.command import Argument, Command


def manual(template: str) -> str:
    """Return ``template``, a page in roff, with the commands in it."""
    every = [commands.load(name) for name in commands.NAMES]
    parts = {
        "@SUMMARY@": _escaped(arguments.SUMMARY),
        "@SYNOPSIS@": "\n.br\n".join(map(_synopsis, every)),
        "@TERMS@": _escaped(arguments.TERMS),
        "@COMMANDS@": "\n".join(map(_section, every)),
        "@EXIT_CODES@": _escaped(arguments.EXIT_CODES),
    }
    for mark, text in parts.items():
        template = template.replace(mark, text)
    return template


def _synopsis(command: Command) -> str:
    placed = [_values(argument) for argument in command.arguments if not argument.is_option]
    needed = [
        f"\\fB{_escaped(argument.names[0])}\\fR {_values(argument)}"
        for argument in command.arguments
        if argument.required
    ]
    words = [*placed, *needed, r"[\fIOPTIONS\fR]"]
    return f"\\fBdumpengine {command.name}\\fR {' '.join(words)}"


def _section(command: Command) -> str:
    summary = f"{command.summary[:1].upper()}{command.summary[1:]}."
    lines = [f".SS {command.name}", _escaped(f"{summary} {command.details}".strip())]
    for argument in command.arguments:
        lines += [".TP", _option(argument), _escaped(_sentence(argument.help))]
    return "\n".join(lines)


def _option(argument: Argument) -> str:
    if not argument.is_option:
        return _values(argument)
    names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in argument.names)
    return f"{names} {_values(argument)}".rstrip()


def _values(argument: Argument) -> str:
    shown = " ".join(f"\\fI{_escaped(value)}\\fR" for value in argument.values())
    return f"[{shown}]" if argument.nargs == "?" else shown


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _escaped(text: str) -> str:
    """Return ``text`` so that roff sets it as it is: a minus is a minus."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(manual(source.read_text(encoding="utf-8")), encoding="utf-8")
