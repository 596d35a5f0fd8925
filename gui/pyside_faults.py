"""Faults of PySide6 that would end the program, and what is done about them."""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QObject, Signal

_PROBES = 16
_RESERVE = 1 << 40
_SINGLETONS = (None, True, False)


class _Probe(QObject):
    sounded = Signal()


def gives_away_singletons() -> bool:
    """Return whether PySide6 returns ``True`` without owning a reference to it."""
    probe = _Probe()
    before = sys.getrefcount(True)
    for _ in range(_PROBES):
        probe.sounded.emit()
    return sys.getrefcount(True) <= before - _PROBES


def keep_singletons_alive() -> None:
    """Give ``None``, ``True`` and ``False`` a reserve of references where PySide6 uses them up.

    Seen with PySide6 6.12.0 on CPython 3.11: ``Signal.emit`` returns ``True``, and ``super()``
    calls in Qt overrides return ``None``, without taking a reference, as only CPython 3.12 and
    later allow, where these objects are immortal. After some hundred signals the interpreter ends
    with "Fatal Python error: bool_dealloc" or "none_dealloc". PySide6 6.11.3 is in order.
    Our requirements exclude 6.12.0, but nothing asks them where a system brings its own PySide6.
    It can go with Python 3.11, the last one that counts references to these three.
    """
    if sys.version_info >= (3, 12) or not gives_away_singletons():
        return
    for singleton in _SINGLETONS:
        ctypes.c_ssize_t.from_address(id(singleton)).value += _RESERVE
