"""A watch in a process of its own: what goes in, what comes out, and its end with ours."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from dumpengine import (
    PRESETS,
    Above,
    Armed,
    CaptureOptions,
    Crashes,
    Dumped,
    Ended,
    Event,
    Every,
    Exits,
    Failed,
    Fired,
    Grows,
    Hangs,
    HelperWatch,
    Line,
    Measure,
    Plan,
    ProcessKey,
    StartsChild,
    WatchRequest,
    key_of,
    why_not,
)
from dumpengine.watch.wire import event_from_json, plan_from_json, plan_to_json
from tests.support.capturing import assert_runs
from tests.support.children import python_child, wait_until

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's processes"),
]
OPTIONS = CaptureOptions(dump_type=PRESETS["mini"].value)
ALL = (
    Above(Measure.CPU, 80, 10),
    Grows(10, 2),
    Every(3),
    Line("a", "b"),
    Crashes(first=True, number=11),
    Exits(nonzero=True),
    Hangs(5),
    StartsChild(),
)


def request(key: ProcessKey, folder: Path, *conditions: object) -> WatchRequest:
    plan = Plan(conditions=conditions, options=OPTIONS, folder=folder)  # type: ignore[arg-type]
    return WatchRequest(key=key, name="child", plan=plan)


def test_a_plan_survives_the_way():
    plan = Plan(conditions=ALL, options=OPTIONS, folder=Path("/d"), count=3, least_free=7)
    assert plan_from_json(plan_to_json(plan)) == plan


def test_events_survive_the_way(tmp_path):
    told: list[Event] = []
    with python_child() as child:
        asked = request(key_of(child.pid), tmp_path, Above(Measure.THREADS, 1))
        HelperWatch(asked).run(told.append)
        assert_runs(child.pid)
    assert [type(event) for event in told][:1] == [Armed]
    assert {Fired, Dumped, Ended} <= {type(event) for event in told}
    assert [event_from_json(event.to_json()) for event in told] == told


def test_what_cannot_be_armed_comes_as_an_event(tmp_path):
    told: list[Event] = []
    HelperWatch(request(ProcessKey(999_999_999, 0.0), tmp_path, Every(1))).run(told.append)
    [failed] = told
    assert isinstance(failed, Failed)
    assert "no process" in failed.error.cause


def test_stop_ends_it(tmp_path):
    told: list[Event] = []
    with python_child() as child:
        watch = HelperWatch(request(key_of(child.pid), tmp_path, Every(3600), Crashes()))
        thread = threading.Thread(target=watch.run, args=[told.append])
        thread.start()
        wait_until(lambda: told)
        watch.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert_runs(child.pid)


def test_a_traced_process_is_dumped_when_it_is_asked_for(tmp_path):
    told: list[Event] = []
    with python_child() as child:
        watch = HelperWatch(request(key_of(child.pid), tmp_path, Crashes()))
        thread = threading.Thread(target=watch.run, args=[told.append])
        thread.start()
        wait_until(lambda: told)
        obstacle = why_not(child.pid)
        assert obstacle is not None
        assert obstacle.label == "watched"
        watch.dump_now()
        wait_until(lambda: any(isinstance(event, Dumped) for event in told))
        watch.stop()
        thread.join(10)
        assert_runs(child.pid)
    assert "_now_" in next(tmp_path.iterdir()).name
