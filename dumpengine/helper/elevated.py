"""Starting the installed helper as administrator, on Linux through polkit's pkexec(1).

Only the helper gets the rights, for one capture, after a prompt that names the process. pkexec
passes on nothing but standard input, output and error, so that the conversation, with the open
output file in it, goes over a socket that is the helper's standard input.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress

from dumpengine.errors import E_ACCESSDENIED, DumpError
from dumpengine.helper import agreed
from dumpengine.helper.channel import Channel, Conversation, Helper
from dumpengine.processes.listing import ProcessKey, process_name
from dumpengine.system import ON_LINUX, ON_WINDOWS

# Written into the polkit policy too: polkit allows this file and no other.
HELPER = "/usr/libexec/dumpdesk/dumpengine-helper"

_PKEXEC = "pkexec"
_SAID_LIMIT = 4096
_DISMISSED = 126  # pkexec(1), return value
_REFUSED = 127
_SUDO = "As administrator in a terminal: sudo dumpengine dump PID."


def elevation_obstacle() -> str:
    """Return why trying as administrator is not possible here, empty when it is."""
    if ON_WINDOWS:
        from dumpengine.backends.windows import runas

        return runas.obstacle()
    if not ON_LINUX:
        return "DumpDesk cannot ask for administrator rights on this system."
    if _is_administrator():
        return "DumpDesk runs as administrator already."
    if not _is_installed():
        return (
            "This DumpDesk is not installed: the system gives administrator rights only to a "
            "helper that nobody but the administrator can change."
        )
    if shutil.which(_PKEXEC) is None:
        return "pkexec, which asks for administrator rights, is not installed."
    return ""


def check_possible(pid: int) -> None:
    """Raise DumpError when there is an obstacle."""
    obstacle = elevation_obstacle()
    if obstacle:
        missing = obstacle.startswith(_PKEXEC)
        how = "Install the package pkexec." if missing else "Install DumpDesk from its package."
        raise DumpError(E_ACCESSDENIED, obstacle, f"{how} {_SUDO}", pid=pid)


class ElevatedHelper(subprocess.Popen[bytes]):
    """pkexec, which becomes the helper once the administrator has agreed."""

    def __init__(self, command: list[str], stdin: int) -> None:
        # A file, unlike a pipe, holds up nobody who writes more than is read.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._words = ""
        super().__init__(
            command,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,
        )

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and keep what it said."""
        code = super().wait(timeout)
        if not self._said.closed:
            self._said.seek(0)
            self._words = self._said.read(_SAID_LIMIT).decode(errors="replace")
            self._said.close()
        return code

    def kill(self) -> None:
        """End it while it still asks; an administrator's process ends with the conversation."""
        with suppress(PermissionError):
            super().kill()

    def refusal(self, code: int, pid: int) -> DumpError | None:
        """Explain, after its end, why no helper came; None when one did."""
        return refusal(code, self._words, pid)


def start_elevated(key: ProcessKey, cancelled: Callable[[], bool]) -> tuple[Helper, Conversation]:
    """Ask for the rights and start the helper for one process.

    On Linux it returns before the answer, which is told by how the helper ends. Raises DumpError
    when asking is not possible, when it was refused, or ``cancelled``.
    """
    if ON_WINDOWS:
        from dumpengine.helper import elevated_windows

        return elevated_windows.start(key, cancelled)
    check_possible(key.pid)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        helper = ElevatedHelper(elevated_command(key), theirs.fileno())
    return helper, Channel(ours)


def elevated_command(key: ProcessKey) -> list[str]:
    """Return what starts the helper for this one process; the prompt shows the command's end."""
    helper = [HELPER, "--pid", str(key.pid), "--dump", process_name(key)]
    return [_PKEXEC, "--disable-internal-agent", *helper]


def refusal(code: int, said: str, pid: int) -> DumpError | None:
    """Explain how pkexec ended; None when it was the helper that ended so.

    ``code`` is its exit code, ``said`` what it wrote to standard error.
    """
    if code == _DISMISSED:
        return agreed.dismissed(pid)
    if code != _REFUSED:
        return None
    if "No authentication agent" in said:
        return DumpError(
            E_ACCESSDENIED,
            "No program is running here that could ask for an administrator's password.",
            f"Start DumpDesk in a desktop session. {_SUDO}",
            pid=pid,
        )
    if "Not authorized" in said:
        return DumpError(
            E_ACCESSDENIED,
            "You were not given administrator rights.",
            "Ask someone who has them, or have polkit allow org.dumpdesk.dump for you.",
            pid=pid,
        )
    last = (said.strip().splitlines() or ["it gave no reason"])[-1]
    return DumpError(
        E_ACCESSDENIED,
        f"pkexec could not start the helper as administrator: {last}",
        f"See that polkit is running. {_SUDO}",
        pid=pid,
    )


def _is_installed() -> bool:
    """Whether the helper is where its package puts it, and the administrator's alone."""
    try:
        status = os.stat(HELPER)
    except OSError:
        return False
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISREG(status.st_mode) and _owner(status) == 0 and not others_write


def _owner(status: os.stat_result) -> int:
    return status.st_uid


def _is_administrator() -> bool:
    return os.geteuid() == 0
