"""libxcb, as far as :mod:`gui.xserver` needs it.

Requests go through ``xcb_send_request``, which extensions are built on: X-Resource is spoken
without libxcb-res, which few systems have installed.
https://xcb.freedesktop.org/manual/xcbext_8h_source.html
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ubyte, c_uint, c_uint32, c_void_p
from dataclasses import dataclass
from typing import Any

_LIBRARY = "libxcb.so.1"  # there wherever Qt shows windows through X
_CHECKED = 1  # XCB_REQUEST_CHECKED: an error is the answer, not an event
_MASK_OFFSET = 16  # of resource_id_mask in xcb_setup_t


@dataclass(frozen=True, slots=True)
class Screen:
    """The root window, and the mask of a resource's number within its client."""

    root: int
    resource_mask: int


class _Extension(ctypes.Structure):
    """xcb_extension_t. libxcb writes ``global_id``; it lives as long as the program."""

    _fields_ = (("name", c_char_p), ("global_id", c_int))


class _Part(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", c_void_p), ("size", c_size_t))


class _Request(ctypes.Structure):
    """xcb_protocol_request_t."""

    _fields_ = (
        ("count", c_size_t),
        ("extension", POINTER(_Extension)),
        ("opcode", c_ubyte),
        ("is_void", c_ubyte),
    )


class _Screens(ctypes.Structure):
    """xcb_screen_iterator_t; a screen begins with its root window."""

    _fields_ = (("data", POINTER(c_uint32)), ("rem", c_int), ("index", c_int))


_XRES = _Extension(b"X-Resource", 0)

_DECLARED: dict[str, tuple[Any, list[Any]]] = {
    "xcb_connect": (c_void_p, [c_char_p, POINTER(c_int)]),
    "xcb_connection_has_error": (c_int, [c_void_p]),
    "xcb_disconnect": (None, [c_void_p]),
    "xcb_get_setup": (c_void_p, [c_void_p]),
    "xcb_setup_roots_iterator": (_Screens, [c_void_p]),
    "xcb_screen_next": (None, [POINTER(_Screens)]),
    "xcb_get_extension_data": (c_void_p, [c_void_p, POINTER(_Extension)]),
    "xcb_send_request": (c_uint, [c_void_p, c_int, POINTER(_Part), POINTER(_Request)]),
    "xcb_wait_for_reply": (c_void_p, [c_void_p, c_uint, c_void_p]),
    "xcb_poll_for_event": (c_void_p, [c_void_p]),
}


class XcbWire:
    """A Wire over libxcb. Never closed: it lives as long as the program."""

    def __init__(self, xcb: ctypes.CDLL, connection: int, screen: int) -> None:
        self._xcb = xcb
        self._connection = connection
        self._free = ctypes.CDLL(None).free
        self._free.argtypes, self._free.restype = [c_void_p], None
        self.screen = self._find_screen(screen)
        answer = xcb.xcb_get_extension_data(connection, byref(_XRES))
        self.has_xres = bool(answer) and ctypes.string_at(answer, 9)[8] != 0

    @classmethod
    def connect(cls, display: str) -> XcbWire | None:
        """Connect; None when there is no library or no server, or it does not let us."""
        try:
            xcb = ctypes.CDLL(_LIBRARY)
        except OSError:
            return None
        for name, (result, arguments) in _DECLARED.items():
            function = getattr(xcb, name)
            function.restype, function.argtypes = result, arguments
        screen = c_int()
        connection = xcb.xcb_connect(display.encode(), byref(screen))
        if xcb.xcb_connection_has_error(connection):
            xcb.xcb_disconnect(connection)
            return None
        return cls(xcb, connection, screen.value)

    def send(self, opcode: int, body: bytes, xres: bool = False) -> int:
        """See Wire; ``body`` is a multiple of four bytes. libxcb fills the four before it."""
        data = ctypes.create_string_buffer(bytes(4) + body, 4 + len(body))
        parts = (_Part * 3)()  # the first two are libxcb's to use
        parts[2] = _Part(ctypes.addressof(data), len(data))
        extension = ctypes.pointer(_XRES) if xres else None
        request = _Request(1, extension, opcode, 0)
        third = ctypes.cast(byref(parts, 2 * ctypes.sizeof(_Part)), POINTER(_Part))
        return int(self._xcb.xcb_send_request(self._connection, _CHECKED, third, byref(request)))

    def receive(self, ticket: int) -> bytes | None:
        """See Wire."""
        reply = self._xcb.xcb_wait_for_reply(self._connection, ticket, None)
        if not reply:
            return None
        size = 32 + 4 * int(c_uint32.from_address(reply + 4).value)
        data = ctypes.string_at(reply, size)
        self._free(reply)
        return data

    def forget_events(self) -> None:
        """See Wire."""
        while event := self._xcb.xcb_poll_for_event(self._connection):
            self._free(event)

    def _find_screen(self, number: int) -> Screen:
        setup = self._xcb.xcb_get_setup(self._connection)
        screens = self._xcb.xcb_setup_roots_iterator(setup)
        for _ in range(number):
            self._xcb.xcb_screen_next(byref(screens))
        mask = c_uint32.from_address(setup + _MASK_OFFSET).value
        return Screen(int(screens.data[0]), int(mask))
