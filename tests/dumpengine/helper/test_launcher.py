"""Captures in a helper process: followed, cancelled, and survived when the helper is killed."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading

import pytest

from dumpengine.callbacks import Phase
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_CANCELLED, E_DISK_FULL, E_FILE_EXISTS, E_HELPER_DIED
from dumpengine.options import CaptureOptions, Mode
from dumpengine.processes.listing import key_of

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="captures on Linux"),
]
if sys.platform.startswith("linux"):
    from dumpengine.helper import launcher
    from dumpengine.helper.launcher import CaptureRequest, HelperCapture
    from dumpengine.read.check import check_dump
    from dumpengine.read.dump import open_dump
    from tests.support.c_targets import hard, markers
    from tests.support.capturing import assert_runs, descriptors

FULL = MinidumpType.WithFullMemory


@pytest.fixture(scope="module")
def target():
    with hard("touch", 64) as running:
        yield running


def request_for(target, path, dump_type=FULL, *, overwrite=False, **asked) -> CaptureRequest:
    options = CaptureOptions(dump_type=MinidumpType(dump_type), **asked)
    return CaptureRequest(
        key=key_of(target.pid), name="hard", path=path, options=options, overwrite=overwrite
    )


@pytest.mark.parametrize("dump_type", [0, FULL])
def test_a_capture_is_followed_to_its_end(target, tmp_path, dump_type):
    seen, log = [], []
    path = tmp_path / "x.dmp"
    before = descriptors()
    capture = HelperCapture(request_for(target, path, dump_type, comment="why"))
    result = capture.run(seen.append, log.extend)
    assert result.ok
    assert result.path == str(path)
    assert result.size == path.stat().st_size
    assert check_dump(path).ok
    assert path.stat().st_mode & 0o777 == 0o600
    with open_dump(path) as dump:
        assert dump.comments == ("why",)
    assert [seen[0].phase, seen[-1].phase] == [Phase.PREPARING, Phase.VERIFYING]
    assert any(line.startswith("Thread ") for line in log)
    assert any(line.startswith("Module ") for line in log)
    done = [p.done for p in seen if p.phase is Phase.MEMORY]
    assert done == sorted(done)
    assert descriptors() == before
    assert_runs(target.pid)


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.STOPPING, Phase.MEMORY, Phase.VERIFYING])
@pytest.mark.parametrize("mode", ["stop", "snapshot"])
def test_cancelled(target, tmp_path, phase, mode):
    path = tmp_path / "x.dmp"
    path.write_bytes(b"an older dump")
    capture = HelperCapture(request_for(target, path, overwrite=True, mode=Mode(mode)))
    result = capture.run(lambda p: capture.cancel() if p.phase is phase else None)
    assert (result.ok, result.hresult) == (False, E_CANCELLED)
    assert path.read_bytes() == b"an older dump"
    assert os.listdir(tmp_path) == ["x.dmp"]
    assert_runs(target.pid)


def test_cancelled_before_it_began(target, tmp_path):
    capture = HelperCapture(request_for(target, tmp_path / "x.dmp"))
    capture.cancel()
    capture.cancel()
    assert capture.run().hresult == E_CANCELLED
    assert os.listdir(tmp_path) == []


def test_a_helper_that_does_not_listen_is_ended(target, tmp_path, monkeypatch):
    monkeypatch.setattr(launcher, "PATIENCE", 0.2)
    deaf = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(launcher, "helper_command", lambda: deaf)
    capture = HelperCapture(request_for(target, tmp_path / "x.dmp"))
    timer = threading.Timer(0.1, capture.cancel)
    timer.start()
    assert capture.run().hresult == E_CANCELLED
    timer.join()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("mode", ["stop", "snapshot"])
def test_killed_at_random_moments(target, tmp_path, monkeypatch, mode):
    chance = random.Random(mode)
    helpers = []
    start = launcher.start_helper

    def remembered():
        helper, channel = start()
        helpers.append(helper)
        return helper, channel

    monkeypatch.setattr(launcher, "start_helper", remembered)
    endings = set()
    for _ in range(10):
        path = tmp_path / "x.dmp"
        capture = HelperCapture(request_for(target, path, mode=Mode(mode), overwrite=True))
        left = chance.randrange(9)

        def kill_later(_progress):
            nonlocal left
            left -= 1
            if left < 0 and helpers[-1:]:
                helpers[-1].kill()

        result = capture.run(kill_later)
        endings.add(result.hresult)
        assert result.hresult in (None, E_HELPER_DIED)
        if not result.ok:
            assert signal.SIGKILL.name in result.cause
            assert result.remedy
        for _ in range(500):
            if launcher_is_forgotten(target.pid):
                break
            threading.Event().wait(0.01)
        assert_runs(target.pid)
        assert set(os.listdir(tmp_path)) <= {"x.dmp"}
    assert E_HELPER_DIED in endings


def launcher_is_forgotten(pid: int) -> bool:
    from tests.support.capturing import children_of
    from tests.support.children import state_of, tracer_of

    # The image is a child of the target, until the tracer learns that the helper is gone.
    return tracer_of(pid) == 0 and state_of(pid) in "SR" and not children_of(pid)


@pytest.mark.parametrize(
    "talk",
    [
        "print('no JSON', flush=True)",
        'print(\'{"message": "progress"}\', flush=True)',
        "print('{\"message\": 5}', flush=True)",
        'print(\'{"message": "finished"}\', flush=True)',
        'print(\'{"message": "finished", "result": {"size": "x"}}\', flush=True)',
        "sys.exit(3)",
        "os.kill(os.getpid(), 11)",
    ],
)
def test_a_helper_that_talks_nonsense_is_a_failure(target, tmp_path, monkeypatch, talk):
    program = f"import os, sys; os.dup2(0, 1); sys.stdin.buffer.raw.readinto(bytearray(9)); {talk}"
    monkeypatch.setattr(launcher, "helper_command", lambda: [sys.executable, "-c", program])
    result = HelperCapture(request_for(target, tmp_path / "x.dmp")).run()
    assert not result.ok
    assert result.cause
    assert result.remedy
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_there_is_not_replaced_unasked(target, tmp_path):
    path = tmp_path / "x.dmp"
    path.write_bytes(b"an older dump")
    assert HelperCapture(request_for(target, path)).run().hresult == E_FILE_EXISTS
    assert path.read_bytes() == b"an older dump"


def test_what_fails_in_the_helper_is_told_in_full(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    with markers() as gone:
        request = request_for(gone, tmp_path / "x.dmp")
    result = HelperCapture(request).run()
    assert not result.ok
    assert str(gone.pid) in result.cause
    assert result.error == "no_process"
    assert result.hresult != E_DISK_FULL
    assert os.listdir(tmp_path) == []
