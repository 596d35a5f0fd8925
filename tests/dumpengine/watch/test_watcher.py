"""The loop on real processes."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from dumpengine.backends.vitals import Measure
from dumpengine.dump_types import PRESETS
from dumpengine.errors import DumpError, ErrorKind
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import key_of
from dumpengine.read.dump import open_dump
from dumpengine.watch.conditions import Above, Condition, Every, Grows, StartsChild
from dumpengine.watch.events import Armed, Dumped, Ended, Event, Failed, Fired, Sampled
from dumpengine.watch.plan import Plan
from dumpengine.watch.targets import Given, Named, Tree
from dumpengine.watch.watcher import Outcome, Watcher, interval_of
from tests.support.c_targets import ticker
from tests.support.children import program, python_child, wait_until, zombie

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's processes"),
]
OPTIONS = CaptureOptions(dump_type=PRESETS["mini"].value)
MB = 1_000_000


def plan(folder: Path, *conditions: Condition, **more: Any) -> Plan:
    return Plan(conditions=conditions, options=OPTIONS, folder=folder, **more)


class Run:
    """A watch on a thread, and what it told."""

    def __init__(self, plan: Plan, targets: Any) -> None:
        self.events: list[Event] = []
        self.watcher = Watcher(plan, targets, self.events.append)
        self.outcome: Outcome | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.outcome = self.watcher.run()

    def __enter__(self) -> Run:
        self._thread.start()
        return self

    def __exit__(self, *rest: object) -> None:
        self.watcher.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def wait(self) -> Outcome:
        self._thread.join(20)
        assert self.outcome is not None
        return self.outcome

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def busy(percent: int) -> str:
    """Python that uses so much of a processor from then on, as a thread."""
    return f"""
def busy():
    while True:
        end = time.thread_time() + {percent} / 10000
        begin = time.monotonic()
        while time.thread_time() < end: pass
        time.sleep(max(0, begin + 0.01 - time.monotonic()))
threading.Thread(target=busy, daemon=True).start()
"""


def test_memory_just_below_and_reached(tmp_path):
    with python_child("data = bytearray(30_000_000)") as child:
        statm = Path(f"/proc/{child.pid}/statm").read_text().split()
        now = int(statm[1]) * os.sysconf("SC_PAGE_SIZE")
        with Run(plan(tmp_path, Above(Measure.MEMORY, now + MB)), Given([key_of(child.pid)])) as it:
            time.sleep(1.2)
            assert not it.of(Fired)
            assert it.of(Sampled)[0].values[Measure.MEMORY] == pytest.approx(now, abs=MB)
        with Run(plan(tmp_path, Above(Measure.MEMORY, now - MB)), Given([key_of(child.pid)])) as it:
            assert it.wait() is Outcome.DONE
    [dumped] = it.of(Dumped)
    assert dumped.reasons[0].startswith("memory at ")
    assert Path(dumped.result.path).name.startswith(f"{dumped.name}_{child.pid}_memory_")
    with open_dump(dumped.result.path) as dump:
        assert dump.comments == (f"because: {dumped.reasons[0]}",)


def test_processor_time_that_lasts(tmp_path):
    with python_child(busy(60)) as child:
        asked = Above(Measure.CPU, 20, 0.8)
        with Run(plan(tmp_path, asked), Given([key_of(child.pid)])) as it:
            assert it.wait() is Outcome.DONE
        with Run(plan(tmp_path, Above(Measure.CPU, 95, 0.8)), Given([key_of(child.pid)])) as above:
            time.sleep(1.5)
    assert it.of(Dumped)
    assert not above.of(Fired)


def test_growth(tmp_path):
    grow = "threading.Timer(3, lambda: globals().update(data=bytearray(b'x' * 20_000_000)))"
    asked = plan(tmp_path, Grows(10 * MB, 5))
    with python_child(f"{grow}.start()") as child, Run(asked, Given([key_of(child.pid)])) as it:
        assert it.wait() is Outcome.DONE
    assert it.of(Fired)[0].reasons[0].startswith("memory grew by ")


def test_several_true_at_once_make_one_dump_that_names_them(tmp_path):
    many = Above(Measure.THREADS, 1), Above(Measure.HANDLES, 1), Above(Measure.HANDLES, 10_000)
    with python_child() as child, Run(plan(tmp_path, *many), Given([key_of(child.pid)])) as it:
        it.wait()
    [dumped] = it.of(Dumped)
    assert len(dumped.reasons) == 2
    assert "_threads-handles_" in dumped.result.path


def test_count_and_spacing(tmp_path):
    asked = plan(tmp_path, Above(Measure.THREADS, 1), count=2, spacing=1.5)
    with python_child() as child, Run(asked, Given([key_of(child.pid)])) as it:
        it.wait()
        assert child.poll() is None
    assert len(it.of(Dumped)) == len(list(tmp_path.iterdir())) == 2
    assert [event.dumps for event in it.of(Ended)] == [2, 2]


def test_a_series_is_numbered(tmp_path):
    asked = plan(tmp_path, Above(Measure.THREADS, 1), series=3, apart=0.2)
    with python_child() as child, Run(asked, Given([key_of(child.pid)])) as it:
        it.wait()
    assert [(each.number, each.of) for each in it.of(Dumped)] == [(1, 3), (2, 3), (3, 3)]
    with open_dump(it.of(Dumped)[2].result.path) as dump:
        assert "dump 3 of 3" in dump.comments[0]
    assert [bool(each.finding) for each in it.of(Dumped)] == [False, False, True]
    assert it.of(Dumped)[2].finding.startswith("1 of 1 threads did not move")


def test_the_end_of_the_target_ends_the_watch_at_once(tmp_path):
    with (
        python_child() as child,
        Run(plan(tmp_path, Every(3600)), Given([key_of(child.pid)])) as it,
    ):
        wait_until(lambda: it.of(Armed))
        child.kill()
        assert it.wait() is Outcome.DONE
    assert "signal SIGKILL" in it.of(Ended)[0].why


def test_each_of_a_name_has_its_own_state(tmp_path):
    name = f"watch-me-{os.getpid()}"
    asked = plan(tmp_path, Every(0.3))
    with Run(asked, Named(name)) as it:
        for _ in range(2):
            with program(tmp_path, name.encode()):
                wait_until(lambda: it.of(Dumped))
                before = len(it.of(Dumped))
                assert before == len({event.pid for event in it.of(Dumped)})
            wait_until(lambda: it.of(Ended))
            it.events.clear()
    assert it.outcome is Outcome.STOPPED


_STARTS = """
import subprocess
def start():
    threading.Timer(60, os._exit, [0]).start()
    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
threading.Timer(3, start).start()
"""


def test_a_child_that_starts(tmp_path):
    asked = plan(tmp_path, StartsChild())
    with python_child(_STARTS) as child, Run(asked, Given([key_of(child.pid)])) as it:
        assert it.wait() is Outcome.DONE
        assert it.of(Fired)[0].reasons[0].startswith("it started ")
        for started in psutil.Process(child.pid).children():
            started.kill()


def test_a_tree_grows(tmp_path):
    asked = plan(tmp_path, Every(3600))
    with python_child(_STARTS) as child, Run(asked, Tree(key_of(child.pid))) as it:
        wait_until(lambda: len(it.of(Armed)) == 2)
        assert it.of(Armed)[0].pid == child.pid
        for started in psutil.Process(child.pid).children():
            started.kill()
        child.kill()
        assert it.wait() is Outcome.DONE


def test_a_limit_ends_it_in_words(tmp_path):
    asked = plan(tmp_path, Every(0.2), count=100, spacing=0, most_size=1)
    with python_child() as child, Run(asked, Given([key_of(child.pid)])) as it:
        assert it.wait() is Outcome.LIMIT
        assert child.poll() is None
    assert len(it.of(Dumped)) == 1
    assert "of at most 1 bytes" in it.of(Ended)[-1].why


@pytest.mark.parametrize("place", ["gone", "file"])
def test_what_could_not_be_written_is_not_armed(tmp_path, place):
    (tmp_path / "file").touch()
    with python_child() as child, pytest.raises(DumpError) as caught:
        Watcher(plan(tmp_path / place, Every(1)), Given([key_of(child.pid)]), print).run()
    assert caught.value.kind is ErrorKind.DESTINATION


def test_a_process_that_could_not_be_dumped_is_not_armed(tmp_path):
    told: list[Event] = []
    with zombie() as pid, pytest.raises(DumpError):
        Watcher(plan(tmp_path, Every(1)), Given([key_of(pid)]), told.append).run()
    assert not told


def test_a_dump_that_fails_is_told_and_tried_again(tmp_path):
    folder = tmp_path / "dumps"
    folder.mkdir()
    with python_child() as child:
        asked = plan(folder, Every(0.3), spacing=0)
        with Run(asked, Given([key_of(child.pid)])) as it:
            wait_until(lambda: it.of(Armed))
            folder.rmdir()
            wait_until(lambda: it.of(Failed))
            folder.mkdir()
            assert it.wait() is Outcome.FAILED
    assert len(it.of(Dumped)) == 1


def test_nothing_is_lost_by_being_watched(tmp_path):
    with ticker(signals=500) as target:
        with Run(plan(tmp_path, Every(0.2), count=5, spacing=0), Given([key_of(target.pid)])) as it:
            it.wait()
        assert len(it.of(Dumped)) == 5
        counted = target.ask(b"end\n")
    # The sender may be killed between a signal and its count.
    assert counted["handled"] - counted["sent"] in (0, 1)
    assert counted["sent"]


def test_looks_are_often_enough():
    assert interval_of([Every(3600)]) == 1
    assert interval_of([Every(3600), Above(Measure.CPU, 80, 2)]) == 0.5
