"""Completion for the shells people use, made from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from dumpengine.cli.command import Completes

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


class PrintCompletion(argparse.Action):
    """``--completion SHELL``: print the script and end."""

    def __init__(self, option_strings: Sequence[str], dest: str, **rest: Any) -> None:
        super().__init__(option_strings, dest, choices=SHELLS, **rest)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """See argparse.Action."""
        del namespace, option_string
        print(script(parser, values))
        parser.exit()


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return what ``shell`` evaluates to complete the command lines of ``parser``."""
    import shtab

    for action in _actions(parser):
        match getattr(action, "completes", Completes.NOTHING):
            case Completes.NOTHING:
                continue
            case Completes.PATH:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            case words:
                action.complete = shtab.cmd(words.value)  # type: ignore[attr-defined]
    return shtab.complete(parser, shell)


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    found = list(parser._actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += [each for sub in action.choices.values() for each in _actions(sub)]
    return found
