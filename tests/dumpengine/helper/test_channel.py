"""The conversation over a socket: who waits for whom, and for how long."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

pytest.importorskip("fcntl", reason="files travel over sockets on Linux only")

from dumpengine.helper.channel import Channel

Ends = tuple[Channel, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    with theirs:
        yield channel, theirs
    channel.close()


def test_a_line_comes_in_pieces(ends: Ends) -> None:
    channel, other = ends
    for piece in (b"on", b"e\ntwo\nth"):
        other.sendall(piece)
    assert [channel.receive(1), channel.receive(1)] == [b"one", b"two"]
    with pytest.raises(TimeoutError):
        channel.receive(0.01)
    other.sendall(b"ree\n")
    assert channel.receive(1) == b"three"


def test_waiting_for_a_line_has_an_end_however_it_trickles(ends: Ends) -> None:
    channel, other = ends
    enough = threading.Event()

    def trickle() -> None:
        while not enough.wait(0.02):
            other.sendall(b"x")

    trickling = threading.Thread(target=trickle)
    trickling.start()
    waiting = threading.Timer(5, enough.set)
    waiting.start()
    try:
        with pytest.raises(TimeoutError):
            channel.receive(0.2)
        assert not enough.is_set(), "each piece began the wait anew"
    finally:
        enough.set()
        waiting.cancel()
        trickling.join()


def test_closing_frees_who_waits_for_a_reader(ends: Ends) -> None:
    channel, _other = ends
    freed = threading.Event()

    def send() -> None:
        with suppress(OSError):
            channel.send(bytes(8 << 20))
        freed.set()

    threading.Thread(target=send, daemon=True).start()
    assert not freed.wait(0.2)
    channel.close()
    assert freed.wait(10)
