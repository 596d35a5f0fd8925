"""What threads wait for outside of their memory: descriptors and children, and who would end it.

All of it is found out before the process is stopped, for whoever waits then mostly still waits a
millisecond later; what a thread turns out to wait for only then is described without its peers.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.file_locks import lock_holders
from dumpengine.backends.linux.images import is_image_of_ours
from dumpengine.backends.linux.peers import End, describe_all, find_peers, other_end
from dumpengine.backends.linux.sockets import Sockets
from dumpengine.waiting.facts import Peer, SystemCall, Thing, WaitedFor
from dumpengine.waiting.system_calls import Waits

_MOST_POLLED = 16
_POLLFD = struct.Struct("<iHH")
_POLL_OUT = 4
_MOST_SELECTED = 1024  # FD_SETSIZE
_NOT_NOW = 0x80000000  # what a negative descriptor begins with
_ANONYMOUS = re.compile(r"^anon_inode:\[?(\w+)")
_INODE = re.compile(r"^\w+:\[(\d+)\]$")

_ONE_DESCRIPTOR = {Waits.READS, Waits.WRITES, Waits.ACCEPTS, Waits.CONNECTS, Waits.EPOLL}
_FILE_LOCKS = {Waits.FLOCK, Waits.FCNTL}
_CHILDREN = {Waits.CHILD: 0, Waits.CHILD_BY_ID: 1}  # which argument is the process

Key = tuple[Waits, SystemCall]


@dataclass(slots=True)
class Things:
    """What the threads of process ``pid`` wait for; ``read`` reads its memory."""

    pid: int
    read: Callable[[int, int], bytes]
    _known: dict[Key, tuple[WaitedFor, ...]] = field(default_factory=dict)
    _sockets: Sockets = field(init=False)

    def __post_init__(self) -> None:
        self._sockets = Sockets(self.pid)

    def look(self, calls: Iterable[Key]) -> None:
        """Find out what is waited for in these calls, and who has the other ends."""
        pending = {key: list(self._things(*key)) for key in dict.fromkeys(calls)}
        ends = {end for things in pending.values() for _, end in things if end}
        peers = find_peers(self.pid, ends)
        for key, things in pending.items():
            self._known[key] = tuple(_with_peers(thing, end, peers) for thing, end in things)

    def of(self, waits: Waits, call: SystemCall) -> tuple[WaitedFor, ...]:
        """Return what a thread in ``call`` waits for."""
        if (waits, call) not in self._known:
            self._known[waits, call] = tuple(thing for thing, _ in self._things(waits, call))
        return self._known[waits, call]

    def _things(self, waits: Waits, call: SystemCall) -> Iterator[tuple[WaitedFor, End | None]]:
        if waits in _ONE_DESCRIPTOR:
            yield from self._descriptor(call.argument(0), reads=waits is not Waits.WRITES)
        elif waits in _FILE_LOCKS:
            yield from self._file_lock(call.argument(0))
        elif waits is Waits.POLLS:
            for number, reads in self._polled(call):
                yield from self._descriptor(number, reads=reads)
        elif waits is Waits.SELECTS:
            for number, reads in self._selected(call):
                yield from self._descriptor(number, reads=reads)
        elif waits in _CHILDREN:
            pid = call.argument(_CHILDREN[waits]) & 0xFFFFFFFF
            yield WaitedFor(Thing.CHILD, peers=self._children(pid)), None

    def _descriptor(self, number: int, *, reads: bool) -> Iterator[tuple[WaitedFor, End | None]]:
        if number & _NOT_NOW:
            return
        path = f"/proc/{self.pid}/fd/{number & 0xFFFFFFFF}"
        try:
            name, mode = os.readlink(path), os.stat(path).st_mode
        except OSError:
            return
        thing = WaitedFor(_thing(name, mode), number, name)
        if thing.thing is Thing.PIPE:
            yield replace(thing, name=_file_name(name)), other_end(name, reads=reads)
        elif thing.thing is Thing.SOCKET:
            yield self._socket(thing)
        elif match := _ANONYMOUS.match(name):
            yield replace(thing, name=match[1]), None
        else:
            yield thing, None

    def _socket(self, thing: WaitedFor) -> tuple[WaitedFor, End | None]:
        match = _INODE.match(thing.name)
        found = self._sockets.find(int(match[1])) if match else None
        if found is None:
            return replace(thing, name=""), None
        end = (f"socket:[{found.peer}]", 0) if found.peer else None
        return replace(thing, name=found.name), end

    def _file_lock(self, number: int) -> Iterator[tuple[WaitedFor, End | None]]:
        path = f"/proc/{self.pid}/fd/{number & 0xFFFFFFFF}"
        try:
            name, inode = os.readlink(path), os.stat(path).st_ino
        except OSError:
            return
        table = procfs.text(procfs.read_optional("/proc/locks"))
        holders = describe_all(lock_holders(table, self.pid, inode))
        yield WaitedFor(Thing.FILE_LOCK, number, name, holders), None

    def _polled(self, call: SystemCall) -> Iterator[tuple[int, bool]]:
        count = min(call.argument(1), _MOST_POLLED)
        data = self.read(call.argument(0), count * _POLLFD.size)
        for number, events, _ in _POLLFD.iter_unpack(data[: len(data) // 8 * 8]):
            if number >= 0:
                yield number, events != _POLL_OUT

    def _selected(self, call: SystemCall) -> Iterator[tuple[int, bool]]:
        count = min(call.argument(0), _MOST_SELECTED)
        found = 0
        for argument, reads in ((1, True), (2, False)):
            address = call.argument(argument)
            bits = int.from_bytes(self.read(address, -(-count // 8)) if address else b"", "little")
            for number in range(count):
                if bits >> number & 1 and (found := found + 1) <= _MOST_POLLED:
                    yield number, reads

    def _children(self, pid: int) -> tuple[Peer, ...]:
        """The child that is waited for, or all there are."""
        children = _children_of(self.pid)
        return describe_all([pid] if pid in children else children)


def _with_peers(thing: WaitedFor, end: End | None, peers: dict[End, tuple[Peer, ...]]) -> WaitedFor:
    return replace(thing, peers=peers.get(end, ())) if end else thing


def _thing(name: str, mode: int) -> Thing:
    if name.startswith("anon_inode:"):
        return Thing.EPOLL if "eventpoll" in name else Thing.EVENT
    if stat.S_ISFIFO(mode):
        return Thing.PIPE
    if stat.S_ISSOCK(mode):
        return Thing.SOCKET
    is_terminal = stat.S_ISCHR(mode) and name.startswith(("/dev/pts/", "/dev/tty", "/dev/console"))
    return Thing.TERMINAL if is_terminal else Thing.FILE


def _file_name(name: str) -> str:
    """A pipe without a name in the file system is called by its inode, which tells nobody."""
    return name if name.startswith("/") else ""


def _children_of(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for tid in procfs.task_ids(pid):
            words = procfs.read_optional(f"/proc/{pid}/task/{tid}/children").split()
            children += map(int, words)
    return [child for child in children if not is_image_of_ours(child)]
