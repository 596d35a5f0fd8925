"""The window as a tester uses it: choose, dump, watch, cancel, go on."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QMenu, QMessageBox, QToolButton

from dumpengine import PRESETS, MinidumpType, Phase, Progress
from gui import settings as options
from gui.captures.curve import top_of
from gui.captures.details import CaptureDetails
from gui.captures.group import GroupRow
from gui.captures.item import CaptureState
from gui.dialogs import Dialogs, Question
from gui.history.panel import result_words
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.settings import Settings
from tests.support.gui_fakes import (
    GB,
    MB,
    FakeDesktop,
    FakeDialogs,
    FakeEngine,
    disk_full,
    ended,
    not_allowed,
    released,
    row,
    succeeded,
)


def button(capture_row, name: str) -> QToolButton:
    found = capture_row.findChild(QToolButton, name)
    assert found is not None, name
    return found


def click(desk, capture_row, name: str) -> None:
    desk.bot.mouseClick(button(capture_row, name), Qt.MouseButton.LeftButton)


def test_three_moves_make_a_dump(desk):
    desk.bot.keyClicks(desk.window.processes.search, "checkout")
    desk.select(4711)
    menu = desk.window.make_context_menu()
    dump = menu.findChild(QMenu, "dumpMenu")
    titles = [action.text() for action in dump.actions() if action.text()]
    assert titles == [
        "Mini", "Triage", "Heap", "Full memory", "Maximum", "With the ticked &options…",
        "With all its &children",
    ]  # fmt: skip
    full = next(action for action in dump.actions() if action.text() == "Full memory")
    full.trigger()
    desk.bot.waitUntil(lambda: bool(desk.engine.captures))
    request = desk.engine.captures[0].request
    assert request.key.pid == 4711
    assert request.options.dump_type == PRESETS["full"].value
    assert request.path.parent == desk.folder
    assert request.path.name.startswith("checkout-service_4711_")


def test_the_menu_says_why_not(desk):
    desk.select(812)
    menu = desk.window.make_context_menu()
    entries = menu.findChild(QMenu, "dumpMenu").actions()
    assert [entry.text() for entry in entries] == [
        "sshd (812) belongs to the user root.",
        "Try as &administrator…",
    ]
    assert not entries[0].isEnabled()
    assert not desk.window.dumping.options.button.isEnabled()
    assert desk.window.dumping.options.button.toolTip() == "sshd (812) belongs to the user root."
    assert desk.window.dumping.options.reason.text() == "sshd (812) belongs to the user root."
    assert not desk.window.actions_.dump.isEnabled()


def test_ticked_flags_are_what_is_asked_for(desk):
    desk.select(4711)
    panel = desk.window.dumping.options
    for flag in panel.flags.rows.values():
        if flag.box.isChecked():
            flag.box.click()
    panel.flags.rows[MinidumpType.WithHandleData].box.click()
    assert panel.hex.text() == "0x00000004"
    assert panel.preset.currentText() == "Own choice"
    desk.window.actions_.dump.trigger()
    assert desk.engine.captures[0].request.options.dump_type == MinidumpType.WithHandleData


def test_a_row_tells_what_happens(desk):
    shown = desk.dump(4711)
    desk.bot.waitUntil(lambda: shown.headline.text() == "copying memory")
    assert shown.amount.text().startswith("1.2 of 2.1 GB")
    assert shown.bar.value() == pytest.approx(1000 * 1.2 / 2.1, abs=2)
    assert shown.second.text().startswith("stood still 21 ms and runs again · 64 threads, 41 modul")
    assert shown.second.text().endswith("last: heap 0x7f53a8000000")
    desk.finish(shown)
    assert shown.item.state is CaptureState.DONE
    assert shown.headline.text() == "2.1 GB in 740 ms · stood still 21 ms"
    assert shown.bar.isHidden()


def test_a_process_that_ended_meanwhile_is_said_first_everywhere(desk):
    last = replace(desk.engine.steps[-1], ended="OOM killer")
    desk.engine.steps = (*desk.engine.steps, last)
    desk.engine.result = lambda request: succeeded(request, target_ended="OOM killer")
    shown = desk.dump(4711)
    desk.bot.waitUntil(lambda: shown.second.text().startswith("The process has ended (OOM killer)"))
    assert "runs again" not in shown.second.text()
    desk.finish(shown)
    assert shown.headline.text().startswith("The process has ended (OOM killer) · 2.1 GB")
    shown.toggle.click()
    facts = shown.findChild(CaptureDetails).facts.toPlainText().splitlines()
    assert facts[3] == "The process has ended (OOM killer)"
    newest = desk.window.dumping.history.table.rows_model.rows[0]
    assert result_words(newest).startswith("The process has ended (OOM killer)")


@pytest.mark.parametrize(
    ("kept", "first"), [(True, "2.1 GB in"), (False, "Not of one moment with the others")]
)
def test_whether_dumps_are_of_one_moment_is_said_on_each(desk, kept, first):
    desk.engine.result = lambda request: succeeded(request, of_one_moment=kept)
    shown = desk.dump(4711)
    desk.finish(shown)
    assert shown.headline.text().startswith(first)
    assert ("of one moment with the others" in shown.second.text()) is kept
    words = result_words(desk.window.dumping.history.table.rows_model.rows[0])
    assert words == ("done, of one moment with the others" if kept else f"{first}; done")


@pytest.fixture
def together(desk) -> tuple[GroupRow, list]:
    """A process dumped with what it started: checkout-service and its child."""
    desk.engine.lister.rows = (*desk.engine.lister.rows, row(4712, "worker", ppid=4711))
    desk.look()
    desk.select(4711)
    desk.window.actions_.dump_tree.trigger()
    desk.bot.waitUntil(lambda: len(desk.engine.captures) == 2)
    panel = desk.window.dumping.captures_panel
    return panel.findChild(GroupRow), list(panel.rows())


def test_dumps_of_one_moment_are_one_row_that_opens(desk, together):
    group, rows = together
    assert group.name.text() == "checkout-service · 4711 and 1 it started"
    assert [row.isVisible() for row in rows] == [False, False]
    group.toggle.click()
    assert [row.isVisible() for row in rows] == [True, True]
    assert group.headline.text() == "0 dumps, 0 bytes · 2 still at work"


@pytest.mark.parametrize(("kept", "words"), [(True, "Of one moment"), (False, "Not of one moment")])
def test_the_row_of_them_says_whether_the_moment_was_kept(desk, together, kept, words):
    group, rows = together
    desk.engine.captures[0].result = desk.engine.captures[1].result = lambda request: succeeded(
        request, of_one_moment=kept
    )
    for each in rows:
        desk.finish(each)
    assert group.headline.text() == f"{words} · 2 dumps, 4.2 GB"
    assert group.cancel.isHidden()
    for each in rows:
        desk.window.dumping.captures_panel.remove(each.item)
    assert desk.window.dumping.captures_panel._groups == {}


def test_all_of_them_are_cancelled_at_once(desk, together):
    group, rows = together
    group.cancel.click()
    desk.bot.waitUntil(lambda: all(each.item.state.ended for each in rows))
    assert {each.item.state for each in rows} == {CaptureState.CANCELLED}


def test_a_cancelled_capture_does_not_say_that_a_dead_process_runs(desk):
    desk.engine.steps = (replace(desk.engine.steps[-1], ended="signal SIGKILL"),)
    shown = desk.dump(4711)
    desk.bot.waitUntil(lambda: "SIGKILL" in shown.second.text())
    desk.window.dumping.captures.cancel(shown.item)
    desk.bot.waitUntil(lambda: shown.item.state.ended)
    assert shown.headline.text() == (
        "Cancelled. Nothing was kept. The process has ended (signal SIGKILL)"
    )


def test_what_one_does_with_a_dump(desk):
    shown = desk.dump(4711)
    desk.finish(shown)
    path = shown.item.path
    click(desk, shown, "openFolder")
    click(desk, shown, "copyPath")
    assert desk.desktop.opened == [desk.folder]
    assert desk.desktop.copied == [str(path)]
    desk.dialogs.answer = "delete"
    click(desk, shown, "deleteDump")
    assert not path.exists()


def test_cancel_is_one_click(desk):
    shown = desk.dump(4711)
    click(desk, shown, "cancelCapture")
    assert desk.engine.captures[0].cancelled.is_set()
    desk.bot.waitUntil(lambda: shown.item.state is CaptureState.CANCELLED)
    assert shown.headline.text() == "Cancelled. Nothing was kept; the process runs."
    assert not list(desk.folder.iterdir())


def test_a_full_disk_offers_two_ways_on(desk):
    desk.engine.result = disk_full
    desk.window.dumping.options.set_dump_type(PRESETS["full"].value)
    shown = desk.dump(4711)
    desk.finish(shown)
    assert shown.headline.text() == "There is not enough space at the destination."
    assert button(shown, "choose_folder").text() == "Choose another folder"
    desk.bot.waitUntil(lambda: shown.findChild(QToolButton, "smaller") is not None)
    click(desk, shown, "smaller")
    desk.bot.waitUntil(lambda: len(desk.engine.captures) == 2)
    assert desk.engine.captures[1].request.options.dump_type == PRESETS["heap"].value


def test_a_failure_without_remedy_shows_its_details(desk):
    desk.engine.result = ended
    shown = desk.dump(4711)
    desk.finish(shown)
    assert shown.findChild(QToolButton, "again") is None
    click(desk, shown, "details")
    details = shown._details
    assert "HRESULT: 0x80070057" in details.facts.toPlainText()
    desk.bot.mouseClick(details.copy, Qt.MouseButton.LeftButton)


def test_a_refusal_offers_administrator_rights(desk):
    desk.engine.result = not_allowed
    shown = desk.dump(4711)
    desk.finish(shown)
    assert not desk.engine.captures[0].request.elevated
    click(desk, shown, "administrator")
    desk.bot.waitUntil(lambda: len(desk.engine.captures) == 2)
    assert desk.engine.captures[1].request.elevated


def test_why_administrator_rights_cannot_be_asked_for(desk):
    desk.engine.result = not_allowed
    desk.engine.elevation_obstacle = "This DumpDesk is not installed."
    shown = desk.dump(4711)
    desk.finish(shown)
    offer = button(shown, "administrator")
    assert not offer.isEnabled()
    assert offer.toolTip() == "This DumpDesk is not installed."
    desk.select(812)
    entry = desk.window.make_context_menu().findChild(QAction, "asAdministrator")
    assert not entry.isEnabled()
    assert entry.toolTip() == "This DumpDesk is not installed."


def test_someone_elses_process_is_dumped_with_rights(desk):
    desk.dialogs.answer = "dump"  # sshd keeps keys
    desk.select(812)
    menu = desk.window.make_context_menu()
    menu.findChild(QAction, "asAdministrator").trigger()
    request = desk.engine.captures[0].request
    assert (request.key.pid, request.elevated) == (812, True)


@pytest.mark.parametrize("pid", [77, 4750, 5500, 5600])
def test_rights_are_no_remedy_for_other_refusals(desk, pid):
    """A kernel thread, one that is traced, one of which nothing is known, a zombie."""
    desk.window.actions_.kernel_threads.setChecked(True)
    desk.select(pid)
    menu = desk.window.make_context_menu()
    assert menu.findChild(QAction, "asAdministrator") is None


def test_the_end_is_told_and_a_cancellation_is_not(desk):
    desk.finish(desk.dump(4711))
    desk.engine.result = disk_full
    desk.finish(desk.dump(5120))
    click(desk, desk.dump(5121), "cancelCapture")
    desk.bot.waitUntil(lambda: not desk.window.dumping.captures.active())
    assert desk.desktop.notices == [
        ("checkout-service (4711) is dumped", "2.1 GB in 740 ms · stood still 21 ms", False),
        ("firefox (5120) was not dumped", "There is not enough space at the destination.", True),
    ]


def test_the_log_holds_every_callback(desk):
    shown = desk.dump(4711)
    shown.toggle_details()
    assert shown.toggle.property("icon_name") == "down"
    desk.bot.waitUntil(lambda: "heap 0x7f53a8000000" in shown._details.log.toPlainText())
    assert shown._details.log.toPlainText().splitlines()[:2] == [
        "Thread 4711 main",
        "Module libc.so.6",
    ]


def test_several_at_once_two_side_by_side(desk):
    desk.select(4711, 5120, 5121, 4750)
    assert desk.window.dumping.options.button.text() == "Dump these 3 processes"
    assert "postgres (4750)" in desk.window.dumping.options.reason.text()
    desk.window.dumping.options.button.click()
    desk.bot.waitUntil(lambda: len(desk.engine.captures) == 2)
    rows = desk.window.dumping.captures_panel.rows()
    assert [r.item.state for r in rows].count(CaptureState.WAITING) == 1
    assert len({r.item.request.path for r in rows}) == 3
    for capture in desk.engine.captures:
        desk.bot.waitUntil(capture.reached.is_set)
        capture.go.set()
    desk.bot.waitUntil(lambda: len(desk.engine.captures) == 3)
    desk.engine.captures[2].go.set()
    desk.bot.waitUntil(lambda: all(r.item.state is CaptureState.DONE for r in rows))


def test_cancel_all_takes_the_waiting_ones_too(desk):
    desk.select(4711, 5120, 5121)
    desk.window.dumping.options.button.click()
    desk.window.actions_.cancel_all.trigger()
    rows = desk.window.dumping.captures_panel.rows()
    desk.bot.waitUntil(lambda: all(r.item.state is CaptureState.CANCELLED for r in rows))
    assert len(desk.engine.captures) == 2


def test_a_secret_keeper_is_asked_about_once(desk):
    desk.dialogs.answer = "no"
    desk.select(5401)
    desk.window.actions_.dump.trigger()
    assert desk.engine.captures == []
    assert "keeps passwords or keys" in desk.dialogs.questions[0].text
    desk.dialogs.answer = "dump"
    desk.window.actions_.dump.trigger()
    desk.window.actions_.dump.trigger()
    assert len(desk.dialogs.questions) == 2
    assert len(desk.window.dumping.captures_panel.rows()) == 2


def test_what_is_selected_stays_while_the_list_changes(desk):
    desk.select(4711)
    newer = row(6000, "aaa-first")
    desk.engine.lister.rows = (newer, *desk.engine.lister.rows)
    desk.look()
    assert [entry.key.pid for entry in desk.window.processes.selected()] == [4711]
    desk.engine.lister.rows = tuple(r for r in desk.engine.lister.rows if r.key.pid != 4711)
    desk.look()
    assert desk.window.processes.selected()[0].refusal == "This process has ended."
    assert not desk.window.dumping.options.button.isEnabled()


def test_the_search_keeps_what_was_selected(desk):
    desk.select(4711)
    desk.window.processes.search.setText("firefox")
    assert desk.window.processes.selected() == ()
    desk.window.processes.search.clear()
    assert [entry.key.pid for entry in desk.window.processes.selected()] == [4711]


def test_what_is_hidden_is_counted(desk):
    window = desk.window
    window.actions_.mine.setChecked(True)
    window.processes.search.setText("python")
    assert window.processes.status.text() == (
        "1 of 14 shown · 5 hidden by “Mine” · 8 hidden by the search"
    )
    window.processes.show_all.click()
    assert window.processes.status.text() == "14 of 14 shown"
    assert window.processes.show_all.isHidden()


def test_nothing_found_says_so(desk):
    desk.window.processes.search.setText("no such thing")
    assert not desk.window.processes.empty.isHidden()
    assert "Nothing matches “no such thing”" in desk.window.processes.empty.text()
    desk.bot.keyClick(desk.window.processes.search, Qt.Key.Key_Escape)
    assert desk.window.processes.search.text() == ""


def test_a_match_among_other_users_is_told_and_shown(desk):
    window = desk.window
    window.actions_.mine.setChecked(True)
    window.processes.search.setText("sshd")
    assert window.processes.empty.text() == "1 match belongs to another user. “Show all” shows it."
    window.processes.show_all.click()
    assert window.processes.search.text() == "sshd"
    assert window.processes.status.text() == "1 of 14 shown · 13 hidden by the search"


def test_enter_in_the_search_goes_to_what_was_found_not_to_its_parent(desk):
    window = desk.window
    window.actions_.tree.setChecked(True)
    desk.bot.keyClicks(window.processes.search, "postgres")
    desk.bot.keyClick(window.processes.search, Qt.Key.Key_Return)
    assert [entry.row.name for entry in window.processes.selected()] == ["postgres"]


def test_what_was_found_looks_unlike_its_ancestors(desk):
    window = desk.window
    window.actions_.tree.setChecked(True)
    window.processes.search.setText("checkout")
    role = Qt.ItemDataRole.ForegroundRole
    model = window.processes.model
    faint = {
        model.index(line, 0).data(): model.index(line, 0).data(role) is not None
        for line in range(model.rowCount())
    }
    assert faint.pop("checkout-service") is False
    assert {"sshd", "bash", "postgres"} <= set(faint)
    assert all(faint.values())


def test_a_bad_expression_is_explained(desk):
    desk.window.processes.search.setText("/[/")
    assert "is not a regular expression" in desk.window.processes.problem.text()
    desk.window.processes.search.setText("is:sleepy")
    assert "“is:sleepy” is not known" in desk.window.processes.problem.text()


def test_space_that_was_made_is_noticed_and_a_disk_that_went(desk):
    panel = desk.window.dumping.options
    panel.set_dump_type(PRESETS["full"].value)
    desk.select(4711)
    desk.engine.free = 1 << 30
    desk.window.dumping.destination._timer.setInterval(50)
    desk.bot.waitUntil(lambda: panel.reason.text().startswith("Not enough space"))
    desk.engine.free = 41 * GB
    desk.bot.waitUntil(panel.button.isEnabled)
    assert desk.window.dumping.destination.space.text() == "41.0 GB free"
    desk.engine.free = None
    desk.bot.waitUntil(lambda: desk.window.dumping.destination.space.text() == "space not known")


def test_a_disk_that_does_not_answer_is_asked_once(desk):
    asked, gate = [], Event()
    desk.bot.waitUntil(lambda: desk.window.dumping.destination._asked is None)
    services = desk.window.dumping.destination._services

    def never(folder):
        asked.append(folder)
        gate.wait(10)
        return 1

    desk.window.dumping.destination._services = replace(services, free_space=never)
    for _ in range(5):
        desk.window.dumping.destination.refresh_space()
    desk.bot.waitUntil(lambda: bool(asked))
    desk.bot.wait(50)
    gate.set()
    assert len(asked) == 1


def test_a_refused_shortcut_says_why(desk):
    desk.window.activateWindow()
    desk.window.processes.view.clearSelection()
    for action in (desk.window.actions_.dump, desk.window.actions_.dump_tree):
        assert not action.isEnabled()
        desk.window.statusBar().clearMessage()
        keys = action.shortcut()[0]
        desk.bot.keyClick(desk.window.processes.view, keys.key(), keys.keyboardModifiers())
        assert desk.window.statusBar().currentMessage() == "Choose a process in the list."


def test_a_second_click_on_cancel_starts_nothing(desk):
    shown = desk.dump(4711)
    place = button(shown, "cancelCapture").mapTo(desk.window, QPoint(5, 5))
    captures = len(desk.engine.captures)
    desk.bot.mouseClick(button(shown, "cancelCapture"), Qt.MouseButton.LeftButton)
    desk.bot.waitUntil(lambda: shown.item.state.ended)
    desk.bot.wait(50)
    for x in range(0, 400, 10):  # wherever the new buttons came to stand
        at = place + QPoint(x - 200, 0)
        under = desk.window.childAt(at)
        assert not isinstance(under, QToolButton) or under is shown.toggle
    assert len(desk.engine.captures) == captures
    desk.bot.waitUntil(
        lambda: isinstance(desk.window.childAt(center_in(desk, shown, "again")), QToolButton)
    )
    button(shown, "again").click()
    desk.bot.waitUntil(lambda: len(desk.engine.captures) == captures + 1)


def center_in(desk, shown, name: str) -> QPoint:
    found = button(shown, name)
    return found.mapTo(desk.window, found.rect().center())


def test_a_smaller_preset_is_offered_only_when_it_fits(desk):
    desk.engine.result = disk_full
    desk.window.dumping.options.set_dump_type(PRESETS["full"].value)
    shown = desk.dump(4711)
    desk.engine.free = 500 * MB  # Heap would take 1.9 GB, Mini 0.3 MB
    desk.finish(shown)
    desk.bot.waitUntil(lambda: shown.findChild(QToolButton, "smaller") is not None)
    assert shown.item.smaller == PRESETS["mini"].value
    assert button(shown, "again").isEnabled()
    desk.engine.free = 1000  # nothing fits
    again = desk.dump(4711)
    desk.finish(again)
    desk.bot.wait(200)
    assert again.findChild(QToolButton, "smaller") is None


def test_the_harmless_answer_is_the_default(desk):
    question = Question("Delete?", "x", "y", (("delete", "Delete"), ("keep", "Keep")))
    Dialogs().ask(desk.window, question, lambda _answer: None)
    box = desk.window.findChild(QMessageBox)
    assert box.defaultButton().text() == "Keep"
    box.close()


def test_a_right_click_beside_the_rows_opens_no_menu(desk):
    view = desk.window.processes.view
    desk.select(4711)
    wanted: list[QPoint] = []
    view.menu_wanted.disconnect()
    view.menu_wanted.connect(wanted.append)
    for point in (view.viewport().rect().bottomLeft() - QPoint(-5, 5), QPoint(5, 5)):
        reason = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(reason, point, view.viewport().mapToGlobal(point))
        view.contextMenuEvent(event)
    assert len(wanted) == 1


def test_time_left_does_not_jump(desk, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("gui.captures.item.monotonic", lambda: now[0])
    shown = desk.dump(4711)
    item, total = shown.item, 10 * GB
    item._copied_since, left = None, []
    done = 0
    for step in (0, 900, 100, 900, 100, 900, 100, 900, 100):  # MB a half second, to and fro
        done += step * MB
        now[0] += 0.5
        item.take(Progress(Phase.MEMORY, done=done, total=total), ())
        left.append(item.seconds_left)
    assert left[0] is None
    ends = [step * 0.5 + each for step, each in enumerate(left) if each is not None]
    assert max(ends) - min(ends) < 3  # by the last moments alone it would be 5 to 45 seconds
    desk.finish(shown)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (1, 1), (1.1, 2), (2.9e9, 5e9), (5.1e9, 10e9), (900, 1000)]
)
def test_the_axis_of_throughput_is_round(highest, top):
    assert top_of(highest) == pytest.approx(top)


def test_the_window_fits_a_small_screen(desk):
    hint = desk.window.minimumSizeHint()
    assert hint.width() <= 640
    assert hint.height() <= 400


def test_too_little_space_disables_the_button(desk):
    desk.engine.free = 1 << 30
    desk.window.dumping.destination.refresh_space()
    desk.window.dumping.options.set_dump_type(PRESETS["full"].value)
    desk.select(4711)
    desk.bot.waitUntil(lambda: desk.window.dumping.options.estimate.text() == "about 2.1 GB")
    desk.bot.waitUntil(lambda: not desk.window.dumping.options.button.isEnabled())
    assert desk.window.dumping.options.reason.text().startswith(
        "Not enough space: about 2.1 GB needed"
    )


def test_the_estimate_has_shares(desk):
    desk.select(4711)
    full = desk.window.dumping.options.flags.rows[MinidumpType.WithFullMemory]
    desk.bot.waitUntil(lambda: full.share.text() == "2.1 GB")


def test_contradictions_are_explained_under_the_flag(desk):
    flags = desk.window.dumping.options.flags
    flags.set_dump_type(MinidumpType.WithFullMemory | MinidumpType.FilterMemory)
    quarrel = flags.rows[MinidumpType.FilterMemory].quarrel
    assert "Only the stacks are blanked" in quarrel.text()
    flags.rows[MinidumpType.WithFullMemory].box.click()
    assert quarrel.isHidden()


def test_closing_with_captures_running_asks(desk):
    shown = desk.dump(4711)
    desk.dialogs.answer = "stay"
    desk.window.close()
    assert desk.window.isVisible()
    assert desk.dialogs.questions[-1].text == "1 capture is still running."
    desk.dialogs.answer = "wait"
    desk.window.close()
    assert desk.window.isVisible()
    with desk.bot.waitSignal(desk.window.closed):
        desk.engine.captures[0].go.set()
    assert shown.item.state is CaptureState.DONE


def test_choices_are_remembered(desk):
    desk.window.dumping.options.set_dump_type(PRESETS["heap"].value)
    desk.window.actions_.tree.setChecked(True)
    desk.window.dumping.destination.template.setText("{pid}.dmp")
    desk.window.dumping.destination.template.editingFinished.emit()
    desk.window.close()
    again = desk.open()
    assert again.dumping.options.dump_type() == PRESETS["heap"].value
    assert again.actions_.tree.isChecked()
    assert desk.settings.get(options.TEMPLATE) == "{pid}.dmp"
    desk.window = again


def test_copying_a_row(desk):
    desk.select(4711)
    desk.window.actions_.copy_row.trigger()
    name, pid, user = desk.desktop.copied[0].split("\t")[:3]
    assert (name, pid, user) == ("checkout-service", "4711", "ann")


def test_a_pause_shows(desk):
    desk.window.actions_.pause.setChecked(True)
    assert desk.window.processes.status.text().startswith("Paused · ")
    polls = desk.engine.lister.polls
    desk.look()
    assert desk.engine.lister.polls == polls + 1


def test_two_dumps_of_one_second_have_two_names(desk):
    first = desk.dump(4711)
    desk.finish(first)
    second = desk.dump(4711)
    desk.finish(second)
    assert first.item.path != second.item.path
    assert first.item.path.exists()


def test_old_partial_files_are_swept_at_the_start(desk):
    desk.bot.waitUntil(lambda: desk.engine.swept == [desk.folder])


@pytest.fixture
def early(qtbot, tmp_path):
    """A window that has just been opened, and its engine."""
    engine = FakeEngine()
    outside = Outside(
        engine.services(), Settings(tmp_path / "dumpdesk.ini"), FakeDialogs(), FakeDesktop()
    )
    with released(engine):
        window = MainWindow(outside)
        window.show()
        yield window, engine
        window.close()


def test_the_list_comes_before_what_dumps(qtbot, early):
    window, _ = early
    seen = []
    window.processes.shown.connect(lambda: seen.append(window.complete))
    window.start()
    qtbot.waitUntil(lambda: window.complete)
    assert seen == [False]


def test_what_dumps_comes_without_a_list_too(qtbot, early):
    window, engine = early
    engine.lister.rows = ()
    window.start()
    qtbot.waitUntil(lambda: window.complete)
    assert not window.processes.entries()


def test_a_window_may_be_closed_before_it_is_complete(qtbot, early):
    window, _ = early
    window.start()
    window.close()
    qtbot.wait(300)
    assert not window.complete
