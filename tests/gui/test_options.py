"""Mode, comment, streams, what is left out, own presets, the equivalent command."""

from __future__ import annotations

import shlex

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from dumpengine import PRESETS, MinidumpType, Mode
from gui import settings as options
from gui.options.leave_out import LeaveOut
from gui.options.more import More


@pytest.fixture
def more(desk) -> More:
    return desk.window.dumping.options.findChild(More)


@pytest.fixture
def leave_out(desk) -> LeaveOut:
    section = desk.window.dumping.options.findChild(LeaveOut)
    section.head.click()
    desk.select(4711)
    desk.bot.waitUntil(lambda: section.threads.count() == 4)
    return section


def start(desk):
    desk.window.actions_.dump.trigger()
    return desk.engine.captures[-1].request


def test_mode_and_comment_reach_the_request(desk, more):
    more.mode.setCurrentIndex(list(Mode).index(Mode.STOP))
    more.comment.setText("hangs after login")
    desk.select(4711)
    request = start(desk)
    assert (request.options.mode, request.options.comment) == (Mode.STOP, "hangs after login")


def test_a_file_becomes_a_stream(desk, more, tmp_path):
    (tmp_path / "log.txt").write_bytes(b"the log")
    more.add_file(tmp_path / "log.txt")
    desk.select(4711)
    (stream,) = start(desk).options.user_streams
    assert (stream.type, stream.data) == (0x10000, b"the log")
    more.list.setCurrentRow(0)
    more.remove.click()
    assert desk.window.dumping.options.chosen().user_streams == ()


def test_what_is_unticked_is_left_out(desk, leave_out):
    leave_out.threads.item(1).setCheckState(Qt.CheckState.Unchecked)
    leave_out.modules.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "2 left out" in leave_out.head.text()
    request = start(desk)
    assert request.options.exclude_threads == {4712}
    assert request.options.exclude_modules == {"libc.so.6"}


def test_what_is_left_out_belongs_to_one_process(desk, leave_out):
    leave_out.threads.item(1).setCheckState(Qt.CheckState.Unchecked)
    desk.select(5120)
    desk.bot.waitUntil(lambda: leave_out.threads.count() == 4)
    assert desk.window.dumping.options.chosen().exclude_threads == frozenset()


def test_the_command_does_the_same(desk, more, leave_out):
    desk.window.dumping.options.set_dump_type(PRESETS["full"].value)
    more.comment.setText("it's slow")
    leave_out.threads.item(0).setCheckState(Qt.CheckState.Unchecked)
    desk.window.dumping.options.copy.click()
    words = shlex.split(desk.desktop.copied[0])
    assert words[:5] == ["dumpengine", "dump", "4711", "-t", "full"]
    assert words[7:] == ["--comment", "it's slow", "--exclude-thread", "4711"]
    desk.window.dumping.options.set_dump_type(MinidumpType.WithHandleData)
    assert " -t 0x4 " in desk.window.dumping.options.copy.toolTip()


def test_redaction_reaches_the_request_and_the_command(desk):
    desk.select(4711)
    box = desk.window.dumping.options.findChild(QCheckBox, "redact")
    assert "--redact" not in desk.window.dumping.options.command_line()
    box.click()
    assert "--redact" in shlex.split(desk.window.dumping.options.command_line())
    assert start(desk).options.redact
    assert desk.settings.get(options.ticked("redact"))


def test_own_presets_are_kept_exported_and_imported(desk, tmp_path):
    window = desk.window
    desk.dialogs.text = "Hangs"
    window.dumping.options.set_dump_type(MinidumpType.WithThreadInfo | MinidumpType.WithHandleData)
    window.dumping.preset_menu._on_save()
    assert window.dumping.options.preset.currentText() == "Hangs"
    file = tmp_path / "presets.txt"
    window.dumping.preset_menu.export_file(str(file))
    assert file.read_text() == "Hangs=0x1004\n"
    window.dumping.preset_menu._on_remove()
    assert window.dumping.options.preset.currentText() == "Own choice"
    file.write_text(file.read_text() + "Wide=heap|WithThreadInfo\nnonsense\n")
    window.dumping.preset_menu.import_file(str(file))
    assert [choice.title for choice in window.dumping.presets.own()] == ["Hangs", "Wide"]
    assert window.dumping.options.preset.currentText() == "Hangs"


def test_a_file_without_presets_says_so(desk, tmp_path):
    (tmp_path / "x.txt").write_text("nothing here")
    desk.window.dumping.preset_menu.import_file(str(tmp_path / "x.txt"))
    assert "holds no presets" in desk.dialogs.told[0]


def test_the_file_name_template_shows_an_example(desk):
    box = desk.window.dumping.destination.template
    box.setText("{name}-{pid}.dmp")
    box.editingFinished.emit()
    assert box.toolTip() == "For example: program-4711.dmp"
    box.setText("  ")
    box.editingFinished.emit()
    assert box.text() == "{name}_{pid}_{date}_{time}.dmp"
