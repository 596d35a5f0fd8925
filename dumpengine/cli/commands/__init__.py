"""The commands of the terminal program: one module each, with its declaration, ``COMMAND``.

A module is loaded only when its command is meant, or when all are listed.
"""

from __future__ import annotations

from importlib import import_module

from dumpengine.cli.command import Command

# In the order in which help, manual and README list them.
NAMES = (
    "list",
    "dump",
    "estimate",
    "show",
    "stacks",
    "watch",
    "check",
    "extract",
    "shrink",
    "types",
)


def load(name: str) -> Command:
    """Return the command called ``name``."""
    command: Command = import_module(f"{__name__}.{name}").COMMAND
    return command
