"""Asking for administrator rights on Windows: every way of not getting them, and getting them.

The prompt is the system's own where it starts programs without asking; else it is replaced.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dumpengine.options import CaptureOptions
from tests.support.windows import needs_windows, target

if sys.platform != "win32":
    pytest.skip("drives the Windows API", allow_module_level=True)

from dumpengine import (
    CaptureRequest,
    CaptureResult,
    HelperCapture,
    MinidumpType,
    UserStream,
    check_dump,
    elevation_obstacle,
    key_of,
    process_name,
)
from dumpengine.backends.windows import named_pipe, runas
from dumpengine.helper import elevated_windows

pytestmark = [needs_windows, pytest.mark.live]

ROOT = Path(__file__).parents[3]
# A system that only imitates Windows tells where the real DLL is; the helper takes no variable.
GRANTED = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from dumpengine.backends.windows import dll
if "MS_DBGCORE" in os.environ:
    dll.candidates = lambda: iter([Path(os.environ["MS_DBGCORE"])])
from dumpengine.helper.program import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def victim() -> Iterator[int]:
    with target() as child:
        yield child.pid
        assert child.answers()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """An installed DumpDesk; lists what is started as the helper."""
    seen: list[list[str]] = []
    monkeypatch.setattr(runas, "obstacle", lambda: "")
    helper_is(monkeypatch, GRANTED, seen)
    return seen


def helper_is(
    monkeypatch: pytest.MonkeyPatch, code: str, seen: list[list[str]] | None = None
) -> None:
    def program(arguments: list[str]) -> tuple[str, list[str]]:
        if seen is not None:
            seen.append(arguments)
        return sys.executable, ["-c", code, *arguments]

    monkeypatch.setattr(elevated_windows, "_program", program)


def capture(pid: int, folder: Path, *streams: UserStream) -> HelperCapture:
    asked = CaptureRequest(
        key=key_of(pid),
        name="child",
        path=folder / "out.dmp",
        options=CaptureOptions(dump_type=MinidumpType.Normal, user_streams=streams),
        elevated=True,
    )
    return HelperCapture(asked)


def refused(pid: int, folder: Path) -> CaptureResult:
    result = capture(pid, folder).run()
    assert not result.ok
    assert result.remedy
    assert os.listdir(folder) == []
    return result


def test_granted(victim: int, started: list[list[str]], tmp_path: Path) -> None:
    large = UserStream(0x10000, bytes(range(256)) * 4096)
    result = capture(victim, tmp_path, large).run()
    assert result.ok, result.cause
    assert check_dump(tmp_path / "out.dmp").ok
    assert large.data in (tmp_path / "out.dmp").read_bytes()
    assert os.listdir(tmp_path) == ["out.dmp"]
    ((option, name, *rest),) = started
    assert (option, name[:9]) == ("--elevated", "dumpdesk-")
    asker = ["--asker", str(os.getpid())]
    assert rest == [*asker, "--pid", str(victim), "--dump", process_name(key_of(victim))]


@pytest.mark.parametrize(
    ("code", "error", "cause"),
    [(1223, "cancelled", "was dismissed"), (5, "access", "could not be started")],
)
def test_the_prompts_refusals(
    victim: int,
    started: list[list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    error: str,
    cause: str,
) -> None:
    monkeypatch.setattr(runas, "_ask", lambda *_command: (0, code))
    result = refused(victim, tmp_path)
    assert result.error == error
    assert cause in str(result.cause)


def test_a_helper_that_is_not_there(
    victim: int, started: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = str(tmp_path / "none.exe")
    monkeypatch.setattr(elevated_windows, "_program", lambda arguments: (nowhere, arguments))
    assert refused(victim, tmp_path).error == "access"


def test_a_helper_that_ends_at_once(
    victim: int, started: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper_is(monkeypatch, "raise SystemExit(3)")
    assert "ended with exit code 3" in str(refused(victim, tmp_path).cause)


def test_cancelled_while_the_prompt_is_up(
    victim: int, started: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, answer = threading.Event(), threading.Event()

    def ask(*_command: str) -> tuple[int, int]:
        asking.set()
        answer.wait(60)
        return 0, runas.ERROR_CANCELLED

    monkeypatch.setattr(runas, "_ask", ask)
    running = capture(victim, tmp_path)
    results: list[CaptureResult] = []
    thread = threading.Thread(target=lambda: results.append(running.run()))
    thread.start()
    assert asking.wait(10)
    running.cancel()
    thread.join(10)
    answer.set()
    assert [result.error for result in results] == ["cancelled"]
    assert os.listdir(tmp_path) == []


def test_another_process_answers(
    victim: int, started: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The helper has been started, but it is somebody else who opens the pipes."""
    opened: list[tuple[int, int]] = []
    helper_is(monkeypatch, "import time; time.sleep(30)")
    start = runas.Elevated

    def intrude(program: str, arguments: list[str]) -> runas.Elevated:
        opened.append(named_pipe.open_pipes(arguments[3], os.getpid()))
        return start(program, arguments)

    monkeypatch.setattr(runas, "Elevated", intrude)
    assert "another process answered" in str(refused(victim, tmp_path).cause)
    for pipes in opened:
        named_pipe.close(pipes)


def test_not_installed(victim: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runas, "_is_administrator", lambda: False)
    assert "is not installed" in elevation_obstacle()
    result = refused(victim, tmp_path)
    assert result.error == "access"
    assert "for all users" in str(result.remedy)


def test_portable_or_for_one_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runas, "_is_administrator", lambda: False)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "dumpdesk.exe"))
    assert "portable" in elevation_obstacle()
    everybodys = Path(os.environ["PROGRAMFILES"]) / "DumpDesk" / "dumpdesk.exe"
    monkeypatch.setattr(sys, "executable", str(everybodys))
    assert elevation_obstacle() == ""


def test_an_administrator_needs_no_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runas, "_is_administrator", lambda: True)
    assert "administrator already" in elevation_obstacle()


def test_the_prompt_of_the_system_starts_what_is_asked(tmp_path: Path) -> None:
    said = tmp_path / "said"
    words = ["a b", 'quo"te', "trailing\\", ""]
    code = f"import sys; open({str(said)!r}, 'w').write(repr(sys.argv[1:])); sys.exit(7)"
    program = runas.Elevated(sys.executable, ["-c", code, *words])
    assert program.wait(60) == 7
    assert program.pid
    assert not program.error
    assert said.read_text() == repr(words)
    with pytest.raises(subprocess.TimeoutExpired):
        runas.Elevated(sys.executable, ["-c", "import time; time.sleep(2)"]).wait(0.1)
