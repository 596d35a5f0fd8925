"""Call frame information of real programs, judged by another reader of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from dumpengine.stacks.cfi import How, Row, row_at
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.eh_frame import CallFrames
from dumpengine.stacks.elf import PT_GNU_EH_FRAME, ElfFile
from tests.support.c_targets import compiled

elftools = pytest.importorskip("elftools.elf.elffile")
callframe = pytest.importorskip("elftools.dwarf.callframe")

HOW = {
    "OFFSET": How.AT,
    "VAL_OFFSET": How.IS,
    "SAME_VALUE": How.SAME,
    "UNDEFINED": How.UNDEFINED,
    "REGISTER": How.REGISTER,
    "EXPRESSION": How.AT_EXPRESSION,
    "VAL_EXPRESSION": How.IS_EXPRESSION,
}


def programs() -> list[Path]:
    """A small program, this Python and its C library, where they are files of ELF."""
    found = [compiled("chains", "-fomit-frame-pointer", "-O1")] if sys.platform == "linux" else []
    candidates = [Path(sys.executable).resolve(), Path("/lib/x86_64-linux-gnu/libc.so.6")]
    return found + [path for path in candidates if path.exists()]


def frames_of(elf: ElfFile, *, table: bool = True) -> CallFrames:
    header = next(s.address for s in elf.segments if s.type == PT_GNU_EH_FRAME)
    section = elf.section(".eh_frame")
    assert section is not None
    return CallFrames(elf.read, header if table else 0, 0 if table else section.address, elf.word)


def plain(row: Row) -> tuple[object, dict[int, tuple[How, object]]]:
    cfa = row.cfa or (row.register, row.offset)
    rules = {number: (rule.how, rule.block or rule.value) for number, rule in row.rules.items()}
    return cfa, rules


def others(row: dict[object, object]) -> tuple[object, dict[int, tuple[How, object]]]:
    cfa = row["cfa"]
    rules = {number: rule for number, rule in row.items() if isinstance(number, int)}
    return (
        bytes(cfa.expr) if cfa.expr else (cfa.reg, cfa.offset),
        {n: (HOW[r.type], bytes(r.arg) if isinstance(r.arg, list) else r.arg or 0)
         for n, r in rules.items()},
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.skipif(sys.platform != "linux", reason="ELF files are read where they are at home")
def test_every_row_is_the_one_that_another_reader_decodes() -> None:
    compared = 0
    for path in programs():
        elf = ElfFile(path.read_bytes())
        frames = frames_of(elf)
        with path.open("rb") as file:
            entries = elftools.ELFFile(file).get_dwarf_info().EH_CFI_entries()
            fdes = [entry for entry in entries if isinstance(entry, callframe.FDE)]
            for fde in fdes[:: max(1, len(fdes) // 400)]:
                for row in fde.get_decoded().table[::3]:
                    entry = frames.find(row["pc"])
                    assert entry is not None
                    assert plain(row_at(entry, row["pc"])) == others(row), hex(row["pc"])
                    compared += 1
    assert compared > 500


@pytest.mark.skipif(sys.platform != "linux", reason="ELF files are read where they are at home")
def test_without_a_table_the_entries_are_looked_through() -> None:
    elf = ElfFile(compiled("chains", "-fomit-frame-pointer", "-O1").read_bytes())
    by_table, by_scan = frames_of(elf), frames_of(elf, table=False)
    text = elf.section(".text")
    assert text is not None
    for pc in range(text.address, text.address + text.size, 7):
        one, other = by_table.find(pc), by_scan.find(pc)
        assert (one and one.start) == (other and other.start)


def test_damaged_tables_are_refused_or_find_nothing() -> None:
    with pytest.raises(UnwindDataError):
        CallFrames(lambda _a, _s: b"", header=0x1000).find(0x2000)
    with pytest.raises(UnwindDataError, match="version 9"):
        CallFrames(lambda _a, _s: bytes([9] * 28), header=0x1000).find(0x2000)
