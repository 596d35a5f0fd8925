"""Other people's readers open and unwind what was redacted while it was captured."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from dumpengine.capture.call_stacks import call_stacks
from dumpengine.dump_types import PRESETS
from tests.live.conftest import capture as capture_fixture
from tests.support.c_targets import compiled, markers
from tests.support.readers import run_lldb

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


def folders(pid: int) -> set[str]:
    """Where the program and its libraries lie."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {str(Path(line.split()[5]).parent) for line in lines if " r-xp " in line and "/" in line}


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
