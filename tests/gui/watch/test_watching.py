"""Watches in the window: the sheet, the tab, what happens when one fires."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from dumpengine import (
    ON_WINDOWS,
    Above,
    Armed,
    CaptureResult,
    Crashes,
    Dumped,
    DumpError,
    Ended,
    Failed,
    Fired,
    Line,
    Measure,
    Sampled,
)
from gui.watch.item import WatchState
from gui.watch.sheet import WatchSheet

pytestmark = pytest.mark.skipif(ON_WINDOWS, reason="crashes are offered on Linux")
PID = 4711
NAME = {"pid": PID, "name": "checkout-service"}
REASON = "memory at 3.1 GB"


def sheet_of(desk) -> WatchSheet:
    desk.select(PID)
    desk.window.actions_.watch.trigger()
    [sheet] = desk.window.findChildren(WatchSheet)
    return sheet


def armed(desk):
    """A watch of the memory that is armed: its row, and the watch itself."""
    sheet = sheet_of(desk)
    sheet.memory.setChecked(True)
    sheet.watch.click()
    desk.bot.waitUntil(lambda: bool(desk.engine.watches))
    watch = desk.engine.watches[-1]
    row = desk.window.dumping.watches.panel.rows()[-1]
    watch.tell(Armed(**NAME, conditions=("memory",)), Sampled(**NAME, values={Measure.MEMORY: 2e9}))
    desk.bot.waitUntil(lambda: bool(row.item.samples))
    return row, watch


def test_the_sheet_is_filled_from_what_the_process_does(desk):
    sheet = sheet_of(desk)
    assert sheet.memory_size.value() == 3150  # MB: half more than now
    assert "2.1 GB now" in sheet.curve.accessibleDescription()
    assert sheet.conditions() == (Crashes(),)
    assert not sheet.memory_size.isEnabled()
    sheet.memory.setChecked(True)
    assert sheet.conditions() == (Crashes(), Above(Measure.MEMORY, 3150 * 10**6))


def test_the_line_of_the_plot_can_be_dragged(desk):
    sheet = sheet_of(desk)
    sheet.memory.setChecked(True)
    before = sheet.memory_size.value()
    at = QPointF(5, sheet.curve.height() - 4)
    press = QMouseEvent(
        QEvent.Type.MouseButtonPress,
        at,
        at,
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    sheet.curve.mousePressEvent(press)
    assert sheet.memory_size.value() < before


def test_what_cannot_be_watched_says_why(desk):
    sheet = sheet_of(desk)
    sheet.crash.setChecked(False)
    assert not sheet.watch.isEnabled()
    assert sheet.problem.text() == "Tick what is to be waited for."
    sheet.line.setChecked(True)
    sheet.file.setText("/var/log/shop.log")
    sheet.pattern.setText("(")
    assert "cannot be read" in sheet.problem.text()
    sheet.pattern.setText("ERROR")
    assert sheet.conditions() == (Line("/var/log/shop.log", "ERROR"),)
    assert sheet.watch.isEnabled()


def test_the_request_says_it_all(desk):
    sheet = sheet_of(desk)
    sheet.count.setValue(3)
    sheet.by_name.setChecked(True)
    request = sheet.request()
    assert (request.name, request.key.pid, request.by_name) == ("checkout-service", PID, True)
    assert (request.plan.count, request.plan.spacing) == (3, 60)
    assert request.plan.folder == desk.folder


def test_an_armed_watch_shows_what_is_read_now(desk):
    row, _ = armed(desk)
    assert row.title.text().startswith("checkout-service (4711): it crashes, or memory at 3.")
    assert row.state.text().startswith("2.0 GB · armed 0:0")
    assert desk.window.dumping.bottom.tabText(2) == "Watches (1)"
    assert desk.window.dumping.bottom.currentWidget() is desk.window.dumping.watches.panel


def test_a_watch_that_fires_has_a_row_in_captures_that_says_why(desk):
    row, watch = armed(desk)
    path = desk.folder / "checkout_4711_memory.dmp"
    path.write_bytes(b"MDMP")
    result = CaptureResult(
        ok=True, pid=PID, name="checkout-service", dump_type=0x21824, path=str(path), size=4
    )
    watch.tell(
        Fired(**NAME, reasons=(REASON,)),
        Dumped(**NAME, reasons=(REASON,), result=result),
        Ended(**NAME, why="checkout-service (4711) is watched no more.", dumps=1),
    )
    watch.over()
    desk.bot.waitUntil(lambda: row.item.state.over)
    [capture] = desk.window.dumping.captures_panel.rows()
    assert capture.second.text().startswith(f"{REASON} · checkout_4711_memory.dmp")
    assert REASON in row.state.text()
    assert "1 dump" in row.state.text()
    assert str(path) in (desk.settings.folder / "history.jsonl").read_text()
    assert desk.window.dumping.bottom.tabText(2) == "Watches"
    assert not row.stop.isVisible()


def test_dump_now_goes_through_the_watch(desk):
    row, watch = armed(desk)
    row.dump.click()
    assert watch.dumps_wanted == 1
    assert not row.item.state.over


def test_stop_ends_it_and_it_can_be_removed(desk):
    row, watch = armed(desk)
    row.stop.click()
    desk.bot.waitUntil(lambda: row.item.state is WatchState.ENDED)
    assert watch.stopped
    row.remove.click()
    assert desk.window.dumping.watches.panel.rows() == ()


@pytest.mark.parametrize("text", ["denied", "<b>denied</b>"])
def test_what_cannot_be_armed_is_told(desk, text):
    sheet = sheet_of(desk)
    sheet.watch.click()
    desk.bot.waitUntil(lambda: bool(desk.engine.watches))
    watch = desk.engine.watches[-1]
    watch.tell(Failed(**NAME, reasons=(), error=DumpError(0x80070005, text, "Ask.")))
    watch.over()
    [row] = desk.window.dumping.watches.panel.rows()
    desk.bot.waitUntil(lambda: row.item.state is WatchState.FAILED)
    assert row.state.text() == f"{text} Ask."


def test_closing_asks_while_something_is_armed(desk):
    _, watch = armed(desk)
    desk.dialogs.answer = "stay"
    desk.window.close()
    assert desk.window.isVisible()
    assert desk.dialogs.questions[-1].title == "Processes are watched"
    assert not watch.stopped
    desk.dialogs.answer = "cancel"
    desk.window.close()
    desk.window.close()  # the answer came while the first was on its way
    assert not desk.window.isVisible()
    assert watch.stopped
