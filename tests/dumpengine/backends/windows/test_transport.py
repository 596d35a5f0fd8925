"""Captures through the helper process on Windows."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dumpengine import CaptureRequest, HelperCapture, MinidumpType, Phase, Progress, key_of
from dumpengine.errors import E_CANCELLED, E_HELPER_DIED
from dumpengine.options import CaptureOptions
from dumpengine.read.dump import open_dump
from tests.support.windows import Target, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

FULL = MinidumpType.WithFullMemory


def request(of: Target, path: Path, dump_type: int = 0, **more: object) -> CaptureRequest:
    options = CaptureOptions(dump_type=MinidumpType(dump_type), **more)  # type: ignore[arg-type]
    return CaptureRequest(key=key_of(of.pid), name="it", path=path, options=options)


def children() -> set[int]:
    import psutil

    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_dump(tmp_path: Path) -> None:
    seen: list[Progress] = []
    with target() as child:
        before = children()
        asked = request(
            child,
            tmp_path / "x.dmp",
            comment="Grüße",
            exclude_threads=frozenset({child.main_thread}),
        )
        result = HelperCapture(asked).run(seen.append)
        assert child.answers()
        assert children() == before
    assert result.ok, result.cause
    assert result.path == str(tmp_path / "x.dmp")
    assert {progress.phase for progress in seen} >= {Phase.COLLECTING, Phase.VERIFYING}
    with open_dump(tmp_path / "x.dmp") as dump:
        assert dump.comments == ("Grüße",)
        assert child.main_thread not in {t.tid for t in dump.snapshot().threads}
    assert os.listdir(tmp_path) == ["x.dmp"]


def test_cancel(tmp_path: Path) -> None:
    asked_at: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.done > 32 << 20 and not asked_at:
            asked_at.append(time.perf_counter())
            capture.cancel()

    with target(megabytes=512) as child:
        before = children()
        capture = HelperCapture(request(child, tmp_path / "x.dmp", FULL))
        result = capture.run(watch)
        took = time.perf_counter() - asked_at[0]
        assert child.answers()
        assert children() == before
    assert result.hresult == E_CANCELLED
    assert took < 2.0  # the helper's patience; how long it takes is measured elsewhere
    assert os.listdir(tmp_path) == []


def test_helper_killed(tmp_path: Path) -> None:
    import psutil

    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.done > 8 << 20 and not killed:
            (helper,) = (p for p in psutil.Process().children() if p.pid not in before)
            killed.append(helper.pid)
            helper.kill()

    with target(megabytes=256) as child:
        before = children()
        result = HelperCapture(request(child, tmp_path / "x.dmp", FULL)).run(kill)
        assert child.answers()
    assert result.hresult == E_HELPER_DIED
    assert os.listdir(tmp_path) == []


def test_failure_comes_through(tmp_path: Path) -> None:
    with target() as child:
        asked = request(child, tmp_path / "x.dmp")
    result = HelperCapture(asked).run()
    assert not result.ok
    assert result.error == "no_process"
    assert os.listdir(tmp_path) == []


def test_two_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with target(megabytes=64) as one, target(megabytes=64) as two, ThreadPoolExecutor(2) as pool:
        asked = [request(t, tmp_path / f"{t.pid}.dmp", FULL) for t in (one, two)]
        results = list(pool.map(lambda item: HelperCapture(item).run(), asked))
    assert all(result.ok for result in results), results
