"""Open files as handles."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from dumpengine.snapshot import Absent

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="procfs")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.handles import open_handles


def test_what_each_file_is(tmp_path):
    import select

    name = b"odd\n\xff name"
    path = os.fsencode(tmp_path) + b"/" + name
    opened = {
        "File": os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND),
        "Directory": os.open(tmp_path, os.O_RDONLY),
        "CharacterDevice": os.open("/dev/null", os.O_WRONLY),
        "EventFd": os.eventfd(0),
    }
    reader, writer = os.pipe()
    end, other = socket.socketpair()
    poller = select.epoll()
    try:
        found = {handle.handle: handle for handle in open_handles(os.getpid())}
        for kind, fd in opened.items():
            assert found[fd].type_name == kind
        assert found[reader].type_name == found[writer].type_name == "Pipe"
        assert found[end.fileno()].type_name == "Socket"
        assert found[poller.fileno()].type_name == "EventPoll"
        file = found[opened["File"]]
        assert os.fsencode(file.object_name) == path
        assert file.attributes == os.stat(path).st_mode
        assert file.granted_access & os.O_ACCMODE == os.O_RDWR
        assert file.granted_access & os.O_APPEND
    finally:
        for fd in (*opened.values(), reader, writer):
            os.close(fd)
        end.close()
        other.close()
        poller.close()


def test_a_process_that_is_gone():
    assert isinstance(open_handles(1 << 22), Absent)
