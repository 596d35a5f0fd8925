"""The stacks of a running process: look, look again, see what did not move."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QToolBar, QVBoxLayout, QWidget

import dumpengine
from dumpengine import ProcessKey, Stacks
from gui import format as words
from gui import theme
from gui.background import Background
from gui.i18n import tr, tr_n
from gui.plain import PlainLabel, set_tip
from gui.stacks.findings import FindingsList
from gui.stacks.looking import Looker, Walk
from gui.stacks.view import StacksView


class StacksWindow(QMainWindow):
    """Shows what one running process does.

    ``begin`` makes a look at it. The process stands still for some milliseconds each time.

    Signals:
        copied: the text to put on the clipboard.
    """

    copied = Signal(str)

    def __init__(
        self,
        key: ProcessKey,
        name: str,
        begin: Callable[[], Walk],
        background: Background,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.key = key
        self._name = name
        self._begin = begin
        self._looker = Looker(background, self)
        self._last: Stacks | None = None
        self._looked_at = 0.0
        self._build_ui()
        self._connect()
        self.refresh()

    def _build_ui(self) -> None:
        self.setObjectName("stacks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = tr("Stacks of {name} ({pid})").format(name=self._name, pid=self.key.pid)
        self.setWindowTitle(dumpengine.printable(title))
        self.setWindowIcon(theme.app_icon())
        line = self.fontMetrics().lineSpacing()
        self.resize(line * 72, line * 40)
        self._build_tools()
        self.message = PlainLabel("", self)
        self.message.setObjectName("stacksMessage")
        self.message.setWordWrap(True)
        self.findings = FindingsList(self)
        self.view = StacksView(self)
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.addWidget(self.message)
        layout.addWidget(self.findings)
        layout.addWidget(self.view, 1)
        self.setCentralWidget(page)

    def _build_tools(self) -> None:
        bar = QToolBar(tr("Stacks"), self)
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        size = self.fontMetrics().height()
        bar.setIconSize(QSize(size, size))
        self.refresh_action = self._tool(bar, tr("Look &again"), "F5", "refresh")
        self.compare_action = self._tool(bar, tr("&Compare with the last look"), "Ctrl+M", "")
        self.compare_action.setCheckable(True)
        set_tip(self.compare_action, tr("Mark the threads that have not moved between two looks"))
        self.copy_action = self._tool(bar, tr("Copy &report"), "Ctrl+Shift+C", "copy")
        self.copy_action.setEnabled(False)
        self.addToolBar(bar)

    def _tool(self, bar: QToolBar, text: str, shortcut: str, icon: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(shortcut))
        if icon:
            action.setIcon(theme.icon(icon))
        bar.addAction(action)
        return action

    def _connect(self) -> None:
        self.refresh_action.triggered.connect(self.refresh)
        self.copy_action.triggered.connect(self.copy_report)
        self.findings.thread_wanted.connect(self.view.choose_thread)
        self._looker.looked.connect(self._on_looked)
        self._looker.failed.connect(self._on_failed)
        for key in (QKeySequence(Qt.Key.Key_Escape), QKeySequence(QKeySequence.StandardKey.Close)):
            QShortcut(key, self).activated.connect(self.close)

    @Slot()
    def refresh(self) -> None:
        """Look at the process now."""
        self.refresh_action.setEnabled(False)
        self.message.setText(tr("Looking at {name}…").format(name=self._name))
        self._looker.look(self._begin())

    @Slot()
    def copy_report(self) -> None:
        """Copy what is shown as text."""
        if self._last is not None:
            self.copied.emit("\n".join(dumpengine.stack_lines(self._last)))

    @Slot(object)
    def _on_looked(self, stacks: Stacks) -> None:
        now, before = time.monotonic(), self._last
        still = None
        if self.compare_action.isChecked() and before is not None:
            still = frozenset(dumpengine.did_not_move(before, stacks))
            stacks = dumpengine.with_earlier(before, stacks, now - self._looked_at)
        self._last, self._looked_at = stacks, now
        self._show(stacks, still)

    def _show(self, stacks: Stacks, still: frozenset[int] | None) -> None:
        self.refresh_action.setEnabled(True)
        self.copy_action.setEnabled(True)
        self.message.setText("\n".join([_headline(stacks, still), *stacks.warnings]))
        self.findings.show_findings(stacks.findings)
        self.view.show_stacks(stacks, still)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.refresh_action.setEnabled(True)
        cause = words.cause(error)
        self.message.setText(f"{cause} {words.remedy(error)}".strip())

    def closeEvent(self, event: QCloseEvent) -> None:
        self._looker.cancel()
        super().closeEvent(event)


def _headline(stacks: Stacks, still: frozenset[int] | None) -> str:
    parts = [tr_n("1 thread", "%n threads", len(stacks.threads))]
    if still is not None:
        parts.append(tr_n("1 did not move", "%n did not move", len(still)))
    if stacks.pause_ms is not None:
        parts.append(tr("stood still {time}").format(time=words.span(stacks.pause_ms)))
    parts.append(tr("looked at {time}").format(time=words.moment(time.time())))
    return " · ".join(parts)
