"""Whose window it is: the server's word before the client's, and no stranger's process id."""

from __future__ import annotations

import socket
import struct

from gui.xserver import XServer
from tests.support.fake_wire import FakeWire, window

HERE = socket.gethostname().encode()


def pid(number: int) -> bytes:
    return struct.pack("=I", number)


def test_the_server_knows_the_process_of_a_client_by_any_of_its_windows():
    wire = FakeWire()
    wire.clients = {3: 103, 4: 104}
    windows = [window(3, 7), window(3, 0x1FFFFF), window(4), window(5)]
    confirmed = wire.server().confirmed_pids(windows)
    assert confirmed == dict(zip(windows, (103, 103, 104), strict=False))


def test_windows_of_the_server_itself_are_not_asked_for():
    wire = FakeWire()
    assert wire.server().confirmed_pids([wire.screen.root]) == {}
    assert wire.asked_xres == 0


def test_where_the_server_is_elsewhere_its_process_ids_are():
    wire = FakeWire()
    wire.clients = {3: 103}
    assert wire.server(here=False).confirmed_pids([window(3)]) == {}


def test_without_the_extension_it_is_not_asked():
    wire = FakeWire()
    wire.has_xres = False
    assert wire.server().confirmed_pids([window(3)]) == {}
    assert wire.asked_xres == 0


def test_a_client_is_believed_when_it_runs_here():
    wire = FakeWire()
    wire.add(window(1), _NET_WM_PID=pid(101), WM_CLIENT_MACHINE=HERE)
    wire.add(window(2), _NET_WM_PID=pid(102), WM_CLIENT_MACHINE=HERE + b".example.org")
    wire.add(window(3), _NET_WM_PID=pid(103), WM_CLIENT_MACHINE=b"not-" + HERE)
    wire.add(window(4), _NET_WM_PID=pid(104))
    windows = [window(client) for client in (1, 2, 3, 4, 5)]
    believed = wire.server().claimed_pids(windows)
    assert believed == {window(1): 101, window(2): 102, window(4): 104}
    assert window(4) not in wire.server(here=False).claimed_pids(windows)


def test_no_display_no_server(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert XServer.connect() is None
    assert XServer.connect(":4711") is None
