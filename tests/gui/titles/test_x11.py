"""Titles through a made-up X server, and through a real one that nobody sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gui.titles.facts import ProcessWindows
from gui.titles.x11 import X11Titles
from tests.support.fake_wire import FakeWire, window
from tests.support.x_display import Display, needs_xvfb, window_program, x_display


def titles(wire: FakeWire) -> dict[int, tuple[str, ...]]:
    found = X11Titles(wire.server).look()
    return {pid: each.titles for pid, each in found.items()}


def test_names_old_and_new():
    wire = FakeWire()
    wire.clients = {1: 101, 2: 102, 3: 103, 4: 104}
    wire.add(window(1), ("UTF8_STRING", "Übersicht – Kasse".encode()), WM_NAME=b"unwanted")
    wire.add(window(2), WM_NAME="Übersicht".encode("latin-1"))
    wire.add(window(3))
    wire.properties[window(3), "WM_NAME"] = (
        "COMPOUND_TEXT", b"K\xe4se \x1b%G\xe2\x80\x93\x1b%@ \x1b-Aa\xdf",
    )  # fmt: skip
    wire.add(window(4))
    assert titles(wire) == {101: ("Übersicht – Kasse",), 102: ("Übersicht",), 103: ("Käse – aß",)}


def test_a_long_title_is_cut_and_a_broken_one_shown():
    wire = FakeWire()
    wire.clients = {1: 101, 2: 102}
    wire.add(window(1), ("UTF8_STRING", b"x" * 5000))
    wire.add(window(2), ("UTF8_STRING", b"a\xffb"))
    found = titles(wire)
    assert 0 < len(found[101][0]) < 5000
    assert found[102] == ("a\ufffdb",)


def test_a_window_that_has_gone_is_left_out():
    wire = FakeWire()
    wire.clients = {1: 101, 2: 102}
    wire.add(window(1), ("UTF8_STRING", b"here"))
    wire.add(window(2), ("UTF8_STRING", b"gone"))
    server = wire.server()
    wire.existing.remove(window(2))  # between the list of windows and the questions about them
    found = X11Titles(lambda: server).look()
    assert found == {101: ProcessWindows(("here",))}


@pytest.mark.parametrize("count", [1, 50])
def test_many_windows_cost_as_many_exchanges_as_one(count):
    wire = FakeWire()
    for client in range(1, count + 1):
        wire.clients[client] = 100 + client
        wire.add(window(client), ("UTF8_STRING", b"title"))
    looking = X11Titles(wire.server)
    assert len(looking.look()) == count  # learns the numbers of names
    before = wire.exchanges
    assert len(looking.look()) == count
    assert wire.exchanges - before == 3


def test_without_a_server_nothing_is_seen_and_it_is_tried_once():
    tried = []
    looking = X11Titles(lambda: tried.append(1))
    assert looking.look() == looking.look() == {}
    assert tried == [1]


@pytest.fixture
def display() -> Iterator[Display]:
    with x_display() as made:
        yield made


@needs_xvfb
def test_a_real_window(display: Display):
    looking = X11Titles(display.connect)
    assert looking.look() == {}  # nobody has said yet which windows there are
    with window_program(display, "Kasse 3 – Übersicht") as program:
        display.manage(program.window, 0x123)
        assert looking.look() == {program.pid: ProcessWindows(("Kasse 3 – Übersicht",))}
        program.call_it("Kasse 4")
        assert looking.look() == {program.pid: ProcessWindows(("Kasse 4",))}
        program.end()
        assert looking.look() == {}


@needs_xvfb
def test_the_end_of_the_server_is_not_ours(display: Display):
    looking = X11Titles(display.connect)
    with window_program(display, "Kasse 3") as program:
        display.manage(program.window)
        assert looking.look()
        display.end()
        assert looking.look() == looking.look() == {}
