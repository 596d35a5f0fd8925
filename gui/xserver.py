"""Questions to the X server, over a connection of our own.

Asked through libxcb, not Xlib: a window that vanishes meanwhile is an answer that does not come.
With Xlib it is a call of the error handler, which the whole process has one of: Qt's, or where Qt
has set none, Xlib's own, which ends the program; and so does the loss of a connection.
Many questions are sent before the first answer is waited for: an exchange costs as much as one.
https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gui.xcb import Screen, XcbWire

_INTERN_ATOM, _GET_PROPERTY, _QUERY_POINTER = 16, 20, 38
# X-Resource 1.2, XResQueryClientIds: the process of a window's client, as the server sees it.
# https://gitlab.freedesktop.org/xorg/proto/xorgproto/-/blob/master/specs/resproto.txt
_QUERY_CLIENT_IDS, _LOCAL_PID_MASK = 4, 2
_ANY_TYPE = 0
_HEADER = 32  # bytes of a reply before what is of any length


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a window; numbers in ``value`` are in this machine's byte order."""

    type: int
    value: bytes


class Wire(Protocol):
    """A connection. ``has_xres`` says whether the server knows X-Resource."""

    screen: Screen
    has_xres: bool

    def send(self, opcode: int, body: bytes, xres: bool = False) -> int:
        """Send a request, ``body`` being what follows its first four bytes; return its ticket."""
        ...

    def receive(self, ticket: int) -> bytes | None:
        """Wait for a reply; None when the answer was an error."""
        ...

    def forget_events(self) -> None:
        """Throw away what came unasked."""
        ...


class XServer:
    """Used in one thread at a time.

    ``here`` says whether the server runs on this machine: the process ids of another one's would
    be those of strangers (``ssh -X``).
    """

    def __init__(self, wire: Wire, here: bool = True) -> None:
        self._wire = wire
        self._here = here
        self._atoms: dict[str, int] = {}
        self.root = wire.screen.root

    @classmethod
    def connect(cls, display: str | None = None) -> XServer | None:
        """Connect to ``display``, or the one of the environment; None when that cannot be done."""
        name = os.environ.get("DISPLAY", "") if display is None else display
        wire = XcbWire.connect(name) if name else None
        return cls(wire, name.startswith((":", "unix:", "/"))) if wire else None

    def atom(self, name: str) -> int:
        """Return the number of a name."""
        if name not in self._atoms:
            text = name.encode()
            padded = text + bytes(-len(text) % 4)
            ticket = self._wire.send(_INTERN_ATOM, struct.pack("=HH", len(text), 0) + padded)
            self._atoms[name] = _number(self._wire.receive(ticket), 8)
        return self._atoms[name]

    def properties(self, windows: Iterable[int], name: str, limit: int) -> dict[int, Property]:
        """Return the property of those windows that have it, at most ``limit`` bytes of each."""
        atom = self.atom(name)
        tickets = {
            window: self._wire.send(
                _GET_PROPERTY, struct.pack("=5I", window, atom, _ANY_TYPE, 0, limit // 4)
            )
            for window in windows
        }
        replies = ((window, self._wire.receive(ticket)) for window, ticket in tickets.items())
        found = ((window, _property(reply)) for window, reply in replies if reply)
        return {window: property_ for window, property_ in found if property_.type}

    def confirmed_pids(self, windows: Sequence[int]) -> dict[int, int]:
        """Return the processes of windows, as the server knows them."""
        mask = self._wire.screen.resource_mask
        clients = {window & ~mask for window in windows} - {0}  # 0 would mean every client
        if not clients or not self._here or not self._wire.has_xres:
            return {}
        specs = b"".join(struct.pack("=II", client, _LOCAL_PID_MASK) for client in clients)
        body = struct.pack("=I", len(clients)) + specs
        ticket = self._wire.send(_QUERY_CLIENT_IDS, body, xres=True)
        pids = _client_pids(self._wire.receive(ticket) or b"", mask)
        return {each: pids[each & ~mask] for each in windows if each & ~mask in pids}

    def claimed_pids(self, windows: Sequence[int]) -> dict[int, int]:
        """Return the processes that windows of this machine say they belong to."""
        found = self.properties(windows, "_NET_WM_PID", 4)
        pids = {window: _number(each.value, 0) for window, each in found.items()}
        machines = self.properties(pids, "WM_CLIENT_MACHINE", 256)
        return {w: pid for w, pid in pids.items() if pid and self._is_here(machines.get(w))}

    def child_under_pointer(self, window: int) -> int:
        """Return the window within ``window`` that the pointer is in, 0 when there is none."""
        ticket = self._wire.send(_QUERY_POINTER, struct.pack("=I", window))
        return _number(self._wire.receive(ticket), 12)

    def forget_events(self) -> None:
        """Throw away what came unasked, such as news of the keyboard, before it piles up."""
        self._wire.forget_events()

    def _is_here(self, machine: Property | None) -> bool:
        if machine is None:
            return self._here
        name = machine.value.rstrip(b"\0").decode("latin-1")
        return _short(name) == _short(socket.gethostname())


def _short(machine: str) -> str:
    return machine.partition(".")[0].casefold()


def _number(data: bytes | None, offset: int) -> int:
    """Return a CARD32, 0 when it is not there."""
    if data is None or len(data) < offset + 4:
        return 0
    return int.from_bytes(data[offset : offset + 4], sys.byteorder)


def _property(reply: bytes) -> Property:
    """Take a GetProperty reply apart; type 0: the window has no such property."""
    size = _number(reply, 16) * reply[1] // 8
    return Property(_number(reply, 8), reply[_HEADER : _HEADER + size])


def _client_pids(reply: bytes, mask: int) -> dict[int, int]:
    """Take a QueryClientIds reply apart: process ids by the first resource of their client."""
    pids, place = {}, _HEADER
    for _ in range(_number(reply, 8)):
        client, size = _number(reply, place) & ~mask, _number(reply, place + 8)
        if size >= 4 and (pid := _number(reply, place + 12)):
            pids[client] = pid
        place += 12 + size
    return pids
