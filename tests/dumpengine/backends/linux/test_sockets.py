"""What a socket is and who has its other end."""

from __future__ import annotations

import os
import random
import socket

from dumpengine.backends.linux.sockets import Sockets, peer_in_answer


def inode(made: socket.socket) -> int:
    return os.fstat(made.fileno()).st_ino


def test_a_tcp_connection_has_two_ends():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as ours, server.accept()[0] as theirs:
            sockets = Sockets(os.getpid())
            assert sockets.find(inode(server)).name == f"tcp listening on 127.0.0.1:{port}"
            found = sockets.find(inode(ours))
            own = ours.getsockname()[1]
            assert found.name == f"tcp 127.0.0.1:{own} to 127.0.0.1:{port}"
            assert found.peer == inode(theirs)


def test_a_unix_pair_has_two_ends():
    left, right = socket.socketpair()
    with left, right:
        found = Sockets(os.getpid()).find(inode(left))
        assert (found.name, found.peer) == ("unix", inode(right))


def test_a_socket_that_no_table_has_is_nameless():
    assert Sockets(os.getpid()).find(1).name == ""


def test_a_hostile_answer_ends():
    chance = random.Random(1)
    for size in range(200):
        peer_in_answer(bytes(chance.choice((0, 1, 2, 4, 20, 255)) for _ in range(size)))
