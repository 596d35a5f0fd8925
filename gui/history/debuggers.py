"""Debuggers on this system that open minidumps."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dumpengine import ON_WINDOWS

_TERMINALS = ("x-terminal-emulator", "gnome-terminal", "konsole", "xfce4-terminal", "xterm")
_WINDOWS_KITS = r"Windows Kits\10\Debuggers\x64\windbg.exe"


@dataclass(frozen=True, slots=True)
class Debugger:
    """A debugger and how it is started; ``{dump}`` is the file."""

    title: str
    arguments: tuple[str, ...]

    def command(self, dump: str) -> list[str]:
        """Return the command line for a dump."""
        return [argument.replace("{dump}", dump) for argument in self.arguments]


def find_debuggers() -> tuple[Debugger, ...]:
    """Return what is installed. GDB reads no minidumps and is not among them."""
    return _windows() if ON_WINDOWS else _unix()


def _unix() -> tuple[Debugger, ...]:
    lldb, terminal = shutil.which("lldb"), next(filter(None, map(shutil.which, _TERMINALS)), None)
    if not lldb or not terminal:
        return ()
    separator = "--" if terminal.endswith("gnome-terminal") else "-e"
    return (Debugger("LLDB", (terminal, separator, lldb, "--core", "{dump}")),)


def _windows() -> tuple[Debugger, ...]:
    found = []
    if windbg := shutil.which("WinDbgX"):
        found.append(Debugger("WinDbg", (windbg, "-z", "{dump}")))
    programs = os.environ.get("PROGRAMFILES(X86)", "")  # Windows does not mind the case
    classic = Path(programs, _WINDOWS_KITS)
    if classic.is_file():
        found.append(Debugger("WinDbg (classic)", (str(classic), "-z", "{dump}")))
    if studio := shutil.which("devenv"):
        found.append(Debugger("Visual Studio", (studio, "{dump}")))
    return tuple(found)
