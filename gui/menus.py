"""The menu bar and the context menu, built from the shared actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from gui import settings as options
from gui import theme
from gui.actions import Actions
from gui.i18n import tr
from gui.plain import add_entry, set_tip
from gui.theme import Scheme

if TYPE_CHECKING:
    from gui.options.presets import Choice


class MenuBar:
    """Fills a window's menu bar. ``columns``, ``rates`` and ``schemes`` are filled by others."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        self._bar = window.menuBar()
        a = actions
        self._add(tr("&File"), a.open_dump, a.change_folder, None, a.settings, None, a.quit)
        self.process = self._add(
            tr("&Process"),
            *(
                a.dump,
                a.dump_tree,
                a.watch,
                None,
                a.find,
                a.pick_window,
                None,
                a.copy_row,
                a.copy_pid,
            ),
            *(a.details, a.stacks, a.program_folder, None, a.refresh, a.pause),
        )
        self.capture = self._add(tr("&Capture"), a.cancel_all, a.clear_ended)
        view = self._add(
            tr("&View"),
            *(a.mine, a.all, a.kernel_threads, None, a.tree, a.expand, a.collapse, None),
            *(a.show_captures, a.show_history, a.show_watches, None),
        )
        self.columns = view.addMenu(tr("Co&lumns"))
        self.rates = view.addMenu(tr("&Update every"))
        self.schemes = view.addMenu(tr("A&ppearance"))
        self._add(tr("&Help"), a.shortcuts, a.news, a.about)

    def _add(self, title: str, *actions: QAction | None) -> QMenu:
        menu = self._bar.addMenu(title)
        menu.setToolTipsVisible(True)
        for action in actions:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        return menu


def fill_rates(menu: QMenu, current: int, chosen: Callable[[QAction], None]) -> None:
    """Add the refresh rates; the action's data are the seconds."""
    group = QActionGroup(menu)
    for seconds in options.RATES:
        title = tr("1 second") if seconds == 1 else tr("{n} seconds").format(n=seconds)
        _add_choice(menu, group, title, seconds == current).setData(seconds)
    group.triggered.connect(chosen)


def fill_schemes(menu: QMenu, current: Scheme, chosen: Callable[[QAction], None]) -> None:
    """Add the appearances; the action's data are the scheme's value."""
    titles = {
        Scheme.SYSTEM: tr("As the system"),
        Scheme.LIGHT: tr("Light"),
        Scheme.DARK: tr("Dark"),
    }
    group = QActionGroup(menu)
    for scheme, title in titles.items():
        _add_choice(menu, group, title, scheme is current).setData(scheme.value)
    group.triggered.connect(chosen)


def _add_choice(menu: QMenu, group: QActionGroup, title: str, checked: bool) -> QAction:
    action = group.addAction(title)
    action.setCheckable(True)
    action.setChecked(checked)
    menu.addAction(action)
    return action


def fill_dump_menu(
    menu: QMenu, choices: tuple[Choice, ...], refusal: str, chosen: Callable[[], None]
) -> None:
    """Add a preset per entry (its data), or the one reason why there is nothing to choose."""
    menu.setToolTipsVisible(True)
    menu.setIcon(theme.icon("dump"))
    if refusal:
        add_entry(menu, refusal).setEnabled(False)
        return
    for choice in choices:
        action = add_entry(menu, choice.title)
        set_tip(action, choice.sentence)
        action.setStatusTip(choice.sentence)
        action.setData(int(choice.value))
        action.triggered.connect(chosen)
    menu.addSeparator()


def context_menu(parent: QWidget) -> QMenu:
    """Return an empty menu that deletes itself when it closes."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    return menu
