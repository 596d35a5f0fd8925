"""Ctrl-C and SIGTERM during a capture: cancel it, so that the target runs and nothing stays."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# SIGHUP: the terminal was closed. SIGBREAK: Ctrl-Break on Windows.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextmanager
def cancel_on_signals(cancel: Callable[[], None]) -> Iterator[None]:
    """Call ``cancel`` on the first such signal; a second Ctrl-C raises KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread, and only it may handle them
        return

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.signal(signal.SIGINT, signal.default_int_handler)
        cancel()

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # A shell that starts us in the background has SIGINT ignored, and nohup SIGHUP: so it stays.
    numbers = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
