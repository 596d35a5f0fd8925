"""Faults of PySide6 that would end the program, and what is done about them."""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QObject, Signal

_PROBES = 16
_RESERVE = 1 << 40


class _Probe(QObject):
    sounded = Signal()


def emit_loses_true() -> bool:
    """Return whether ``Signal.emit`` gives away a reference to ``True`` that it does not own."""
    probe = _Probe()
    before = sys.getrefcount(True)
    for _ in range(_PROBES):
        probe.sounded.emit()
    return sys.getrefcount(True) <= before - _PROBES


def keep_true_alive() -> None:
    """Give ``True`` a reserve of references where ``Signal.emit`` uses them up.

    Seen with PySide6 6.12.0 on CPython 3.11: every ``emit`` returns ``True`` without taking a
    reference, so that after some hundred signals the interpreter ends with "Fatal Python error:
    bool_dealloc". From CPython 3.12 on ``True`` is immortal and nothing has to be done.
    """
    if sys.version_info >= (3, 12) or not emit_loses_true():
        return
    references = ctypes.c_ssize_t.from_address(id(True))
    references.value += _RESERVE
