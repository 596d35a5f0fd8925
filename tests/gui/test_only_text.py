"""Whatever processes and dumps are called, the window shows it as text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLabel, QMenu, QWidget

import gui
from dumpengine import SoftError
from dumpengine.format.stream_types import StreamType
from gui.dialogs import Dialogs, Question
from gui.notifier import Notifier
from gui.processes.details import ProcessDetails
from gui.viewer.window import ViewerWindow
from tests.support.gui_fakes import FakeEngine, failed, refused, row, succeeded
from tests.support.synth import small_dump

TAG = "<img src=/tmp/pipe>"
HOSTILE = f"a<b>&bold{TAG}\u202e\x1b[2J"
SOURCES = Path(gui.__file__).parent


def obeyed(text: str) -> bool:
    """Whether Qt would read the tag rather than show it, where it guesses what a text is."""
    return bool(QtText.mightBeRichText(text)) and TAG in text


def texts_of(model: QAbstractItemModel) -> Iterator[tuple[str, str]]:
    """Every cell's tooltip, and every heading's."""
    role = Qt.ItemDataRole.ToolTipRole
    # A list's model keeps its number of columns, one, to itself.
    columns = range(
        1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
    )
    for column in columns:
        yield "heading", str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
    places = [QModelIndex()]
    while places:
        parent = places.pop()
        for line in range(model.rowCount(parent)):
            places.append(model.index(line, 0, parent))
            for column in columns:
                cell = model.index(line, column, parent)
                yield "cell's tooltip", str(model.data(cell, role) or "")


def guessed_texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    """Every text of this widget of which Qt would guess whether it is HTML."""
    yield "tooltip", widget.toolTip()
    yield "help", widget.whatsThis()
    if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
        yield "label", widget.text()
    if isinstance(widget, (QAbstractItemView, QComboBox)) and widget.model() is not None:
        yield from texts_of(widget.model())
    for action in (*widget.actions(), *widget.findChildren(QAction)):
        yield "action's tooltip", action.toolTip()
        yield "action's help", action.whatsThis()


def walk() -> int:
    """Fail when a text of any widget there is would be obeyed; returns how often TAG was seen."""
    seen = 0
    for widget in QApplication.allWidgets():
        for kind, text in guessed_texts(widget):
            assert not obeyed(text), f"{kind} of {widget.objectName() or widget!r}: {text}"
        shown = [text for _, text in guessed_texts(widget)]
        shown += [widget.text()] if isinstance(widget, QLabel) else []
        seen += any(TAG in text or "&lt;img src=/tmp/pipe&gt;" in text for text in shown)
    return seen


@pytest.fixture
def hostile_desk(make_desk):
    facts = {"cmdline": HOSTILE, "exe": f"/{HOSTILE}", "user": HOSTILE, "status": "sleeping"}
    engine = FakeEngine(
        (
            row(10, HOSTILE, **facts),
            refused(11, HOSTILE, f"traced by {HOSTILE}", f"{HOSTILE} traces it.", **facts),
        )
    )
    return make_desk(engine)


def test_the_list_its_menus_and_details(hostile_desk):
    desk = hostile_desk
    for pid in (10, 11):
        desk.select(pid)
        entry = desk.window.processes.find_process(pid)
        details = ProcessDetails(entry, desk.window.processes.model.columns, desk.window)
        desk.bot.addWidget(details)
        menu = QMenu(desk.window)
        desk.window.dumping.fill_menu(menu)
        assert walk() >= 2
    desk.window.processes.search.setText(f"is:{TAG}")
    desk.bot.waitUntil(desk.window.processes.problem.isVisible)
    assert walk() >= 2


def test_captures_and_history(hostile_desk):
    desk = hostile_desk
    problem = SoftError(where=HOSTILE, what=HOSTILE, address=1, skipped=4096)
    outcomes = (
        lambda request: succeeded(request, warnings=(HOSTILE,), skipped=(problem,)),
        lambda request: failed(request, 0x80004005, "failed", HOSTILE, HOSTILE),
    )
    desk.engine.steps = tuple(replace(step, last=HOSTILE) for step in desk.engine.steps)
    for outcome in outcomes:
        desk.engine.result = outcome
        shown = desk.dump(10)
        shown.toggle.click()
        assert walk() >= 2
        desk.finish(shown)
        assert walk() >= 2
    desk.window.dumping.bottom.setCurrentIndex(1)
    assert walk() >= 2


def test_a_viewer_of_such_a_dump(hostile_desk, tmp_path):
    desk = hostile_desk
    small = small_dump().stream(StreamType.LinuxCmdLine, HOSTILE.encode() + b"\0")
    small.stream(StreamType.CommentStreamW, (HOSTILE + "\0").encode("utf-16-le"))
    small.module(0x10000, 0x1000, f"/{HOSTILE}.so")
    path = tmp_path / "x.dmp"
    path.write_bytes(small.build())
    outside = desk.window.dumping
    viewer = ViewerWindow(path, desk.engine.services(), outside.background)
    viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    desk.bot.addWidget(viewer)
    viewer.show()
    desk.bot.waitUntil(lambda: viewer.loaded is not None)
    assert walk() >= 2


def test_questions_and_messages(hostile_desk):
    window = hostile_desk.window
    question = Question(HOSTILE, HOSTILE, HOSTILE, (("yes", "Yes"), ("no", "No")))
    Dialogs().ask(window, question, lambda _answer: None)
    Dialogs().tell(window, HOSTILE, HOSTILE)
    assert walk() >= 2
    for box in window.findChildren(QWidget):
        if box.isWindow() and box is not window:
            box.close()


def test_notifications_are_not_markup(hostile_desk, monkeypatch):
    told = Notifier(hostile_desk.window)
    said: list[str] = []
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
    monkeypatch.setattr("gui.notifier.QSystemTrayIcon.isSystemTrayAvailable", lambda: True)
    icon = told._make_icon()
    monkeypatch.setattr(icon, "showMessage", lambda title, text, _kind: said.extend((title, text)))
    told.tell(HOSTILE, HOSTILE, failed=False)
    assert len(said) == 2
    assert not any(set(text) & set("<>\x1b") for text in said)


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.py")), ids=lambda path: path.stem)
def test_labels_and_tooltips_are_made_in_one_place(path):
    """A label of Qt's own, or a tooltip set past ``set_tip``, would guess again."""
    if path == SOURCES / "plain.py":
        return
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\bQLabel\(|\.setToolTip\(", source)
    assert not re.search(r"setItemData\((?:(?!tip\()[^)])*ToolTipRole", source)
