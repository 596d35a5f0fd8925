"""The README's list of commands, which follows from their declarations.

``python packaging/devtools/readme.py``, with the Python of `.venv`, writes it anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dumpengine.cli import commands

README = Path(__file__).resolve().parents[2] / "README.md"

_START, _END = "```\ndumpengine ", "```\n"
_COLUMN = 42  # of the remarks


def with_commands(text: str) -> str:
    """Return the README ``text`` with the examples of today's commands."""
    start = text.index(_START) + len("```\n")
    return text[:start] + examples() + text[text.index(_END, start) :]


def examples() -> str:
    """Return the lines of every command's examples."""
    every = [example for name in commands.NAMES for example in commands.load(name).examples]
    return "".join(_line(f"dumpengine {example.line}", example.why) for example in every)


def _line(typed: str, why: str) -> str:
    return f"{typed:<{_COLUMN - 1}} # {why}\n" if why else f"{typed}\n"


if __name__ == "__main__":
    README.write_text(with_commands(README.read_text(encoding="utf-8")), encoding="utf-8")
