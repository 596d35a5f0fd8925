"""An X server made up of replies, as the protocol's documents lay them out."""

from __future__ import annotations

import struct
from itertools import chain

from gui.xcb import Screen
from gui.xserver import XServer

ROOT = 0x50D
MASK = 0x1FFFFF
FORMATS = {"_NET_CLIENT_LIST": 32, "_NET_WM_PID": 32}
_REPLY = 1


def window(client: int, number: int = 1) -> int:
    """Return a window of a client, as the server numbers them."""
    return client << 21 | number


class FakeWire:
    """``properties`` by window and name, as (type, value); ``clients``: their process ids."""

    def __init__(self) -> None:
        self.screen = Screen(ROOT, MASK)
        self.has_xres = True
        self.properties: dict[tuple[int, str], tuple[str, bytes]] = {}
        self.clients: dict[int, int] = {}
        self.existing = {ROOT}
        self.exchanges = 0
        self.asked_xres = 0
        self._atoms: list[str] = ["NONE"]
        self._replies: dict[int, bytes | None] = {}
        self._tickets = iter(range(1, 1 << 20))
        self._sending = False

    def add(self, new: int, name: tuple[str, bytes] | None = None, **others: bytes) -> None:
        """Add a window: its ``_NET_WM_NAME``, and other properties."""
        self.existing.add(new)
        if name:
            self.properties[new, "_NET_WM_NAME"] = name
        for each, value in others.items():
            self.properties[new, each] = ("STRING", value)

    def server(self, here: bool = True) -> XServer:
        """Return the server, and let it manage all windows."""
        managed = [each for each in self.existing if each != ROOT]
        value = b"".join(struct.pack("=I", each) for each in managed)
        self.properties[ROOT, "_NET_CLIENT_LIST"] = ("WINDOW", value)
        return XServer(self, here)

    def send(self, opcode: int, body: bytes, xres: bool = False) -> int:
        assert len(body) % 4 == 0
        self.exchanges += not self._sending
        self._sending = True
        answer = self._client_ids if xres else {16: self._atom, 20: self._property}[opcode]
        ticket = next(self._tickets)
        self._replies[ticket] = answer(body)
        return ticket

    def receive(self, ticket: int) -> bytes | None:
        self._sending = False
        return self._replies.pop(ticket)

    def forget_events(self) -> None:
        assert not self._replies

    def _number_of(self, name: str) -> int:
        if name not in self._atoms:
            self._atoms.append(name)
        return self._atoms.index(name)

    def _atom(self, body: bytes) -> bytes:
        (length,) = struct.unpack_from("=H", body)
        number = self._number_of(body[4 : 4 + length].decode())
        return struct.pack("=BBHII20x", _REPLY, 0, 0, 0, number)

    def _property(self, body: bytes) -> bytes | None:
        place, atom, _, offset, limit = struct.unpack("=5I", body)
        if place not in self.existing:
            return None
        kind, value = self.properties.get((place, self._atoms[atom]), ("NONE", b""))
        value = value[4 * offset :][: 4 * limit]
        bits = FORMATS.get(self._atoms[atom], 8) if kind != "NONE" else 0
        facts = (self._number_of(kind), 0, len(value) * 8 // bits if bits else 0)
        padded = value + bytes(-len(value) % 4)
        return struct.pack("=BBHI3I12x", _REPLY, bits, 0, len(padded) // 4, *facts) + padded

    def _client_ids(self, body: bytes) -> bytes:
        self.asked_xres += 1
        numbers = struct.unpack_from(f"={len(body) // 4 - 1}I", body, 4)
        asked = [(client >> 21, mask) for client, mask in zip(*[iter(numbers)] * 2, strict=True)]
        assert all(client and mask == 2 for client, mask in asked)
        known = [(client, self.clients[client]) for client, _ in asked if client in self.clients]
        ids = [struct.pack("=4I", client << 21, 2, 4, pid) for client, pid in known]
        data = bytes(chain.from_iterable(ids))
        return struct.pack("=BBHII20x", _REPLY, 0, 0, len(data) // 4, len(ids)) + data
