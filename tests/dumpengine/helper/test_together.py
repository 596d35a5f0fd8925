"""Captures of one moment: who waits for whom, and that processes really stand still together."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_CANCELLED
from dumpengine.helper import together
from dumpengine.helper.launcher import CaptureRequest, HelperCapture
from dumpengine.helper.together import Together
from dumpengine.options import CaptureOptions, Mode
from dumpengine.processes.listing import key_of
from dumpengine.read.dump import open_dump
from dumpengine.report import describe
from tests.support.capturing import assert_runs
from tests.support.children import python_child

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="held on Linux only")

# Notes when it stood still for more than 5 ms; tells the intervals when asked.
BEATING = """
import json
gaps, last = [], time.monotonic()
def answer():
    for line in sys.stdin.buffer:
        print(json.dumps(gaps), flush=True)
    os._exit(0)
threading.Thread(target=answer, daemon=True).start()
print("ready", flush=True)
while True:
    now = time.monotonic()
    if now - last > 0.005:
        gaps.append((last, now))
    last = now
    time.sleep(0.0005)
"""


def gaps_of(child: subprocess.Popen[bytes]) -> list[tuple[float, float]]:
    child.stdin.write(b"?\n")
    child.stdin.flush()
    return [tuple(gap) for gap in json.loads(child.stdout.readline())]


NORMAL = CaptureOptions(dump_type=MinidumpType.Normal)


def common(first, second):
    """The intervals that lie in one of both."""
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second)
    return [pair for pair in pairs if pair[0] < pair[1]]


@linux
@pytest.mark.parametrize("mode", [Mode.STOP, Mode.SNAPSHOT])
def test_there_is_a_moment_at_which_all_stand_still(tmp_path, mode):
    with ExitStack() as stack:
        children = [stack.enter_context(python_child(BEATING)) for _ in range(3)]
        places = Together(len(children)).places
        captures = [
            HelperCapture(
                CaptureRequest(
                    key=key_of(child.pid),
                    name="x",
                    path=tmp_path / f"{child.pid}.dmp",
                    options=CaptureOptions(dump_type=MinidumpType.WithFullMemory, mode=mode),
                    place=place,
                )
            )
            for child, place in zip(children, places, strict=True)
        ]
        with ThreadPoolExecutor(len(captures)) as pool:
            results = list(pool.map(HelperCapture.run, captures))
        assert [result.ok for result in results] == [True] * 3
        assert [result.of_one_moment for result in results] == [True] * 3
        assert all("with the dumps of 2 other" in " ".join(each.warnings) for each in results)
        assert {result.mode for result in results} == {mode.value}
        assert not any(
            "not of one moment" in text for result in results for text in result.warnings
        )
        still = [(0.0, float("inf"))]
        for child in children:
            still = common(still, gaps_of(child))
        assert still
        for child in children:
            assert_runs(child.pid)


@linux
def test_who_fails_is_not_waited_for(tmp_path):
    with python_child() as child:
        first, second = Together(2).places
        path = tmp_path / "there.dmp"
        path.write_bytes(b"an older dump")
        key = key_of(child.pid)
        failing = HelperCapture(
            CaptureRequest(key=key, name="x", path=path, options=NORMAL, place=first)
        )
        assert not failing.run().ok
        other = HelperCapture(
            CaptureRequest(key=key, name="x", path=tmp_path / "x.dmp", options=NORMAL, place=second)
        )
        result = other.run()
        assert result.ok
        assert result.of_one_moment is True


@linux
def test_one_that_does_not_come_holds_nobody_for_long(tmp_path, monkeypatch):
    monkeypatch.setattr(together, "READY_LIMIT", 0.1)
    monkeypatch.setattr(together, "HELD_LIMIT", 0.1)
    with python_child() as child:
        place, _absent = Together(2).places
        request = CaptureRequest(
            key=key_of(child.pid), name="x", path=tmp_path / "x.dmp", options=NORMAL, place=place
        )
        result = HelperCapture(request).run()
        assert result.ok
        assert result.of_one_moment is False
        assert any("not of one moment" in text for text in result.warnings)
        with open_dump(result.path) as dump:
            remarks = [remark.what for remark in describe(dump).remarks]
        assert any("not of one moment" in text for text in remarks)


@linux
def test_cancelled_while_it_waits(tmp_path):
    with python_child() as child:
        place, _absent = Together(2).places
        request = CaptureRequest(
            key=key_of(child.pid), name="x", path=tmp_path / "x.dmp", options=NORMAL, place=place
        )
        capture = HelperCapture(request)
        threading.Timer(0.5, capture.cancel).start()
        result = capture.run()
        assert result.hresult == E_CANCELLED
        assert list(tmp_path.iterdir()) == []
        assert_runs(child.pid)


def test_places_are_stopped_in_their_order():
    first, second, third = Together(3).places
    order: list[int] = []
    never = threading.Event()

    def stop(place):
        assert place.ready(never)
        order.append(place.number)
        assert place.held(never)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(stop, (third, first, second)))
    assert order == [0, 1, 2]


def test_who_comes_late_hears_that_there_was_no_moment(monkeypatch):
    """The first has been let go by then: that all have arrived is no moment any more."""
    monkeypatch.setattr(together, "HELD_LIMIT", 0.05)
    first, second = Together(2).places
    never = threading.Event()
    assert first.held(never) is False
    assert second.held(never) is False


def test_who_is_gone_breaks_no_promise_of_the_others():
    first, second, third = Together(3).places
    never = threading.Event()
    third.leave()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda place: place.held(never), (first, second))) == [True, True]
