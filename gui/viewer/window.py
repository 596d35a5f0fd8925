"""Look inside a dump."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from dumpengine import Stacks
from gui import format as words
from gui import theme
from gui.background import Background
from gui.i18n import tr
from gui.plain import PlainLabel
from gui.services import Services
from gui.stacks.looking import Looker
from gui.theme import Tone
from gui.viewer import fields
from gui.viewer.loader import Loaded, load
from gui.viewer.overview import Overview, headline, opens_in, second_line
from gui.viewer.pages import BytesPage, MemoryPage
from gui.viewer.table import RowsView
from gui.viewer.threads_page import ThreadsPage
from gui.widgets import ElidedLabel


class ViewerWindow(QMainWindow):
    """Shows one dump; reads it off the main thread, closes it with the window."""

    def __init__(
        self,
        path: Path,
        services: Services,
        background: Background,
        parent: QWidget | None = None,
        *,
        symbols: Sequence[Path] = (),
    ) -> None:
        super().__init__(parent)
        self.path = path
        self._begin_walk = partial(services.stacks, path, symbols)
        self._looker = Looker(background, self)
        self._loaded: Loaded | None = None
        self._background = background
        self._build_ui()
        self._connect()
        background.run(self, partial(load, services, path), self._on_loaded, self._on_failed)

    def _build_ui(self) -> None:
        self.setObjectName("viewer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Look inside: {name}").format(name=self.path.name))
        self.setWindowIcon(theme.app_icon())
        line = self.fontMetrics().lineSpacing()
        self.resize(line * 72, line * 46)
        self.message = PlainLabel(tr("Reading {name}…").format(name=self.path.name), self)
        self.message.setObjectName("viewerMessage")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.message)
        self._stack.addWidget(self._build_pages())
        self.setCentralWidget(self._stack)

    def _build_pages(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        self.headline = ElidedLabel(page, secondary=False)
        font = self.headline.font()
        font.setBold(True)
        self.headline.setFont(font)
        self.second = ElidedLabel(page)
        self.readers = ElidedLabel(page, secondary=False)
        self.tabs = QTabWidget(page)
        self.tabs.setAccessibleName(tr("Pages"))
        self.overview = Overview(page)
        self.threads = ThreadsPage(self._background, page)
        self.modules = RowsView(tr("Modules"), fields.module_fields(), page)
        self.memory = MemoryPage(page)
        self.handles = RowsView(tr("Handles"), fields.handle_fields(), page)
        self.streams = RowsView(tr("Streams"), fields.stream_fields(), page)
        self.bytes = BytesPage(page)
        for widget, title in (
            (self.overview, tr("Overview")),
            (self.threads, tr("Threads")),
            (self.modules, tr("Modules")),
            (self.memory, tr("Memory")),
            (self.handles, tr("Handles")),
            (self.streams, tr("Streams")),
            (self.bytes, tr("Text")),
        ):
            self.tabs.addTab(widget, title)
        for label in (self.headline, self.second, self.readers):
            layout.addWidget(label)
        layout.addWidget(self.tabs, 1)
        return page

    def _connect(self) -> None:
        for key in (QKeySequence(Qt.Key.Key_Escape), QKeySequence(QKeySequence.StandardKey.Close)):
            shortcut = QShortcut(key, self)
            shortcut.activated.connect(self.close)
        self._looker.looked.connect(self._on_looked)
        self._looker.failed.connect(self.threads.show_no_stacks)
        self.overview.thread_wanted.connect(self._on_thread_wanted)

    @property
    def loaded(self) -> Loaded | None:
        """The dump, once it has been read."""
        return self._loaded

    def _on_loaded(self, loaded: Loaded) -> None:
        self._loaded = loaded
        found = loaded.description
        self.headline.setText(headline(found))
        self.second.setText(second_line(found))
        self.readers.setText(opens_in(loaded))
        theme.tint(self.readers, Tone.GOOD if loaded.report.ok else Tone.BAD)
        self.overview.show_dump(loaded)
        self.threads.show_dump(loaded)
        self.modules.show_rows(found.modules)
        self.memory.show_dump(loaded)
        self.handles.show_rows(found.handles or ())
        self.streams.show_rows(found.streams)
        self.bytes.show_dump(loaded)
        self._stack.setCurrentIndex(1)
        self._looker.look(self._begin_walk())

    @Slot(object)
    def _on_looked(self, stacks: Stacks) -> None:
        self.threads.show_stacks(stacks)
        self.overview.show_stacks(stacks)

    @Slot(object)
    def _on_thread_wanted(self, tid: int) -> None:
        self.tabs.setCurrentWidget(self.threads)
        self.threads.choose_thread(tid)

    def _on_failed(self, error: Exception) -> None:
        cause = words.cause(error)
        remedy = words.remedy(error)
        self.message.setText(f"{self.path}\n\n{cause}\n{remedy}")

    def closeEvent(self, event: QCloseEvent) -> None:
        self._looker.cancel()
        if self._loaded is not None:
            self._loaded.dump.close()
            self._loaded = None
        super().closeEvent(event)
