"""A picture of every state of the window, light and dark, to be looked at by a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from dumpengine import PRESETS, MinidumpType
from gui import theme
from tests.support.gui_fakes import FakeEngine, disk_full, ended

ARTEFACTS = Path(__file__).parents[1] / "artefacts"


def first_start(desk) -> None:
    """Nothing chosen, nothing captured."""


def nothing_found(desk) -> None:
    desk.window.processes.search.setText("is:mine checkuot")


def bad_search(desk) -> None:
    desk.window.processes.search.setText("/[/")


def chosen(desk) -> None:
    desk.window.dumping.options.set_dump_type(PRESETS["full"].value)
    desk.select(4711)
    desk.bot.waitUntil(lambda: desk.window.dumping.options.estimate.text() == "about 2.1 GB")


def several(desk) -> None:
    desk.select(4711, 5120, 4750)


def refused(desk) -> None:
    desk.select(4750)


def tree(desk) -> None:
    desk.window.actions_.tree.setChecked(True)
    chosen(desk)


def estimating(desk) -> None:
    desk.engine.estimate_gate.clear()
    desk.select(4711)
    desk.bot.waitUntil(lambda: desk.window.dumping.options.estimate.text() == "estimating…")


def no_space(desk) -> None:
    desk.engine.free = 1 << 30
    desk.window.dumping.destination.refresh_space()
    chosen(desk)
    desk.bot.waitUntil(lambda: not desk.window.dumping.options.button.isEnabled())


def contradiction(desk) -> None:
    chosen(desk)
    flags = desk.window.dumping.options.flags
    desk.window.dumping.options.set_dump_type(
        MinidumpType.WithFullMemory | MinidumpType.FilterMemory | MinidumpType.FilterTriage
    )
    for group, section in flags.sections.items():
        section.set_opened(group.name == "PRIVACY")
    QApplication.processEvents()


def capturing(desk) -> None:
    chosen(desk)
    row = desk.dump(4711)
    row.toggle_details()
    desk.bot.waitUntil(lambda: "heap" in row._details.log.toPlainText())


def cancelling(desk) -> None:
    chosen(desk)
    row = desk.dump(4711)
    desk.engine.captures[0].cancel = lambda: None
    desk.window.dumping.captures.cancel(row.item)


def outcomes(desk) -> None:
    chosen(desk)
    for result in (disk_full, ended):
        desk.engine.result = result
        desk.finish(desk.dump(4711))
    row = desk.dump(4711)
    desk.window.dumping.captures.cancel(row.item)
    desk.bot.waitUntil(lambda: row.item.state.ended)
    desk.engine.result = FakeEngine().result
    desk.finish(desk.dump(4711))


def failure_details(desk) -> None:
    chosen(desk)
    desk.engine.result = disk_full
    row = desk.dump(4711)
    desk.finish(row)
    row.toggle_details()


STATES: tuple[Callable[..., None], ...] = (
    first_start, nothing_found, bad_search, chosen, several, refused, tree, estimating, no_space,
    contradiction, capturing, cancelling, outcomes, failure_details,
)  # fmt: skip


@pytest.mark.parametrize("scheme", [theme.Scheme.LIGHT, theme.Scheme.DARK])
@pytest.mark.parametrize("state", STATES)
def test_a_picture_of(desk, state, scheme):
    theme.apply(QApplication.instance(), scheme)
    desk.window.resize(QSize(1280, 840))
    state(desk)
    QApplication.processEvents()
    picture = desk.window.grab()
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{state.__name__}-{scheme.value}.png"
    assert picture.save(str(path))
    assert theme.is_dark() is (scheme is theme.Scheme.DARK)
    assert picture.size() == desk.window.size() * desk.window.devicePixelRatio()
