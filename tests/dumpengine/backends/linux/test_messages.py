"""Values between the two halves of one program."""

from __future__ import annotations

import socket
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the Linux engine")


@pytest.fixture
def ends():
    from dumpengine.backends.linux.messages import Messages

    ours, theirs = map(Messages, socket.socketpair())
    yield ours, theirs
    ours.close()
    theirs.close()


def test_values_come_out_as_they_went_in(ends):
    ours, theirs = ends
    ours.send({"a": [1, None]})
    assert theirs.recv() == {"a": [1, None]}
    assert not theirs.poll(0)


def test_the_end_is_an_answer(ends):
    ours, theirs = ends
    theirs.close()
    assert ours.poll(0)
    with pytest.raises(EOFError):
        ours.recv()


def test_closing_with_something_left_to_send_is_no_error(ends):
    ours, theirs = ends
    theirs.close()
    with pytest.raises(ConnectionError):
        ours.send("lost")
    ours.close()
    ours.close()


def test_nothing_is_read_ahead(ends):
    ours, theirs = ends
    ours.send("first")
    ours.send({"second": bytes(100_000)})
    assert theirs.recv() == "first"
    assert theirs.poll(0)  # the second can still be seen to be there
    assert theirs.recv() == {"second": bytes(100_000)}
    assert not theirs.poll(0)
