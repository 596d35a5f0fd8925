"""check_dump: what is wrong, in words, and who trips over it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.stream_types import StreamType
from dumpengine.read.check import CheckReport, check_bytes, check_dump
from dumpengine.read.findings import (
    LLDB,
    READERS,
    RUST_MINIDUMP,
    WINDBG,
)
from tests.support.broken_dumps import CASES, Case, whole
from tests.support.synth import STACK, Synth, small_dump

S = StreamType
NOWHERE = MINIDUMP_LOCATION_DESCRIPTOR(64, 1 << 30)


def checked(synth: Synth) -> CheckReport:
    return check_bytes(synth.build())


def refusing(report: CheckReport) -> set[str]:
    return {reader for reader, opens in report.readers.items() if not opens}


def test_a_whole_dump_has_nothing_to_find() -> None:
    report = checked(whole())
    assert report.ok
    assert report.findings == ()
    assert dict(report.readers) == dict.fromkeys(READERS, True)


def test_the_report_as_json() -> None:
    report = json.loads(json.dumps(checked(small_dump()).to_json()))
    assert report["ok"] is True
    assert report["readers"]["WinDbg"] is True
    (finding,) = report["findings"]
    assert finding["severity"] == "note"
    assert finding["where"] == "MiscInfoStream"
    assert finding["readers"] == ["LLDB"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"", "empty"), (b"MDMP", "only 4 bytes"), (bytes(64), "never finished"), (b"x" * 64, "no")],
)
def test_files_nobody_opens(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "bad.dmp"
    path.write_bytes(content)
    report = check_dump(path)
    assert not report.ok
    assert refusing(report) == set(READERS)
    assert cause in report.findings[0].what


def test_a_file_that_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises(DumpError):
        check_dump(tmp_path / "none.dmp")


def test_a_descriptor_can_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    path.write_bytes(whole().build())
    descriptor = os.open(path, os.O_RDWR)
    try:
        assert check_dump(descriptor).ok
    finally:
        os.close(descriptor)


def full() -> Synth:
    synth = whole().memory64(STACK, b"m" * 4096).memory64(STACK + 0x10000, b"m" * 4096)
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)
    return synth


def test_a_full_dump_is_whole() -> None:
    assert checked(full()).findings == ()


def test_a_full_dump_that_is_cut_off_says_how_much_is_missing() -> None:
    report = check_bytes(full().build()[:-100])
    assert not report.ok
    assert refusing(report) == {LLDB, RUST_MINIDUMP, WINDBG}
    assert "100 bytes are missing for 1 of 2 memory ranges" in report.findings[-1].what


def test_every_way_of_cutting_a_dump_off_is_an_error() -> None:
    data = full().build()
    reports = [check_bytes(data[:size]) for size in range(0, len(data), 7)]
    assert not any(report.ok for report in reports)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_thing_wrong(case: Case) -> None:
    report = check_bytes(case.build())
    found = {(finding.severity, finding.where) for finding in report.findings}
    assert (case.severity, case.where) in found
    assert report.ok == (case.severity != "error")
    assert refusing(report) == case.refuses


def test_what_the_capture_skipped_is_said() -> None:
    notes = {"skipped": [{"where": "memory", "what": "gone", "skipped": 4096}], "warnings": ["W."]}
    report = checked(whole().stream(S.DumpDeskCaptureNotes, json.dumps(notes).encode()))
    assert [f.what for f in report.findings] == ["memory: gone (4096 bytes).", "W."]


def test_long_lists_of_threads_are_named_in_few_words() -> None:
    synth = whole()
    for number in range(300):
        synth.thread(1000 + number)
    found = next(f for f in checked(synth).findings if "no registers" in f.what)
    assert found.what.endswith("1000, 1001, 1002, 1003, 1004 and 295 more.")
