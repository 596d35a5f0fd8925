"""Breakpad's symbol files: names and lines of a module, from a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from dumpengine.snapshot import Module
from dumpengine.stacks.breakpad import BreakpadError, BreakpadFile
from dumpengine.stacks.files import Files

DEBUG_ID = "04030201060508070910111213141516" + "0"
TEXT = f"""MODULE Linux x86_64 {DEBUG_ID} app
INFO CODE_ID 0102
FILE 0 /src/app.c
FILE 1 /src/deep.c
INLINE_ORIGIN 0 helper
FUNC 1000 40 0 work(int)
INLINE 0 7 0 0 1010 8
1000 10 5 0
1010 30 9 1
FUNC m 1100 20 0 <b>other</b>
1100 20 30 0
PUBLIC 2000 0 entry
STACK CFI INIT 1000 40 .cfa: $rsp 8 +
"""


@pytest.fixture
def file() -> BreakpadFile:
    return BreakpadFile(TEXT.encode())


@pytest.mark.parametrize(
    ("offset", "name"),
    [
        (0x1000, "work(int)"),
        (0x103F, "work(int)"),
        (0x1040, None),
        (0x1110, "<b>other</b>"),
        (0x2000, "entry"),
        (0xFFF, None),
    ],
)
def test_functions(file: BreakpadFile, offset: int, name: str | None) -> None:
    found = file.table.find(offset)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("offset", "line"),
    [
        (0x1004, ("/src/app.c", 5)),
        (0x1010, ("/src/deep.c", 9)),
        (0x111F, ("/src/app.c", 30)),
        (0x1040, None),
        (0x2000, None),
    ],
)
def test_lines(file: BreakpadFile, offset: int, line: tuple[str, int] | None) -> None:
    found = [(item.file, item.line) for item in file.find(offset)]
    assert found == ([line] if line else [])


@pytest.mark.parametrize("text", ["", "MODULE", "FUNC 1000 40 0 x", "\0" * 5000])
def test_what_is_no_symbol_file_is_refused(text: str) -> None:
    with pytest.raises(BreakpadError):
        BreakpadFile(text.encode())


def module(path: str = "/opt/app") -> Module:
    build_id = bytes.fromhex("01020304050607080910111213141516")
    return Module(base=0, size=0x3000, path=path, codeview=b"LEpB" + build_id)


def test_the_file_is_found_by_name_and_id(tmp_path: Path) -> None:
    place = tmp_path / "app" / DEBUG_ID / "app.sym"
    place.parent.mkdir(parents=True)
    place.write_text(TEXT)
    found = Files([tmp_path]).breakpad(module())
    assert found is not None
    assert found.path == place
    other = tmp_path / "other" / "app" / DEBUG_ID / "app.sym"
    other.parent.mkdir(parents=True)
    other.write_text(TEXT.replace(DEBUG_ID, "F" * 33))
    assert Files([tmp_path / "other"]).breakpad(module()) is None


@pytest.mark.parametrize("name", ["..", ".", "", "../app"])
def test_a_name_leads_to_no_other_folder(tmp_path: Path, name: str) -> None:
    place = tmp_path / DEBUG_ID
    place.mkdir()
    (place / "...sym").write_text(TEXT)
    (place / ".sym").write_text(TEXT)
    assert Files([tmp_path / "inner"]).breakpad(module(name)) is None
