"""Pointing at a real window on a screen that nobody sees."""

from __future__ import annotations

from gui.picking.picked import Picked
from gui.picking.x11 import X11Picker
from tests.support.x_display import needs_xvfb, window_program, x_display


@needs_xvfb
def test_the_window_under_the_pointer():
    with x_display() as display:
        server = display.connect()
        assert server is not None
        picker = X11Picker(server)
        assert picker.pick() is None
        with window_program(display, "under the pointer") as program:
            assert picker.pick() == Picked(program.pid)
