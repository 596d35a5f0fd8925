"""Who shows stacks of which dump."""

from __future__ import annotations

import pytest

from dumpengine.cli import main
from dumpengine.read.check import check_bytes
from dumpengine.read.checks.stacks import NO, WITH_FILES, YES
from tests.support.samples import sample, unpacked
from tests.support.synth import small_dump


def test_lldb_finds_programs_by_their_paths() -> None:
    stacks = check_bytes(sample("dumpdesk-mini")).stacks
    assert stacks["LLDB"] == YES
    assert stacks["WinDbg"] == NO
    assert "dump_syms" in stacks["Breakpad"]


def test_without_paths_lldb_has_to_be_told_where_they_are() -> None:
    data = small_dump().build()
    found = check_bytes(data.replace("/usr".encode("utf-16-le"), "xusr".encode("utf-16-le")))
    assert found.stacks["LLDB"] == WITH_FILES


def test_windows_own_dumps_have_stacks_in_windbg() -> None:
    assert check_bytes(sample("dbgcore-mini")).stacks["WinDbg"] == YES


@pytest.mark.parametrize("data", [b"", b"no dump at all" * 9])
def test_what_cannot_be_read_has_none(data: bytes) -> None:
    assert check_bytes(data).stacks == {}


def test_the_terminal_says_it_in_a_line_for_each_kind(tmp_path, capsys) -> None:
    main(["check", str(unpacked("dumpdesk-mini", tmp_path))])
    printed = capsys.readouterr().out
    assert "Stacks in: DumpDesk, LLDB\n" in printed
    assert "Stacks in: Breakpad, rust-minidump with the symbol files" in printed
    assert "No stacks in: WinDbg, minidump, udmp-parser\n" in printed
