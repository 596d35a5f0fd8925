"""Shrunk dumps in other people's readers: all accept them, and stacks walk as before."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from dumpengine.capture.shrink import shrink_dump
from dumpengine.capture.write_dump import write_dump
from dumpengine.dump_types import PRESETS
from dumpengine.read.check import check_dump
from dumpengine.read.dump import open_dump
from dumpengine.read.findings import READERS
from dumpengine.report import describe
from tests.support.agreement import disagreements
from tests.support.breakpad_dump import parse
from tests.support.children import python_child
from tests.support.readers import run_breakpad, run_lldb

pytestmark = [
    pytest.mark.consumer,
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="captures a Linux process"),
]

THREADS = "for n in range(3): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full dump of a Python process with four threads."""
    path = tmp_path_factory.mktemp("shrink") / "full.dmp"
    with python_child(THREADS) as child:
        write_dump(child.pid, path, PRESETS["full"].value)
    return path


@pytest.fixture(scope="module", params=["mini", "heap"])
def small(request: pytest.FixtureRequest, full: Path) -> Path:
    """The same dump, shrunk."""
    path = full.with_name(f"{request.param}.dmp")
    shrink_dump(full, path, PRESETS[request.param].value)
    return path


def frames(path: Path) -> list[tuple[str, str]]:
    """Thread and frame number of each frame that minidump_stackwalk finds."""
    lines = run_breakpad("minidump_stackwalk", path, "-m").stdout.splitlines()
    return [(parts[0], parts[1]) for line in lines if (parts := line.split("|"))[0].isdigit()]


def lldb_frames(path: Path) -> list[str]:
    """The program counters LLDB finds in all threads."""
    return re.findall(r"frame #\d+: (0x[0-9a-f]+)", run_lldb(path, "bt all"))


def test_it_is_smaller_and_every_reader_takes_it(full: Path, small: Path) -> None:
    assert small.stat().st_size < full.stat().st_size
    report = check_dump(small)
    assert report.ok
    assert dict(report.readers) == dict.fromkeys(READERS, True)


def test_breakpad_walks_the_stacks_as_before(full: Path, small: Path) -> None:
    before = frames(full)
    assert len({thread for thread, _ in before}) == 4
    assert frames(small) == before


def test_lldb_walks_the_stacks_as_before(full: Path, small: Path) -> None:
    before = lldb_frames(full)
    assert len(before) >= 4
    assert lldb_frames(small) == before


def test_breakpad_and_we_read_the_same_in_it(small: Path) -> None:
    blocks = parse(run_breakpad("minidump_dump", small).stdout)
    with open_dump(small) as dump:
        assert list(disagreements(describe(dump).to_json(), blocks)) == []
