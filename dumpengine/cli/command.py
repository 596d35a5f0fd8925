"""A command of the terminal program, declared once.

Parser, help, the manual page, the list in the README and the shells' completion follow from it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from dumpengine.dump_types import FLAGS, PRESETS


class Completes(Enum):
    """What a shell offers for a value: nothing, paths, or the words that a shell command prints."""

    NOTHING = ""
    PATH = "path"
    PROCESS = "ps -e -o pid= -o comm="
    DUMP_TYPE = f"echo {' '.join([*PRESETS, *(flag.name for flag in FLAGS)])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """An option or a positional argument; most fields are those of ``argparse.add_argument``.

    Of the arguments of a command with the same ``excludes`` only one may be given.
    """

    names: tuple[str, ...]
    help: str
    metavar: str | tuple[str, ...] | None = None
    type: Callable[[str], Any] | None = None
    default: Any = None
    choices: tuple[str, ...] | None = None
    action: str | None = None
    nargs: int | str | None = None
    const: Any = None
    required: bool = False
    dest: str | None = None
    excludes: str = ""
    completes: Completes = Completes.NOTHING

    @property
    def is_option(self) -> bool:
        """Whether it is named rather than placed."""
        return self.names[0].startswith("-")

    def values(self) -> tuple[str, ...]:
        """Return the words that stand for its values in the usage: none, one or more."""
        if self.action in ("store_true", "append_const"):
            return ()
        if self.choices and self.metavar is None:
            return ("|".join(self.choices),)
        shown = self.metavar or self.names[0].lstrip("-").upper()
        return (shown,) if isinstance(shown, str) else shown

    def add_to(self, parser: argparse._ActionsContainer) -> None:
        """Add it to ``parser``."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        for ours in ("names", "excludes", "completes"):
            del known[ours]
        given = {name: value for name, value in known.items() if value not in (None, False)}
        given["help"] = self.help.replace("%", "%%")
        if self.action == "append":
            given["default"] = []
        action = parser.add_argument(*self.names, **given)
        action.completes = self.completes  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A line of the README: what to type after ``dumpengine``, and what it is good for."""

    line: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: ``run`` gets the parsed arguments and returns the exit code.

    ``summary`` is the help's half sentence; ``details`` are sentences the manual adds. With
    ``takes_command`` the words after ``--`` are a command of their own, called ``command``.
    """

    name: str
    run: Callable[[argparse.Namespace], int]
    summary: str
    details: str = ""
    arguments: tuple[Argument, ...]
    examples: tuple[Example, ...]
    takes_command: bool = False

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add everything but the name to ``parser``."""
        parser.set_defaults(run=self.run)
        groups: dict[str, argparse._ActionsContainer] = {"": parser}
        for argument in self.arguments:
            if argument.excludes not in groups:
                groups[argument.excludes] = parser.add_mutually_exclusive_group()
            argument.add_to(groups[argument.excludes])
