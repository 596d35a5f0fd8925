"""How the tracer is started: by a fork where only one thread runs, else as a program."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import tracer_process
    from dumpengine.backends.linux.tracer_process import Forked, start_tracer

ONE_THREAD = """
import os, socket, time
from dumpengine.backends.linux.tracer_process import start_tracer
ours, theirs = socket.socketpair()
kept = str(os.open("/dev/null", os.O_RDONLY))
process = start_tracer(theirs)
theirs.close()
end = time.monotonic() + 10
while kept in os.listdir(f"/proc/{process.pid}/fd") and time.monotonic() < end:
    time.sleep(0.001)
print(type(process).__name__, os.getsid(process.pid) == process.pid)
print(kept in os.listdir(f"/proc/{process.pid}/fd"))
ours.close()
print(process.wait(10))
"""


def test_forked_from_one_thread():
    done = subprocess.run([sys.executable, "-c", ONE_THREAD], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split() == ["Forked", "True", "False", "0"]


def test_a_program_of_its_own_beside_other_threads():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = start_tracer(theirs)
    assert isinstance(process, subprocess.Popen)
    assert process.wait(10) == 0
    stop.set()
    thread.join()


def test_waiting_for_a_fork():
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    child = Forked(pid)
    assert (child.wait(5), child.wait()) == (7, 7)


def test_waiting_in_vain():
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    child = Forked(pid)
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)
    os.close(writer)
    assert child.wait(5) == 0
    os.close(reader)


def test_where_threads_cannot_be_counted(monkeypatch):
    def refuse(_: str) -> list[str]:
        raise PermissionError

    monkeypatch.setattr(os, "listdir", refuse)
    assert not tracer_process._has_one_thread()
