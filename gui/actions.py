"""Every action of the window, made in one place: text, icon, shortcut, status tip."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.i18n import tr
from gui.plain import set_tip

Shortcut = str | QKeySequence.StandardKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The window's actions; menus, tool buttons and the context menu share them."""

    open_dump: QAction
    change_folder: QAction
    settings: QAction
    quit: QAction
    dump: QAction
    dump_tree: QAction
    find: QAction
    pick_window: QAction
    copy_row: QAction
    copy_pid: QAction
    details: QAction
    stacks: QAction
    watch: QAction
    program_folder: QAction
    refresh: QAction
    pause: QAction
    cancel_all: QAction
    clear_ended: QAction
    tree: QAction
    expand: QAction
    collapse: QAction
    mine: QAction
    all: QAction
    kernel_threads: QAction
    show_captures: QAction
    show_watches: QAction
    show_history: QAction
    shortcuts: QAction
    news: QAction
    about: QAction

    def refresh_icons(self) -> None:
        """Draw the icons in the colours of a changed palette."""
        for field in fields(self):
            action: QAction = getattr(self, field.name)
            if name := action.property("icon_name"):
                action.setIcon(theme.icon(str(name)))


def make_actions(parent: QWidget) -> Actions:
    """Create the actions; whoever answers them connects them."""

    def make(text: str, shortcut: Shortcut = "", icon: str = "", tip: str = "") -> QAction:
        return _make(parent, _Look(text, shortcut, icon, tip))

    def switch(text: str, shortcut: Shortcut = "", icon: str = "", tip: str = "") -> QAction:
        action = make(text, shortcut, icon, tip)
        action.setCheckable(True)
        return action

    standard = QKeySequence.StandardKey
    return Actions(
        open_dump=make(tr("&Open dump…"), standard.Open, "open", tr("Look inside a dump file")),
        change_folder=make(tr("Dump &folder…"), "", "folder", tr("Choose where dumps go")),
        settings=make(tr("&Settings…"), "Ctrl+,", "settings", tr("All settings in one place")),
        quit=make(tr("&Quit"), "Ctrl+Q"),
        dump=make(
            tr("&Dump with the ticked options"), "Ctrl+D", "dump", tr("Dump what is selected")
        ),
        dump_tree=make(
            tr("With all its &children"),
            "Ctrl+Shift+D",
            "",
            tr("Dump the process and all it started, as of one moment"),
        ),
        find=make(tr("&Find…"), standard.Find, "search", tr("Go to the search box")),
        pick_window=make(
            tr("&Window…"), "Ctrl+W", "target", tr("Find the process of a window by pointing at it")
        ),
        copy_row=make(tr("&Copy row"), standard.Copy, "copy", tr("Copy the selected rows")),
        copy_pid=make(tr("Copy &PID"), "Ctrl+Shift+C", "", tr("Copy the process ids")),
        details=make(tr("D&etails"), "Alt+Return", "details", tr("All facts of this process")),
        stacks=make(
            tr("Show s&tacks"),
            "Ctrl+Shift+T",
            "",
            tr("What each thread does and waits for; the process stands still for milliseconds"),
        ),
        watch=make(
            tr("&Watch…"), "Ctrl+Shift+W", "", tr("Dump it later, when something happens to it")
        ),
        program_folder=make(tr("Open the program's fo&lder"), "", "folder"),
        refresh=make(tr("&Refresh"), "F5", "refresh", tr("Look at the processes now")),
        pause=switch(tr("&Pause"), "F6", "pause", tr("Let the list stand still")),
        cancel_all=make(tr("Cancel &all"), "Ctrl+Shift+X", "cancel", tr("Cancel all captures")),
        clear_ended=make(tr("Clear &ended"), "", "", tr("Take ended captures off the list")),
        tree=switch(tr("&Tree"), "Ctrl+T", "tree", tr("Show who started whom")),
        expand=make(tr("E&xpand all"), "Ctrl+E"),
        collapse=make(tr("C&ollapse all"), "Ctrl+Shift+E"),
        mine=switch(tr("&My processes"), "Alt+1"),
        all=switch(tr("&All processes"), "Alt+2"),
        kernel_threads=switch(tr("&Kernel threads"), "Ctrl+K"),
        show_captures=make(tr("&Captures"), "Ctrl+1"),
        show_watches=make(tr("&Watches"), "Ctrl+3"),
        show_history=make(tr("&History"), "Ctrl+2", "history", tr("Every dump made")),
        shortcuts=make(tr("&Keyboard shortcuts"), "F1"),
        news=make(tr("What is &new")),
        about=make(tr("&About DumpDesk")),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    text: str
    shortcut: Shortcut
    icon: str
    tip: str


def _make(parent: QWidget, look: _Look) -> QAction:
    action = QAction(look.text, parent)
    if look.shortcut:
        action.setShortcut(QKeySequence(look.shortcut))
    if look.icon:
        action.setIcon(theme.icon(look.icon))
        action.setProperty("icon_name", look.icon)
    shown = QKeySequence(look.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    if look.tip:
        action.setStatusTip(look.tip)
        set_tip(action, f"{look.tip} ({shown})" if shown else look.tip)
    return action
