"""What goes wrong is written down, for as long as the program runs."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning

from gui import hooks


@pytest.fixture(autouse=True)
def leave_crashes_to_pytest(monkeypatch) -> None:
    monkeypatch.setattr("faulthandler.enable", lambda file: file.fileno())
    monkeypatch.setattr("faulthandler.disable", lambda: None)


def test_errors_and_warnings_of_qt_are_logged(tmp_path: Path, capsys, qtbot) -> None:
    folder = tmp_path / "settings"
    told: list[str] = []
    with hooks.installed(folder) as surprises:
        surprises.told.connect(told.append)
        error = ValueError("a wrong number")
        sys.excepthook(ValueError, error, None)
        qWarning("a wrong size")
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
    log = (folder / "dumpdesk.log").read_text(encoding="utf-8")
    for text in ("a wrong number", "a wrong size", "ZeroDivisionError"):
        assert text in log
    assert "Traceback" in log
    printed = capsys.readouterr().err
    assert "a wrong number" in printed
    assert "Traceback" not in printed
    assert "a wrong number" in told[0]


def test_a_surprise_is_told_once(tmp_path: Path, qtbot) -> None:
    told: list[str] = []
    with hooks.installed(tmp_path) as surprises:
        surprises.told.connect(told.append)
        for _ in range(3):
            sys.excepthook(ValueError, ValueError("a wrong number"), None)
    assert len(told) == 1


def test_the_window_says_what_went_wrong(desk) -> None:
    desk.window.commands.show_surprise("Something <b>odd</b> happened.")
    said = desk.dialogs.told[-1]
    assert said.startswith("Something <b>odd</b> happened.")
    assert "dumpdesk.log" in said


@pytest.mark.parametrize("stderr", [True, False])
def test_nothing_of_it_is_left_afterwards(tmp_path: Path, monkeypatch, stderr) -> None:
    if not stderr:
        monkeypatch.setattr(sys, "stderr", None)
    before = sys.excepthook, threading.excepthook, list(logging.getLogger().handlers)
    with hooks.installed(tmp_path):
        logging.getLogger("dumpdesk").warning("something")
    assert (sys.excepthook, threading.excepthook, logging.getLogger().handlers) == before
    for path in tmp_path.iterdir():
        path.unlink()  # Windows removes no file that is open


def test_no_log_is_made_while_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with hooks.installed(tmp_path):
        logging.getLogger("dumpdesk").debug("less than is logged")
        assert not (tmp_path / "dumpdesk.log").exists()
        logging.getLogger("dumpdesk").warning("something")
        assert (tmp_path / "dumpdesk.log").exists()
