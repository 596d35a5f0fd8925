"""check_dump says who can open a dump; here the readers themselves have the word.

Samples are opened as they are and with one thing changed that a reader is known to refuse.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import udmp_parser
from minidump.minidumpfile import MinidumpFile

from dumpengine.dump_types import MinidumpType
from dumpengine.read.check import check_dump
from dumpengine.read.findings import BREAKPAD, LLDB, MINIDUMP, UDMP_PARSER
from tests.support.readers import run_breakpad, run_lldb
from tests.support.samples import NAMES, unpacked
from tests.support.synth import STACK, Synth, small_dump

pytestmark = pytest.mark.consumer


def breakpad_opens(path: Path) -> bool:
    """Useful means frames: a register dump for every thread at least."""
    done = run_breakpad("minidump_stackwalk", path)
    return done.returncode == 0 and "Thread 0" in done.stdout and " 0  " in done.stdout


def lldb_opens(path: Path) -> bool:
    text = run_lldb(path, "thread list", "memory read --force -c 8 $sp")
    return "was loaded" in text and "thread #1" in text and "error: core" not in text


def minidump_opens(path: Path) -> bool:
    try:
        return MinidumpFile.parse_bytes(path.read_bytes()).threads is not None
    except Exception:  # it raises whatever it stumbles over
        return False


def udmp_opens(path: Path) -> bool:
    return bool(udmp_parser.UserDumpParser().Parse(str(path)))


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


def same_stream_twice(synth: Synth) -> None:
    synth.stream(0x12340000, b"one").stream(0x12340000, b"two")


def second_system(synth: Synth) -> None:
    synth.system()


def unknown_type(synth: Synth) -> None:
    synth.stream(0x8001, b"?")


def odd_product(synth: Synth) -> None:
    synth.entries.clear()
    synth.system(ProductType=9)


def odd_architecture(synth: Synth) -> None:
    synth.entries.clear()
    synth.system(0x1234)


def range_inside_a_region(synth: Synth) -> None:
    synth.region(STACK - 0x10000, 0x2000).memory64(STACK - 0x10000 + 0x100, b"x" * 64)


def foreign_name(synth: Synth) -> None:
    synth.module(0x10000, 0x1000, "/tmp/ünï.so")


def no_threads(synth: Synth) -> None:
    synth.threads.clear()


def short_contexts(synth: Synth) -> None:
    synth.threads.clear()
    synth.thread(7, bytes(720), b"s" * 64, 0x5000)


CASES: list[tuple[Callable[[Synth], None], str]] = [
    (same_stream_twice, LLDB),
    (same_stream_twice, UDMP_PARSER),
    (second_system, BREAKPAD),
    (second_system, LLDB),
    (unknown_type, MINIDUMP),
    (odd_product, MINIDUMP),
    (odd_architecture, MINIDUMP),
    (range_inside_a_region, UDMP_PARSER),
    (foreign_name, UDMP_PARSER),
    (no_threads, BREAKPAD),
    (short_contexts, BREAKPAD),
    (short_contexts, UDMP_PARSER),
]


@pytest.mark.parametrize(
    ("change", "reader"), CASES, ids=lambda case: getattr(case, "__name__", case)
)
def test_what_we_say_a_reader_refuses_it_refuses(
    change: Callable[[Synth], None], reader: str, tmp_path: Path
) -> None:
    path = tmp_path / "changed.dmp"
    path.write_bytes(small_dump().build())
    assert READERS[reader](path)
    synth = small_dump()
    change(synth)
    path.write_bytes(synth.build())
    assert not check_dump(path).readers[reader]
    assert not READERS[reader](path)


def test_full_memory_in_small_is_fine_everywhere(tmp_path: Path) -> None:
    synth = small_dump().memory64(STACK, bytes(range(256)))
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)
    path = tmp_path / "full.dmp"
    path.write_bytes(synth.build())
    report = check_dump(path)
    assert {name: report.readers[name] for name in READERS} == {
        name: opens(path) for name, opens in READERS.items()
    }
