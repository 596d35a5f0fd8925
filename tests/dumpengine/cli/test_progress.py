"""The progress bar, the lines that replace it in a pipe, and silence."""

from __future__ import annotations

import io
import sys

from dumpengine.callbacks import Phase, Progress
from dumpengine.cli import progress as views
from dumpengine.cli import progress_bar
from dumpengine.cli.progress_bar import BarView

MEMORY = Progress(Phase.MEMORY, 300 << 20, 400 << 20, pause_ms=21.0, running=True)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch) -> Terminal:
    """Make stderr a terminal. Not a fixture: pytest puts its own stderr in place after those."""
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_which_view(monkeypatch):
    terminal(monkeypatch)
    assert isinstance(views.progress_view(silent=True), views.NoView)
    bar = views.progress_view(silent=False)
    bar.close()
    assert isinstance(bar, BarView)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(views.progress_view(silent=False), views.LinesView)


def test_the_bar_shows_phase_bytes_and_the_pause(monkeypatch):
    stream = terminal(monkeypatch)
    bar = BarView()
    bar.show(Progress(Phase.STOPPING))
    bar.show(MEMORY)
    bar._bar.refresh()
    bar.close()
    shown = stream.getvalue()
    assert "copying memory" in shown
    assert "314.6/419.4 MB" in shown
    assert "stood still 21 ms and runs again" in shown


def test_the_bar_is_handed_numbers_seldom(monkeypatch):
    terminal(monkeypatch)
    moment = [100.0]
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: moment[0])
    bar = BarView()
    updates = []
    monkeypatch.setattr(bar._bar, "update", lambda *_, **fields: updates.append(fields))
    for done in range(10):
        bar.show(Progress(Phase.MEMORY, done, 100))
        moment[0] += 0.02
    bar.show(Progress(Phase.FINISHING, 100, 100))
    bar.close()
    assert [u["completed"] for u in updates if "completed" in u] == [0, 3, 6, 9, 100]


def test_a_phase_without_bytes_leaves_the_bar_as_it_is(monkeypatch):
    terminal(monkeypatch)
    bar = BarView()
    bar.show(Progress(Phase.FINISHING, 100, 100))
    bar.show(Progress(Phase.VERIFYING))
    bar.close()
    (task,) = bar._bar.tasks
    assert (task.description, task.completed, task.total) == ("verifying", 100, 100)


def test_the_bar_says_that_it_is_cancelling(monkeypatch):
    stream = terminal(monkeypatch)
    bar = BarView()
    bar.cancelling()
    bar.show(MEMORY)
    bar._bar.refresh()
    bar.close()
    assert "cancelling" in stream.getvalue()


def test_lines_are_one_per_phase(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    lines = views.LinesView()
    for seen in (Progress(Phase.STOPPING), MEMORY, MEMORY, Progress(Phase.VERIFYING)):
        lines.show(seen)
    lines.cancelling()
    lines.close()
    assert stream.getvalue().splitlines() == [
        "stopping the threads",
        "copying memory (419 MB)",
        "verifying",
        "cancelling",
    ]


def test_nothing_is_nothing(capsys):
    view = views.NoView()
    view.show(MEMORY)
    view.cancelling()
    view.close()
    assert capsys.readouterr() == ("", "")
