"""The window under the pointer on X11.

XRes 1.2 tells the process of a window's client (XResQueryClientIds, X-Resource 1.2); the property
``_NET_WM_PID`` is what a client says of itself, and is asked only where XRes does not answer.
https://gitlab.freedesktop.org/xorg/proto/xorgproto/-/blob/master/specs/resproto.txt
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p
from ctypes.util import find_library

from gui.i18n import tr
from gui.picking.picker import Picked, WindowPicker

_LOCAL_PID_MASK = 2  # XRES_CLIENT_ID_PID_MASK
_XA_CARDINAL = 6
_DEPTH = 32


class _IdSpec(ctypes.Structure):
    """XResClientIdSpec."""

    _fields_ = (("client", c_ulong), ("mask", c_uint))


class _IdValue(ctypes.Structure):
    """XResClientIdValue."""

    _fields_ = (("spec", _IdSpec), ("length", c_long), ("value", c_void_p))


class X11Picker:
    """Owns a connection of its own to the display; main thread."""

    def __init__(self, x11: ctypes.CDLL, xres: ctypes.CDLL | None, display: int) -> None:
        self._x11 = x11
        self._xres = xres
        self._display = display

    @classmethod
    def make(cls) -> tuple[WindowPicker | None, str]:
        """Connect; returns None and the reason when that cannot be done."""
        name = find_library("X11")
        if name is None:
            return None, tr("The library libX11 is not installed.")
        x11 = _declare(ctypes.CDLL(name))
        display = x11.XOpenDisplay(None)
        if not display:
            return None, tr("There is no connection to the X server.")
        xres = find_library("XRes")
        return cls(x11, _declare_xres(ctypes.CDLL(xres)) if xres else None, display), ""

    def pick(self) -> Picked | None:
        """See WindowPicker."""
        window = self._window_under_pointer()
        if not window:
            return None
        if pid := self._server_says(window):
            return Picked(pid)
        if pid := self._client_says(window):
            note = tr("The program itself says so (_NET_WM_PID); the X server could not confirm.")
            return Picked(pid, note)
        return None

    def _window_under_pointer(self) -> int:
        """Follow the pointer down to the innermost window, past the window manager's frame."""
        window, found = self._x11.XDefaultRootWindow(self._display), 0
        for _ in range(_DEPTH):
            child = self._child_under_pointer(window)
            if not child:
                break
            window = child
            if self._client_says(window):
                return window
            found = window
        return found

    def _child_under_pointer(self, window: int) -> int:
        root, child, mask = c_ulong(), c_ulong(), c_uint()
        places = [c_int() for _ in range(4)]
        self._x11.XQueryPointer(
            self._display, window, byref(root), byref(child), *map(byref, places), byref(mask)
        )
        return child.value

    def _server_says(self, window: int) -> int:
        if self._xres is None:
            return 0
        spec, count, values = _IdSpec(window, _LOCAL_PID_MASK), c_long(), POINTER(_IdValue)()
        status = self._xres.XResQueryClientIds(
            self._display, 1, byref(spec), byref(count), byref(values)
        )
        if status or not count.value:
            return 0
        pids = [self._xres.XResGetClientPid(byref(values[i])) for i in range(count.value)]
        self._xres.XResClientIdsDestroy(count, values)
        return next((pid for pid in pids if pid > 0), 0)

    def _client_says(self, window: int) -> int:
        atom = self._x11.XInternAtom(self._display, b"_NET_WM_PID", 1)
        kind, form, count, rest, data = c_ulong(), c_int(), c_ulong(), c_ulong(), c_void_p()
        self._x11.XGetWindowProperty(
            *(self._display, window, atom, 0, 1, 0, _XA_CARDINAL),
            *map(byref, (kind, form, count, rest, data)),
        )
        if not data.value:
            return 0
        pid = ctypes.cast(data, POINTER(c_ulong))[0] if count.value else 0
        self._x11.XFree(data)
        return int(pid)


def _declare(x11: ctypes.CDLL) -> ctypes.CDLL:
    """Declare the functions used; Window and Atom are unsigned long."""
    x11.XOpenDisplay.argtypes, x11.XOpenDisplay.restype = [c_char_p], c_void_p
    x11.XDefaultRootWindow.argtypes = [c_void_p]
    x11.XDefaultRootWindow.restype = c_ulong
    number = POINTER(c_int)
    x11.XQueryPointer.argtypes = [
        c_void_p,
        c_ulong,
        POINTER(c_ulong),
        POINTER(c_ulong),
        number,
        number,
        number,
        number,
        POINTER(c_uint),
    ]
    x11.XInternAtom.argtypes, x11.XInternAtom.restype = [c_void_p, c_char_p, c_int], c_ulong
    x11.XGetWindowProperty.argtypes = [
        c_void_p,
        c_ulong,
        c_ulong,
        c_long,
        c_long,
        c_int,
        c_ulong,
        POINTER(c_ulong),
        POINTER(c_int),
        POINTER(c_ulong),
        POINTER(c_ulong),
        POINTER(c_void_p),
    ]
    x11.XFree.argtypes = [c_void_p]
    return x11


def _declare_xres(xres: ctypes.CDLL) -> ctypes.CDLL:
    xres.XResQueryClientIds.argtypes = [
        c_void_p,
        c_long,
        POINTER(_IdSpec),
        POINTER(c_long),
        POINTER(POINTER(_IdValue)),
    ]
    xres.XResGetClientPid.argtypes = [POINTER(_IdValue)]
    xres.XResGetClientPid.restype = c_int
    xres.XResClientIdsDestroy.argtypes = [c_long, POINTER(_IdValue)]
    return xres
