"""Other people's readers open and unwind what was redacted while it was captured."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dumpengine.capture.call_stacks import call_stacks
from dumpengine.dump_types import PRESETS
from tests.live.conftest import capture as capture_fixture
from tests.support.c_targets import compiled, markers
from tests.support.readers import breakpad_tool, run_lldb
from tests.support.symbols import symbol_store

pytestmark = [
    pytest.mark.consumer,
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="captures on Linux"),
]
capture = capture_fixture

THREADS = 4


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    with markers(THREADS - 1, folder=tmp_path_factory.mktemp("mapped")) as running:
        yield running


@pytest.fixture(scope="module")
def store(tmp_path_factory, target) -> Path:
    return symbol_store(tmp_path_factory.mktemp("symbols"), programs(target.pid))


def programs(pid: int) -> set[Path]:
    """The program and its libraries."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {Path(line.split()[5]) for line in lines if " r-xp " in line and "/" in line}


def folders(pid: int) -> set[str]:
    """Where they lie."""
    return {str(path.parent) for path in programs(pid)}


@pytest.mark.parametrize("preset", PRESETS)
def test_lldb_unwinds_it(target, capture, preset):
    """Told where programs lie: a redacted dump shows no folder."""
    _, _, path = capture(target.pid, PRESETS[preset].value, redact=True)
    program = compiled("markers")
    printed = run_lldb(
        path,
        "thread list",
        "thread backtrace 1",
        "thread backtrace 2",
        before=f"settings set target.exec-search-paths {' '.join(folders(target.pid))}",
    )
    assert len(re.findall(r"^[* ] thread #\d+", printed, re.MULTILINE)) >= THREADS
    assert f"{program.name}`main" in printed
    assert f"{program.name}`work" in printed


@pytest.mark.parametrize("preset", PRESETS)
def test_breakpad_unwinds_it(target, capture, store, preset):
    _, _, path = capture(target.pid, PRESETS[preset].value, redact=True)
    command = [breakpad_tool("minidump_stackwalk"), path, store]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60)
    assert done.returncode == 0
    threads = re.split(r"^Thread \d+", done.stdout, flags=re.MULTILINE)[1:]
    assert len(threads) == THREADS
    assert "markers!main" in threads[0]
    assert all("markers!work" in thread for thread in threads[1:])
    assert not re.findall(r"minidump\.cc:\d+: ERROR.*", done.stderr)


@pytest.mark.parametrize("preset", PRESETS)
def test_our_own_walk_is_that_of_an_open_dump(target, capture, preset):
    _, _, plain = capture(target.pid, PRESETS["mini"].value)
    _, _, clean = capture(target.pid, PRESETS[preset].value, redact=True)
    symbols = [*folders(target.pid)]
    assert _chains(clean, symbols) == _chains(plain, symbols)


def _chains(path, symbols):
    found = call_stacks(path, symbols=symbols)
    return {t.id: [(frame.address, frame.function) for frame in t.frames] for t in found.threads}


@pytest.mark.parametrize("preset", PRESETS)
def test_udmp_parser_reads_it(target, capture, preset):
    import udmp_parser

    _, _, path = capture(target.pid, PRESETS[preset].value, redact=True)
    theirs = udmp_parser.UserDumpParser()
    assert theirs.Parse(path)
    assert len(theirs.Threads()) == THREADS
