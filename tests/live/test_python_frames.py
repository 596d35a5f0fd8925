"""The lines of a Python service, live and from dumps, on every Python that is here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dumpengine.dump_types import PRESETS
from dumpengine.snapshot import Absent, Scripts, Snapshot
from dumpengine.stacks.files import Files
from dumpengine.stacks.images import Images
from dumpengine.stacks.look import look
from dumpengine.stacks.scripts import with_scripts

SERVICE = Path(__file__).parent.parent / "support" / "targets" / "service.py"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


def _pythons() -> Iterator[tuple[str, str]]:
    """Yield version and path of each Python that runs: one of each version, and the system's."""
    seen = set()
    places = [sys.executable, "/usr/bin/python3"]
    places += [shutil.which(f"python3.{minor}") or "" for minor in range(11, 15)]
    places += map(str, Path.home().glob(".pyenv/versions/3.1[1-4]*/bin/python3"))
    for place in filter(None, places):
        done = subprocess.run([place, "-c", _VERSION], capture_output=True, text=True)
        version, _, path = done.stdout.strip().partition(" ")
        path = str(Path(path).resolve()) if path else ""
        if done.returncode == 0 and path not in seen and int(version.split(".")[1]) >= 11:
            seen.add(path)
            yield version, path


PYTHONS = {
    f"{version} {'system' if path.startswith('/usr') else 'own'}": path
    for version, path in (_pythons() if sys.platform.startswith("linux") else ())
}
# What each thread of the service runs, the innermost first, down to ``worker``.
EXPECTED = (
    [("Store.fetch", "fetch"), ("handle", "handle"), ("run", "run"), ("worker", "stuck")],
    [
        ("worker.<locals>.<lambda>.<locals>.<lambda>", "lambda"),
        ("worker.<locals>.<lambda>", "lambda"),
        ("worker", "lambda"),
    ],
    [("endless.<locals>.<genexpr>", "generator"), ("endless", "generator"), ("worker", "loop")],
    [("größe_日本", 4), ("<module>", 5), ("worker", "compiled")],
    *([[("worker", "sleep")]] * 3),
)


def _marks() -> dict[str, int]:
    """The lines of the service that end with ``# mark NAME``."""
    lines = SERVICE.read_text("utf-8").splitlines()
    return {
        line.rpartition("# mark ")[2]: number
        for number, line in enumerate(lines, 1)
        if "# mark " in line
    }


@pytest.fixture(params=PYTHONS.values(), ids=PYTHONS.keys())
def service(request) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [request.param, str(SERVICE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        try:
            yield child
        finally:
            child.kill()


def assert_lines_right(snapshot: Snapshot) -> None:
    marks = _marks()
    scripts = snapshot.scripts
    assert isinstance(scripts, Scripts)
    assert len(scripts.frames) == 8
    main, *others = (scripts.frames[tid] for tid in sorted(scripts.frames))
    assert (main[0].function, main[0].line) == ("<module>", marks["main"])
    for frames, expected in zip(others, EXPECTED, strict=True):
        wanted = [(f, marks[m] if isinstance(m, str) else m) for f, m in expected]
        assert [(frame.function, frame.line) for frame in frames[: len(wanted)]] == wanted
        assert frames[len(wanted)].function == "Thread.run"
        assert frames[len(wanted) - 1].file == str(SERVICE)


@pytest.mark.parametrize("preset", ["mini", "heap", "full"])
def test_a_dump_has_the_lines(service, capture, preset):
    _, dump, _ = capture(service.pid, PRESETS[preset].value)
    assert_lines_right(dump.snapshot())


@pytest.mark.parametrize("preset", ["heap", "full"])
def test_a_dump_that_holds_the_memory_needs_no_stream_of_ours(service, capture, preset):
    _, dump, _ = capture(service.pid, PRESETS[preset].value)
    bare = replace(dump.snapshot(), scripts=Absent("not recorded"))
    trusted = Files([Path(sys.base_prefix), Path.home() / ".pyenv"])
    assert_lines_right(with_scripts(bare, Images(bare, trusted)))


def test_triage_shows_no_folders(service, capture):
    _, dump, _ = capture(service.pid, PRESETS["triage"].value)
    scripts = dump.snapshot().scripts
    assert isinstance(scripts, Scripts)
    files = {frame.file for frames in scripts.frames.values() for frame in frames}
    assert "threading.py" in files
    assert SERVICE.name not in files  # a word of the command line
    assert not any("/" in file for file in files)
    functions = {frame.function for frames in scripts.frames.values() for frame in frames}
    assert {"Store.fetch", "handle", "run", "worker"} <= functions


def test_the_lines_are_where_the_interpreter_runs_in_the_stack(service, capture):
    _, dump, _ = capture(service.pid, PRESETS["mini"].value)
    found = look(dump.snapshot(), Files([Path.home() / ".pyenv"]))
    stuck = found.threads[1]
    names = [frame.function.partition("@")[0] for frame in stuck.frames]
    assert names.index("PyThread_acquire_lock_timed") < names.index("Store.fetch")
    assert names.index("Thread._bootstrap") < names.index("start_thread")
    assert not any(name.startswith("_PyEval_EvalFrameDefault") for name in names)
    assert stuck.waits_for.startswith("lock of Python 0x")
    line = _marks()["fetch"]
    assert [finding.sentence for finding in found.findings if finding.kind == "unowned"] == [
        f"{stuck.name} ({stuck.id}) waits in Store.fetch() (service.py:{line}) for a Python "
        "lock whose holder is not recorded."
    ]
