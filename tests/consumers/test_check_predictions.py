"""check_dump says who can open a dump; here the readers themselves have the word.

Samples are opened as they are and with one thing changed that a reader is known to refuse.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import udmp_parser
from minidump.minidumpfile import MinidumpFile

from dumpengine.dump_types import MinidumpType
from dumpengine.read.check import check_dump
from dumpengine.read.findings import BREAKPAD, LLDB, MINIDUMP, UDMP_PARSER
from tests.support.broken_dumps import CASES, Case
from tests.support.readers import run_breakpad, run_lldb
from tests.support.samples import NAMES, unpacked
from tests.support.synth import STACK, small_dump

pytestmark = pytest.mark.consumer


def breakpad_opens(path: Path) -> bool:
    """Frames, modules, and the stacks of some threads; without them it is of no use."""
    done = run_breakpad("minidump_stackwalk", path, "-m")
    rows = [line.split("|") for line in done.stdout.splitlines()]
    threads = {row[0] for row in rows if row[0].isdigit()}
    stackless = done.stderr.count("No memory region for")
    has_modules = any(row[0] == "Module" for row in rows)
    return done.returncode == 0 and len(threads) > stackless and has_modules


def lldb_opens(path: Path) -> bool:
    """Threads, and memory at the stack pointer of one of them."""
    reads = ["thread select 1", _READ_STACK, "thread select 2", _READ_STACK]
    text = run_lldb(path, "thread list", *reads)
    return "thread #1" in text and re.search(r"^0x[0-9a-f]+: [0-9a-f]{2} ", text, re.M) is not None


_READ_STACK = "memory read --force -c 8 $sp"


def minidump_opens(path: Path) -> bool:
    """Threads, and the memory of one of their stacks."""
    try:
        found = MinidumpFile.parse_bytes(path.read_bytes())
        reader = found.get_reader()
        starts = [thread.Stack.StartOfMemoryRange for thread in found.threads.threads]
    except Exception:  # it raises whatever it stumbles over
        return False
    return any(_minidump_reads(reader, start) for start in starts)


def _minidump_reads(reader: Any, start: int) -> bool:
    try:
        return len(reader.read(start, 8)) == 8
    except Exception:
        return False


def udmp_opens(path: Path) -> bool:
    """It takes the file, and there are threads."""
    parser = udmp_parser.UserDumpParser()
    return bool(parser.Parse(str(path))) and len(parser.Threads()) > 0


READERS: dict[str, Callable[[Path], bool]] = {
    BREAKPAD: breakpad_opens,
    LLDB: lldb_opens,
    MINIDUMP: minidump_opens,
    UDMP_PARSER: udmp_opens,
}


@pytest.fixture(autouse=True)
def quiet_minidump(monkeypatch: pytest.MonkeyPatch) -> None:
    """It logs that Linux dumps have no PEB."""
    monkeypatch.setattr(logging.getLogger(), "disabled", True)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", NAMES)
def test_samples_open_where_we_say(name: str, reader: str, tmp_path: Path) -> None:
    path = unpacked(name, tmp_path)
    assert READERS[reader](path) == check_dump(path).readers[reader]


# Damaged files that a reader takes all the same; we promise nothing there.
LUCKY = {("memory outside", LLDB), ("module name outside", LLDB)}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_thing_wrong_is_refused_by_whom_we_say(case: Case, reader: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.dmp"
    path.write_bytes(case.build())
    opens = READERS[reader](path)
    if (case.name, reader) in LUCKY:
        assert opens
    else:
        assert opens == check_dump(path).readers[reader]


def test_full_memory_in_small_is_fine_everywhere(tmp_path: Path) -> None:
    synth = small_dump().memory64(STACK, bytes(range(256)))
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)
    path = tmp_path / "full.dmp"
    path.write_bytes(synth.build())
    report = check_dump(path)
    assert {name: report.readers[name] for name in READERS} == {
        name: opens(path) for name, opens in READERS.items()
    }
