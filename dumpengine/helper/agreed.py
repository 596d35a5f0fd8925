"""What an administrator's helper is asked and allowed on any system: one process, by name."""

from __future__ import annotations

import os

from dumpengine.errors import E_CANCELLED, DumpError
from dumpengine.helper.protocol import MAX_PID, Capture, ProtocolError
from dumpengine.processes.listing import key_of, process_name

OPTION = "--elevated"  # starts the helper on Windows
START_LIMIT = 30.0  # seconds the request may take to arrive
SEND_LIMIT = 2  # seconds to wait for someone who does not listen, while a process may stand still


def check(request: Capture, pid: int) -> None:
    """Raise ProtocolError unless the request is for the process ``pid``, and may be asked."""
    key = request.key
    if key.pid != pid:
        raise ProtocolError("it is for another process than the one allowed")
    if not key.started:
        raise ProtocolError("it does not say when the process started")
    if pid == os.getpid():
        raise ProtocolError("it is for the helper itself")
    if beyond := request.options.trusted_only():
        raise ProtocolError(f"{', '.join(beyond)} is not for everybody to ask")


def check_name(pid: int, name: str) -> None:
    """Raise ProtocolError when a process is called something else than ``name``.

    One that has ended has no name; the capture says that it has ended.
    """
    try:
        key = key_of(pid)
    except DumpError:
        return
    if process_name(key) != name:
        raise ProtocolError("the process has another name than the one allowed")


def dismissed(pid: int) -> DumpError:
    """Return the error for a prompt that the user has closed."""
    return DumpError(
        E_CANCELLED,
        "The request for administrator rights was dismissed.",
        "Nothing was kept and the process runs on; try again to be asked again.",
        pid=pid,
    )


def is_number(text: str) -> bool:
    """Return whether a text is a number such as ids are."""
    return text.isascii() and text.isdecimal() and len(text) <= 10


def is_pid(text: str) -> bool:
    """Return whether a text is the id of a process."""
    return is_number(text) and 0 < int(text) <= MAX_PID
