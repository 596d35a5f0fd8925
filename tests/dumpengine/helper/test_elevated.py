"""Asking for administrator rights: what is asked, and how each way of not getting them is told.

pkexec is replaced by scripts that end as it does; the real one is asked by packaging/trial.
"""

from __future__ import annotations

import ast
import os
import stat
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dumpengine.options import CaptureOptions

pytest.importorskip("fcntl", reason="pkexec is Linux'")

from dumpengine import (
    CaptureRequest,
    CaptureResult,
    HelperCapture,
    MinidumpType,
    UserStream,
    key_of,
)
from dumpengine.helper import elevated, launcher
from tests.support.children import python_child


@pytest.fixture
def target() -> Iterator[int]:
    with python_child() as child:
        yield child.pid


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed helper, a user who is not root, and an empty PATH to put a pkexec in."""
    helper = tmp_path / "dumpengine-helper"
    helper.write_text("never started: pkexec is replaced")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(elevated, "HELPER", str(helper))
    monkeypatch.setattr(elevated, "_owner", lambda _status: 0)
    monkeypatch.setattr(elevated, "_is_administrator", lambda: False)
    monkeypatch.setenv("PATH", str(folder))
    return folder


NORMAL = CaptureOptions(dump_type=MinidumpType.Normal)


def pkexec(folder: Path, script: str) -> None:
    program = folder / "pkexec"
    program.write_text(f"#!{sys.executable}\nimport os, socket, sys\n{script}\n")
    program.chmod(0o755)


def dump(pid: int, folder: Path) -> CaptureResult:
    request = CaptureRequest(
        key=key_of(pid), name="child", path=folder / "out.dmp", options=NORMAL, elevated=True
    )
    return HelperCapture(request).run()


@pytest.mark.parametrize(
    ("code", "said", "error", "cause"),
    [
        (126, "", "cancelled", "was dismissed"),
        (127, "Error executing command as another user: Not authorized", "access", "not given"),
        (127, "No authentication agent found.", "access", "could ask for an administrator"),
        (127, "GDBus.Error: the bus is gone", "access", "the bus is gone"),
        (127, "", "access", "it gave no reason"),
    ],
)
def test_pkexecs_refusals(
    target: int, installed: Path, tmp_path: Path, code: int, said: str, error: str, cause: str
) -> None:
    pkexec(installed, f"print({said!r}, file=sys.stderr); sys.exit({code})")
    result = dump(target, tmp_path)
    assert not result.ok
    assert result.error == error
    assert result.cause is not None
    assert cause in result.cause
    assert result.remedy
    assert not (tmp_path / "out.dmp").exists()


def test_the_helpers_own_end_is_no_refusal(target: int, installed: Path, tmp_path: Path) -> None:
    pkexec(installed, "sys.exit(5)")
    result = dump(target, tmp_path)
    assert result.cause == "The capturing process was ended with exit code 5."


def test_what_is_asked_names_the_process(target: int, installed: Path, tmp_path: Path) -> None:
    pkexec(installed, f"open({str(tmp_path / 'asked')!r}, 'w').write(repr(sys.argv[1:]))")
    dump(target, tmp_path)
    asked = ast.literal_eval((tmp_path / "asked").read_text())
    expected = ["--disable-internal-agent", elevated.HELPER, "--pid", str(target), "--dump"]
    assert asked[:-1] == expected
    assert asked[-1].startswith("python")


def test_cancelled_while_it_asks_with_more_to_say_than_fits(
    target: int, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads the request while the prompt is up; cancelling must not wait for that."""
    monkeypatch.setattr(launcher, "PATIENCE", 0.2)
    asking = tmp_path / "asking"
    os.mkfifo(asking)
    pkexec(installed, f"open({str(asking)!r}, 'w').close(); import time; time.sleep(60)")
    large = UserStream(0x10000, bytes(8 << 20))
    capture = HelperCapture(
        CaptureRequest(
            key=key_of(target),
            name="child",
            path=tmp_path / "out.dmp",
            options=replace(NORMAL, user_streams=(large,)),
            elevated=True,
        )
    )
    results: list[CaptureResult] = []
    running = threading.Thread(target=lambda: results.append(capture.run()), daemon=True)
    running.start()
    asking.read_text()
    cancelling = threading.Thread(target=capture.cancel, daemon=True)
    cancelling.start()
    cancelling.join(10)
    assert not cancelling.is_alive(), "whoever cancels is held up"
    running.join(10)
    assert [result.error for result in results] == ["cancelled"]
    assert not (tmp_path / "out.dmp").exists()


def test_a_granted_capture(target: int, installed: Path, tmp_path: Path) -> None:
    """As pkexec does it: the environment cleared but for who asks, the socket as input."""
    root = Path(elevated.__file__).parents[2]
    start = "from dumpengine.helper.program import main; sys.exit(main(sys.argv[3:]))"
    pkexec(
        installed,
        f"sys.path.insert(0, {str(root)!r}); os.environ.clear()\n"
        f"os.environ.update(PKEXEC_UID='{os.getuid()}', PATH='/usr/bin', "
        f"PYTHONPATH={str(root)!r})\n{start}",
    )
    result = dump(target, tmp_path)
    assert result.ok, result.cause
    assert (tmp_path / "out.dmp").stat().st_uid == os.getuid()
    assert stat.S_IMODE((tmp_path / "out.dmp").stat().st_mode) == 0o600


def test_without_pkexec(target: int, installed: Path, tmp_path: Path) -> None:
    assert "pkexec" in elevated.elevation_obstacle()
    result = dump(target, tmp_path)
    assert result.error == "access"
    assert result.remedy is not None
    assert result.remedy.startswith("Install the package pkexec.")


def test_a_portable_one_cannot(target: int, installed: Path, tmp_path: Path) -> None:
    pkexec(installed, "sys.exit(0)")
    Path(elevated.HELPER).unlink()
    assert "not installed" in elevated.elevation_obstacle()
    assert dump(target, tmp_path).error == "access"


def test_a_helper_that_others_can_change_is_none(installed: Path) -> None:
    pkexec(installed, "sys.exit(0)")
    assert elevated.elevation_obstacle() == ""
    Path(elevated.HELPER).chmod(0o666)
    assert "not installed" in elevated.elevation_obstacle()


def test_an_administrator_needs_no_asking(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elevated, "_is_administrator", lambda: True)
    assert "administrator already" in elevated.elevation_obstacle()
