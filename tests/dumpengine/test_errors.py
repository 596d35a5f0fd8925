"""What nobody foresaw becomes an error with a cause, everywhere."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading

import pytest

from dumpengine.capture import write_dump as capturing
from dumpengine.cli import main
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_DISK_FULL, E_FAIL, E_OUTOFMEMORY, DumpError, ErrorKind, unforeseen
from dumpengine.helper import launcher, worker
from dumpengine.helper.channel import Channel
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import key_of
from tests.support.children import python_child


def raised(error: Exception) -> Exception:
    """Return ``error`` as it comes out of a call."""
    try:
        raise error
    except Exception as caught:
        return caught


def test_the_cause_says_what_and_where():
    failure = unforeseen(raised(KeyError("stream\x1b[2J\n")))
    assert (failure.hresult, failure.kind) == (E_FAIL, ErrorKind.FAILED)
    assert "KeyError in tests/dumpengine/test_errors.py, line " in failure.cause
    assert failure.cause.isprintable()
    assert failure.remedy


@pytest.mark.parametrize(
    ("error", "hresult"),
    [
        (MemoryError(), E_OUTOFMEMORY),
        (OSError(errno.ENOSPC, "No space left"), E_DISK_FULL),
        (RecursionError(), E_FAIL),
        (ValueError("x" * 10_000), E_FAIL),
    ],
)
def test_known_numbers_stay_and_texts_are_short(error, hresult):
    failure = unforeseen(raised(error))
    assert failure.hresult == hresult
    assert len(failure.cause) < 500


def test_what_was_foreseen_stays_as_it_is():
    failure = DumpError(E_DISK_FULL)
    assert unforeseen(failure) is failure


def surprise(*_arguments: object, **_options: object) -> None:
    raise ZeroDivisionError("surprise")


@pytest.mark.parametrize("json_too", [False, True])
def test_no_traceback_in_the_terminal(monkeypatch, capfd, tmp_path, json_too):
    monkeypatch.setattr(capturing, "capture_dump", surprise)
    with python_child() as child:
        words = ["dump", str(child.pid), "-o", str(tmp_path / "x.dmp")]
        assert main([*words, "--json"] if json_too else words) == ErrorKind.FAILED.exit_code
    printed = capfd.readouterr()
    assert "Traceback" not in printed.err
    assert "surprise (ZeroDivisionError" in printed.err
    if json_too:
        fields = json.loads(printed.out)
        assert (fields["ok"], fields["pid"], fields["hresult"]) == (False, child.pid, E_FAIL)
        assert "surprise" in fields["cause"]


def test_no_traceback_of_any_command_and_its_json(monkeypatch, capfd, tmp_path):
    monkeypatch.setattr("dumpengine.read.check.check_dump", surprise)
    assert main(["check", str(tmp_path), "--json"]) == ErrorKind.FAILED.exit_code
    printed = capfd.readouterr()
    assert "Traceback" not in printed.err
    assert json.loads(printed.out)["error"] == "failed"


@pytest.mark.skipif(os.name == "nt", reason="a socket of Linux's helper")
def test_the_helper_says_it_over_the_conversation(monkeypatch):
    monkeypatch.setattr(worker, "_receive", surprise)
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=worker.serve, args=(Channel(theirs),))
    thread.start()
    fields = json.loads(Channel(ours).receive() or b"")
    thread.join()
    ours.close()
    theirs.close()
    assert fields["message"] == "failed"
    assert "surprise (ZeroDivisionError" in fields["cause"]


def test_the_window_gets_a_result_whatever_happens(monkeypatch, tmp_path):
    monkeypatch.setattr(launcher, "start_helper", surprise)
    with python_child() as child:
        request = launcher.CaptureRequest(
            key=key_of(child.pid),
            name="it",
            path=tmp_path / "x.dmp",
            options=CaptureOptions(dump_type=MinidumpType.Normal),
        )
        result = launcher.HelperCapture(request).run()
    assert not result.ok
    assert "surprise (ZeroDivisionError" in (result.cause or "")
    assert list(tmp_path.iterdir()) == []
