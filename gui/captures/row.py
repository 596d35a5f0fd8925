"""A capture's row: a sentence that changes, and the next step when it is over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QStyle,
    QStyleOptionFocusRect,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dumpengine import MinidumpType
from gui import format as words
from gui import theme
from gui.captures import words as sentences
from gui.captures.details import CaptureDetails
from gui.captures.item import CaptureItem, CaptureState
from gui.captures.remedy import Remedy, remedies
from gui.captures.words import warning_words
from gui.i18n import tr
from gui.plain import PlainLabel, set_tip
from gui.theme import Tone
from gui.widgets import ElidedLabel, icon_button, refresh_icons

_MARKS = {
    CaptureState.WAITING: ("waiting", Tone.PLAIN),
    CaptureState.RUNNING: ("running", Tone.PLAIN),
    CaptureState.CANCELLING: ("running", Tone.CAUTION),
    CaptureState.DONE: ("done", Tone.GOOD),
    CaptureState.FAILED: ("failed", Tone.BAD),
    CaptureState.CANCELLED: ("cancelled", Tone.PLAIN),
}
_BAR_STEPS = 1000
_SETTLE = 800  # milliseconds in which a second click on Cancel may still come
_NO_CLICKS = Qt.WidgetAttribute.WA_TransparentForMouseEvents


def _mark(item: CaptureItem) -> tuple[str, Tone]:
    """A dump that is not all that was wanted gets no plain tick."""
    result = item.result
    if result and result.ok and warning_words(result.target_ended, result.of_one_moment):
        return "warning", Tone.CAUTION
    return _MARKS[item.state]


class CaptureRow(QFrame):
    """Follows one CaptureItem.

    Signals:
        cancel_wanted, open_folder_wanted, copy_path_wanted, look_wanted, delete_wanted,
        remove_wanted: with the item.
        remedy_wanted: with the item and the Remedy.
        details_toggled: with this row.
    """

    cancel_wanted = Signal(object)
    open_folder_wanted = Signal(object)
    copy_path_wanted = Signal(object)
    look_wanted = Signal(object)
    delete_wanted = Signal(object)
    remove_wanted = Signal(object)
    remedy_wanted = Signal(object, object)
    details_toggled = Signal(object)

    def __init__(
        self,
        item: CaptureItem,
        elevation_obstacle: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.item = item
        self._elevation_obstacle = elevation_obstacle
        self._details: CaptureDetails | None = None
        self._buttons_for: tuple[CaptureState, MinidumpType | None] | None = None
        self._build_ui()
        self._connect()
        self._show()

    def _build_ui(self) -> None:
        self.setObjectName("captureRow")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        outer = QVBoxLayout(self)
        unit = self.fontMetrics().averageCharWidth()
        outer.setContentsMargins(unit, unit // 2, unit, unit // 2)
        outer.setSpacing(2)
        grid = QGridLayout()
        grid.setHorizontalSpacing(unit)
        grid.setVerticalSpacing(2)
        self._grid = grid
        self._build_first_line(grid)
        self._build_second_line(grid)
        outer.addLayout(grid)
        self._outer = outer

    def _build_first_line(self, grid: QGridLayout) -> None:
        self.toggle = icon_button("right", tr("Show the callback log"), self)
        self.mark = PlainLabel("", self)
        self.name = ElidedLabel(self, secondary=False)
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.type = PlainLabel("", self)
        self.headline = ElidedLabel(self, secondary=False)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.setMaximumHeight(self.fontMetrics().height())
        self.amount = PlainLabel("", self)
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        unit = self.fontMetrics().averageCharWidth()
        self.name.setFixedWidth(unit * 30)
        self.type.setMinimumWidth(unit * 13)
        self.amount.setMinimumWidth(unit * 40)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(2)
        for column, widget in enumerate(
            (self.toggle, self.mark, self.name, self.type, self.headline, self.bar, self.amount)
        ):
            grid.addWidget(widget, 0, column)
        grid.addLayout(self.buttons, 0, 7)
        grid.setColumnStretch(4, 3)
        grid.setColumnStretch(5, 4)

    def _build_second_line(self, grid: QGridLayout) -> None:
        self.second = ElidedLabel(self)
        grid.addWidget(self.second, 1, 2, 1, 6)

    def _connect(self) -> None:
        self.item.changed.connect(self._show)
        self.toggle.clicked.connect(self.toggle_details)

    # -- showing ---------------------------------------------------------------------------------

    @Slot()
    def _show(self) -> None:
        item = self.item
        name, tone = _mark(item)
        height = self.fontMetrics().height()
        self.mark.setPixmap(theme.icon(name, tone).pixmap(height, height))
        self.mark.setAccessibleName(item.state.value)
        self.name.setText(f"{item.request.name} · {item.request.key.pid}")
        self.type.setText(sentences.type_name(item.request.options.dump_type))
        set_tip(self.type, words.hex_type(item.request.options.dump_type))
        self.headline.setText(sentences.headline(item))
        self._show_progress()
        second = sentences.second_line(item)
        self.second.setText(second)
        self.second.setVisible(bool(second))
        self._show_buttons()
        self.setAccessibleName(f"{self.name.text()}: {self.headline.text()}")
        self.setAccessibleDescription(second)

    def _show_progress(self) -> None:
        running = not self.item.state.ended
        self._grid.removeWidget(self.headline)
        self._grid.addWidget(self.headline, 0, 4, 1, 1 if running else 3)
        self.bar.setVisible(running)
        self.amount.setVisible(running)
        if not running:
            return
        self.amount.setText(sentences.amount(self.item))
        progress = self.item.progress
        if progress is None or not progress.total:
            self.bar.setRange(0, 0 if self.item.state is CaptureState.RUNNING else _BAR_STEPS)
            return
        self.bar.setRange(0, _BAR_STEPS)
        self.bar.setValue(min(_BAR_STEPS, progress.done * _BAR_STEPS // progress.total))

    def _show_buttons(self) -> None:
        wanted = (self.item.state, self.item.smaller)
        if self._buttons_for == wanted:
            return
        self._buttons_for = wanted
        while taken := self.buttons.takeAt(0):
            if widget := taken.widget():
                widget.hide()
                widget.deleteLater()
        if not self.item.state.ended:
            self._add_cancel()
        elif self.item.state is CaptureState.DONE:
            self._add_next_steps()
        else:
            self._add_remedies()
        if self.item.state.ended:
            self._hold_clicks()

    def _hold_clicks(self) -> None:
        """Let no click that was meant for Cancel reach what has come to its place meanwhile."""
        for button in self.findChildren(QToolButton):
            if self.buttons.indexOf(button) >= 0:
                button.setAttribute(_NO_CLICKS)
                timer = QTimer(button)  # with its receiver, a single shot is new in PySide6 6.7
                timer.setSingleShot(True)
                timer.timeout.connect(partial(button.setAttribute, _NO_CLICKS, False))
                timer.start(_SETTLE)

    def _add_cancel(self) -> None:
        button = self._add("cancel", tr("Cancel"), self._on_cancel, "cancelCapture")
        button.setEnabled(self.item.state is not CaptureState.CANCELLING)

    def _add_next_steps(self) -> None:
        self._add("folder", tr("Open folder"), self._on_open_folder, "openFolder")
        self._add("copy", tr("Copy path"), self._on_copy_path, "copyPath")
        self._add("look", tr("Look inside"), self._on_look, "lookInside")
        self._add("delete", tr("Delete the dump"), self._on_delete, "deleteDump", False)

    def _add_remedies(self) -> None:
        if self.item.result is not None:
            for remedy in remedies(self.item.result, self.item.smaller):
                button = self._add(remedy.icon, remedy.title, self._on_remedy, remedy.value)
                button.setProperty("remedy", remedy.value)
                if remedy is Remedy.ADMINISTRATOR:
                    self._explain_obstacle(button)
        if self.item.state is CaptureState.FAILED:
            self._add("details", tr("Details"), self.toggle_details, "details")
        self._add("cancel", tr("Take off the list"), self._on_remove, "removeRow", False)

    def _explain_obstacle(self, button: QToolButton) -> None:
        obstacle = self._elevation_obstacle()
        button.setEnabled(not obstacle)
        set_tip(button, obstacle or tr("Asks for administrator rights for this one capture"))
        button.setAccessibleDescription(button.toolTip())
        if obstacle:
            self.second.setText(f"{self.second.text()} {obstacle}".strip())

    def _add(
        self, icon: str, text: str, slot: Callable[[], None], name: str, text_shown: bool = True
    ) -> QToolButton:
        button = icon_button(icon, text, self, text_shown)
        button.setObjectName(name)
        button.clicked.connect(slot)
        self.buttons.addWidget(button)
        return button

    # -- slots -----------------------------------------------------------------------------------

    @Slot()
    def toggle_details(self) -> None:
        """Open or close the callback log, the curve and the whole result."""
        if self._details is None:
            self._details = CaptureDetails(self.item, self)
            self._outer.insertWidget(1, self._details)
            self._details.show()
        else:
            self._details.setVisible(self._details.isHidden())
        shown = not self._details.isHidden()
        self.toggle.setIcon(theme.icon("down" if shown else "right"))
        self.toggle.setProperty("icon_name", "down" if shown else "right")
        self.details_toggled.emit(self)

    @Slot()
    def tick(self) -> None:
        """Time has passed: the clock and “no news for” move on."""
        if not self.item.state.ended:
            self._show()

    @Slot()
    def _on_cancel(self) -> None:
        self.cancel_wanted.emit(self.item)

    @Slot()
    def _on_open_folder(self) -> None:
        self.open_folder_wanted.emit(self.item)

    @Slot()
    def _on_copy_path(self) -> None:
        self.copy_path_wanted.emit(self.item)

    @Slot()
    def _on_look(self) -> None:
        self.look_wanted.emit(self.item)

    @Slot()
    def _on_delete(self) -> None:
        self.delete_wanted.emit(self.item)

    @Slot()
    def _on_remove(self) -> None:
        self.remove_wanted.emit(self.item)

    @Slot()
    def _on_remedy(self) -> None:
        button = self.sender()
        if button is not None:
            self.remedy_wanted.emit(self.item, Remedy(button.property("remedy")))

    # -- Qt overrides ----------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            refresh_icons(self)
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle_details()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            painter = QPainter(self)
            element = QStyle.PrimitiveElement.PE_FrameFocusRect
            self.style().drawPrimitive(element, option, painter, self)
