"""Ctrl-C and SIGTERM."""

from __future__ import annotations

import signal
import threading

import pytest

from dumpengine.cli.interrupt import cancel_on_signals

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
NUMBERS = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_cancels_and_handlers_come_back(number):
    calls = []
    before = [signal.getsignal(n) for n in NUMBERS]
    with cancel_on_signals(lambda: calls.append("cancel")):
        signal.raise_signal(number)
    assert calls == ["cancel"]
    after = [signal.getsignal(n) for n in NUMBERS]
    assert after == before


def test_the_second_ctrl_c_interrupts():
    calls = []
    with cancel_on_signals(lambda: calls.append("cancel")):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert calls == ["cancel"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="nohup is POSIX's")
def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with cancel_on_signals(lambda: pytest.fail("nohup was not respected")):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_leave_the_handlers_alone():
    seen = []

    def run():
        with cancel_on_signals(lambda: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
