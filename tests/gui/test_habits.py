"""Keyboard, second starts, history, settings, details, trees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QStyle

from gui import settings as options
from gui.arguments import Arguments, parse
from gui.captures.item import CaptureState
from gui.processes.columns import ColumnId
from gui.processes.details import ProcessDetails
from gui.settings import Settings, settings_path
from gui.settings_dialog import SettingsDialog
from gui.single_instance import SingleInstance, hand_over, server_name
from gui.theme import Scheme
from gui.titles.facts import ProcessWindows
from gui.viewer.window import ViewerWindow
from tests.support.gui_fakes import row

REPOSITORY = Path(__file__).parents[2]


def test_the_keyboard_alone_makes_a_dump(desk):
    window, bot = desk.window, desk.bot
    bot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    window.actions_.find.trigger()
    bot.keyClicks(window.processes.search, "checkout")
    bot.keyClick(window.processes.search, Qt.Key.Key_Down)
    assert [entry.key.pid for entry in window.processes.selected()] == [4711]
    window.actions_.dump.trigger()
    assert desk.engine.captures[0].request.key.pid == 4711


def test_enter_shows_details(desk):
    desk.select(4750)
    desk.bot.keyClick(desk.window.processes.view, Qt.Key.Key_Return)
    details = desk.window.findChild(ProcessDetails)
    texts = [label.text() for label in details.findChildren(type(desk.window.processes.status))]
    assert "gdb (5121) is tracing postgres (4750)." in texts
    details.close()


def test_a_tree_is_dumped_children_first(desk):
    desk.select(4402)
    desk.window.actions_.dump_tree.trigger()
    order = [row.item.request.key.pid for row in desk.window.dumping.captures_panel.rows()]
    assert order == [5121, 4711, 4402]  # traced and ended ones cannot be dumped
    places = [capture.request.place for capture in desk.engine.captures]
    assert [place.number for place in places] == [0, 1, 2]  # all of them run, and wait for all
    assert len({place.together for place in places}) == 1


def test_too_large_a_tree_is_dumped_one_by_one(desk, monkeypatch):
    monkeypatch.setattr("gui.captures.launcher.TOGETHER_LIMIT", 2)
    desk.select(4402)
    desk.window.actions_.dump_tree.trigger()
    assert {row.item.request.place for row in desk.window.dumping.captures_panel.rows()} == {None}


SECOND_START = """
import sys
from gui.arguments import Arguments
from gui.single_instance import hand_over
sys.exit(not hand_over(sys.argv[1], Arguments(pid=4711, file="/tmp/a.dmp")))
"""


def test_a_second_start_hands_over(qtbot):
    name = server_name("a test of its own")
    assert not hand_over(name, Arguments(pid=1))
    instance = SingleInstance(name)
    try:
        with qtbot.waitSignal(instance.arguments_received) as got:
            second = subprocess.Popen([sys.executable, "-c", SECOND_START, name], cwd=REPOSITORY)
        assert second.wait() == 0
        assert got.args == [Arguments(pid=4711, file="/tmp/a.dmp")]
    finally:
        instance.close()


@pytest.mark.parametrize("line", [b"[]", b"{", b'{"exe": 3}', b"\xff"])
def test_a_second_start_that_talks_nonsense_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        Arguments.from_bytes(line)


def test_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse(["--pid", "12"]) == Arguments(pid=12)
    assert parse(["--exe", "firefox", "--portable"]) == Arguments(exe="firefox", portable=True)
    assert parse(["a.dmp"]).file == str(tmp_path / "a.dmp")
    with pytest.raises(SystemExit):
        parse(["--pid", "1", "--exe", "x"])


def test_a_start_with_a_pid_selects_it(desk):
    desk.window.actions_.mine.setChecked(True)
    desk.window.follow(Arguments(pid=812))
    assert [entry.key.pid for entry in desk.window.processes.selected()] == [812]
    assert QApplication.activePopupWidget() is None
    desk.window.follow(Arguments(pid=99999))
    assert desk.window.statusBar().currentMessage() == "There is no process 99999."


def test_a_start_with_a_program_asks_for_the_preset(desk):
    desk.window.follow(Arguments(exe="firefox"))
    assert [entry.key.pid for entry in desk.window.processes.selected()] == [5120]
    menu = QApplication.activePopupWidget()
    assert menu.actions()[0].text() == "Dump firefox"
    mini = menu.actions()[1]
    mini.trigger()
    menu.close()
    desk.bot.waitUntil(lambda: bool(desk.engine.captures))
    request = desk.engine.captures[0].request
    assert (request.key.pid, int(request.options.dump_type)) == (5120, int(mini.data()))


def test_a_start_with_a_program_of_several_processes_shows_them_chosen(desk):
    desk.engine.lister.rows = (*desk.engine.lister.rows, row(5122, "firefox"))
    desk.look()
    desk.window.follow(Arguments(exe="firefox"))
    assert {entry.key.pid for entry in desk.window.processes.selected()} == {5120, 5122}
    assert QApplication.activePopupWidget() is None
    assert desk.window.statusBar().currentMessage() == "2 processes of this program."


def test_a_start_with_a_file_opens_the_viewer(desk, tmp_path):
    file = tmp_path / "x.dmp"
    file.write_text("not a dump at all, whatever it is called")
    desk.window.follow(Arguments(file=str(file)))
    viewer = desk.window.findChild(ViewerWindow)
    desk.bot.waitUntil(lambda: "not a minidump" in viewer.message.text())
    viewer.close()


def test_the_dump_a_start_opens_is_in_front(desk, tmp_path):
    (tmp_path / "x.dmp").touch()
    for _first_and_again in range(2):
        desk.window.activateWindow()
        desk.bot.waitUntil(desk.window.isActiveWindow)
        desk.window.follow(Arguments(file=str(tmp_path / "x.dmp")))
        (viewer,) = desk.window.findChildren(ViewerWindow)
        desk.bot.waitUntil(viewer.isActiveWindow)
        viewer.showMinimized()
    desk.window.follow(Arguments(file=str(tmp_path / "x.dmp")))
    assert not viewer.isMinimized()
    viewer.close()


def test_portable_keeps_settings_beside_the_program(monkeypatch, tmp_path):
    program = tmp_path / "dumpdesk"
    program.touch()
    monkeypatch.setattr("sys.argv", [str(program)])
    assert settings_path(portable=True) == tmp_path / "dumpdesk-data" / "dumpdesk.ini"
    assert settings_path(portable=False).name == "dumpdesk.ini"


def test_a_setting_that_cannot_be_read_is_its_default(tmp_path):
    file = tmp_path / "dumpdesk.ini"
    file.write_text("[list]\nseconds=seven\ntree=perhaps\n[window]\nscheme=purple\n")
    settings = Settings(file)
    assert settings.get(options.RATE) == 2
    assert settings.get(options.TREE) is False
    assert settings.get(options.SCHEME) is Scheme.SYSTEM


def test_settings_hold_at_once(desk):
    desk.window.actions_.settings.trigger()
    dialog = desk.window.findChild(SettingsDialog)
    dialog.days.setValue(30)
    dialog.rate.setCurrentIndex(2)
    dialog.rate.activated.emit(2)
    assert desk.settings.get(options.KEEP_DAYS) == 30
    assert desk.settings.get(options.RATE) == 5
    dialog.close()


def test_the_history_remembers_and_deletes(desk):
    row = desk.dump(4711)
    desk.finish(row)
    path = row.item.path
    again = desk.window
    again.actions_.show_history.trigger()
    again.dumping.history.table.selectRow(0)
    assert again.dumping.history.chosen().path == str(path)
    again.dumping.history.open_folder.click()
    assert desk.desktop.opened == [desk.folder]
    desk.dialogs.answer = "delete"
    again.dumping.history.delete.click()
    assert not path.exists()
    again.dumping.history.table.selectRow(0)
    assert not again.dumping.history.look.isEnabled()
    assert row.item not in [each.item for each in again.dumping.captures_panel.rows()]


def test_a_dump_one_looks_inside_can_be_deleted(desk):
    row = desk.dump(4711)
    desk.finish(row)
    desk.window.look_inside(row.item.path)
    (viewer,) = desk.window.viewers()
    desk.bot.waitUntil(lambda: not viewer.message.text().startswith("Reading"))
    desk.dialogs.answer = "delete"
    desk.window.dumping.controller.ask_delete(row.item.path)
    assert not row.item.path.exists()
    assert not desk.window.viewers()


def test_viewers_close_with_the_window(desk):
    row = desk.dump(4711)
    desk.finish(row)
    desk.window.look_inside(row.item.path)
    assert desk.window.viewers()
    desk.window.close()
    assert not desk.window.viewers()


def test_failures_are_in_the_history_too(desk):
    row = desk.dump(4711)
    desk.window.dumping.captures.cancel(row.item)
    desk.bot.waitUntil(lambda: row.item.state is CaptureState.CANCELLED)
    (entry,) = desk.window.dumping.history._store.entries
    assert (entry.outcome, entry.path) == ("cancelled", "")


def test_old_dumps_go_when_the_next_is_made(desk):
    first = desk.dump(4711)
    desk.finish(first)
    foreign = Path(desk.folder / "foreign.dmp")
    foreign.write_bytes(bytes(64))
    store = desk.window.dumping.history._store
    store.entries = [type(e)(**{f: getattr(e, f) for f in e.__slots__} | {"when": 0.0})
                     for e in store.entries]  # fmt: skip
    desk.settings.set(options.KEEP_DAYS, 7)
    second = desk.dump(5120)
    desk.finish(second)
    assert sorted(desk.folder.iterdir()) == sorted([second.item.path, foreign])


def test_columns_can_be_hidden_and_stay_hidden(desk):
    window = desk.window
    window._on_columns_menu()
    action = next(a for a in window.menus.columns.actions() if a.text() == "CPU")
    action.setChecked(False)
    assert "CPU" not in [column.title for column in window.processes.visible_columns()]
    window.close()
    desk.window = desk.open()
    assert "CPU" not in [column.title for column in desk.window.processes.visible_columns()]


def test_a_process_is_found_by_the_title_of_its_window(desk):
    desk.engine.windows = {4711: ProcessWindows(("Orders – Checkout",), hung=True)}
    desk.look()
    window = desk.window
    window.processes.search.setText("orders")
    model = window.processes.model
    assert [key[0] for key in model.order()] == [4711]
    assert model.index(0, model.column_number(ColumnId.STATE)).data() == "not responding"
    assert "Window" not in [column.title for column in window.processes.visible_columns()]
    desk.select(4711)
    window.actions_.details.trigger()
    details = window.findChild(ProcessDetails)
    texts = [label.text() for label in details.findChildren(QLabel)]
    assert texts[texts.index("Window") + 1] == "Orders – Checkout"


def test_sorting_by_cpu_begins_with_the_busiest(desk):
    view = desk.window.processes.view
    cpu = 3
    place = view.header().sectionViewportPosition(cpu) + 5
    desk.bot.mouseClick(view.header().viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, 5))
    assert view.model().index(0, 0).data() == "checkout-service"


def test_branches_close_and_open_by_mouse_and_keyboard(desk):
    window, bot = desk.window, desk.bot
    window.actions_.tree.trigger()
    view, model = window.processes.view, window.processes.model
    sshd, bash = (window.processes.find_process(pid).key for pid in (812, 4402))
    desk.select(812)
    branch = model.branch_at(model.index_of(sshd))
    cell = view.visualRect(model.index_of(sshd))
    indent = view.style().pixelMetric(QStyle.PixelMetric.PM_TreeViewIndentation)
    arrow = QPoint(cell.left() + indent * branch.depth + indent // 2, cell.center().y())
    bot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=arrow)
    assert not model.shows(bash)
    bot.keyClick(view, Qt.Key.Key_Right)
    assert model.shows(bash)
    bot.keyClick(view, Qt.Key.Key_Right)
    assert [entry.key for entry in window.processes.selected()] == [bash]
    bot.keyClick(view, Qt.Key.Key_Left)
    bot.keyClick(view, Qt.Key.Key_Left)
    assert [entry.key for entry in window.processes.selected()] == [sshd]
    window.actions_.collapse.trigger()
    assert not model.shows(sshd)
    window.processes.reveal(bash)
    assert [entry.key for entry in window.processes.selected()] == [bash]


def test_home_and_end_go_to_the_first_and_last_process(desk):
    view, model = desk.window.processes.view, desk.window.processes.model
    desk.bot.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == model.rowCount() - 1
    desk.bot.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0


def test_the_shortcuts_are_told(desk):
    desk.window.actions_.shortcuts.trigger()
    assert "Ctrl+D    Dump with the ticked options" in desk.dialogs.told[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has windows")
def test_pointing_says_why_it_cannot(desk):
    assert not desk.window.actions_.pick_window.isEnabled()
    assert "no windows to point at" in desk.window.actions_.pick_window.toolTip()


def test_why_a_process_cannot_be_dumped_is_seen_without_scrolling(desk):
    desk.window.resize(1280, 840)
    QApplication.processEvents()
    view = desk.window.processes.view
    state = desk.window.processes.model.column_number(ColumnId.STATE)
    edge = view.columnViewportPosition(state) + view.columnWidth(state)
    assert 0 < edge <= view.viewport().width()
