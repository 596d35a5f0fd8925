"""What a socket is: its addresses, and the inode of the other end where that is on this machine.

/proc/PID/net in proc(5); UNIX sockets' peers from the kernel's socket diagnostics, sock_diag(7).
"""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from dumpengine.backends.linux import procfs

_LONGEST_TABLE = 8 << 20  # bytes of one table: some 50,000 sockets; a busier server's is not read
_LISTENING = {"tcp": 0x0A}
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST = 1  # NLM_F_REQUEST
_SHOW_NAME_AND_PEER = 1 | 4  # UDIAG_SHOW_NAME, UDIAG_SHOW_PEER
_ATTRIBUTE_PEER = 2  # UNIX_DIAG_PEER
_HEAD = struct.Struct("=IHHII")  # struct nlmsghdr
_ASK_UNIX = struct.Struct("=BBHIIIQ")  # struct unix_diag_req
_UNIX_MESSAGE = 16  # struct unix_diag_msg
_PATIENCE = 0.2


@dataclass(frozen=True, slots=True)
class Socket:
    """``name`` is for people; ``peer`` the other end's inode, 0 when it is not known."""

    name: str
    peer: int = 0


class Sockets:
    """The sockets of the network namespace that process ``pid`` is in; read when first asked."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._inet: dict[int, Socket] | None = None
        self._unix: dict[int, str] | None = None

    def find(self, inode: int) -> Socket:
        """Describe the socket with this inode; without a name when nothing is known of it."""
        if self._unix is None:
            self._unix = _unix_paths(_table(self._pid, "unix"))
        if inode in self._unix:
            path = self._unix[inode]
            return Socket(f"unix {path}".rstrip(), self._unix_peer(inode))
        if self._inet is None:
            self._inet = _inet_sockets(self._pid)
        return self._inet.get(inode, Socket(""))

    def _unix_peer(self, inode: int) -> int:
        """Ask the kernel; it answers for our own network namespace only."""
        try:
            if os.readlink(f"/proc/{self._pid}/ns/net") != os.readlink("/proc/self/ns/net"):
                return 0
            return _ask_unix_peer(inode)
        except OSError:
            return 0


def _table(pid: int, name: str) -> bytes:
    with suppress(OSError), open(f"/proc/{pid}/net/{name}", "rb", buffering=0) as file:
        data = bytearray()
        while (piece := file.read(1 << 16)) and len(data) < _LONGEST_TABLE:
            data += piece
        return bytes(data)
    return b""


def _unix_paths(table: bytes) -> dict[int, str]:
    rows = (line.split(None, 7) for line in table.splitlines()[1:])
    return {int(row[6]): procfs.text(row[7]) if len(row) > 7 else "" for row in rows if row[6:]}


def _inet_sockets(pid: int) -> dict[int, Socket]:
    found: dict[int, Socket] = {}
    for name in ("tcp", "tcp6", "udp", "udp6"):
        rows = [line.split() for line in _table(pid, name).splitlines()[1:]]
        rows = [row for row in rows if len(row) > 9]
        ends = {(row[1], row[2]): int(row[9]) for row in rows}
        for row in rows:
            found[int(row[9])] = Socket(_words(name, row), ends.get((row[2], row[1]), 0))
    return found


def _words(table: str, row: list[bytes]) -> str:
    protocol = table.removesuffix("6")
    if int(row[3], 16) == _LISTENING.get(protocol):
        return f"{protocol} listening on {_address(row[1])}"
    if row[2].endswith(b":0000"):
        return f"{protocol} {_address(row[1])}"
    return f"{protocol} {_address(row[1])} to {_address(row[2])}"


def _address(text: bytes) -> str:
    """The kernel prints the words of an address as the processor reads them."""
    digits, _, port = text.partition(b":")
    words = bytes.fromhex(digits.decode())
    packed = b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4))
    if len(packed) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"


def _ask_unix_peer(inode: int) -> int:
    """Return the inode of a UNIX socket's other end, 0 when it has none; raises OSError."""
    nobody = 0xFFFFFFFFFFFFFFFF  # "without a cookie"
    ask = _ASK_UNIX.pack(socket.AF_UNIX, 0, 0, 0xFFFFFFFF, inode, _SHOW_NAME_AND_PEER, nobody)
    head = _HEAD.pack(_HEAD.size + len(ask), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as link:
        link.settimeout(_PATIENCE)
        link.sendto(head + ask, (0, 0))
        return peer_in_answer(link.recv(8192))


def peer_in_answer(data: bytes) -> int:
    """Return the peer's inode in a netlink answer, 0 when there is none."""
    if len(data) < _HEAD.size or _HEAD.unpack_from(data)[1] != _SOCK_DIAG_BY_FAMILY:
        return 0
    at = _HEAD.size + _UNIX_MESSAGE
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return 0
        if kind == _ATTRIBUTE_PEER and length >= 8 and at + 8 <= len(data):
            return int(struct.unpack_from("=I", data, at + 4)[0])
        at += -(-length // 4) * 4
    return 0
