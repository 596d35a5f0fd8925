"""Names come from the file of the same build, and from no other."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dumpengine import Module, symbols_of
from dumpengine.format.modules import CV_SIGNATURE_ELF

SOURCE = """
int helper_with_a_name(int value) { return value * 3; }
int main(void) { return helper_with_a_name(0); }
"""
BUILD_ID = bytes(range(1, 21))


def build(folder: Path, *options: str) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    (folder / "named.c").write_text(SOURCE)
    program = folder / "named"
    build_id = f"-Wl,--build-id=0x{BUILD_ID.hex()}"
    subprocess.run(
        [compiler, "-O0", build_id, *options, "-o", program, folder / "named.c"], check=True
    )
    return program


def module(path: Path, build_id: bytes = BUILD_ID) -> Module:
    record = CV_SIGNATURE_ELF.to_bytes(4, "little") + build_id
    return Module(base=0x1000, size=0x10000, path=str(path), codeview=record)


def offset_of(program: Path, name: str, base: int) -> int:
    """Ask another reader."""
    listed = subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout
    return (
        next(int(line.split()[0], 16) for line in listed.splitlines() if line.endswith(name)) - base
    )


@pytest.mark.parametrize(("options", "base"), [((), 0), (("-no-pie",), 0x400000)])
def test_an_offset_has_the_name_others_see(tmp_path, options, base):
    program = build(tmp_path, *options)
    table = symbols_of(module(program), [tmp_path])
    start = offset_of(program, "helper_with_a_name", base)
    assert table.name(start) == "helper_with_a_name+0x0"
    assert table.name(start + 5) == "helper_with_a_name+0x5"
    assert table.name(0) == ""


def test_another_build_has_no_names(tmp_path):
    program = build(tmp_path)
    assert len(symbols_of(module(program, bytes(20)), [tmp_path])) == 0


@pytest.mark.parametrize("keep", [0, 3, 40, 64, 900, 8000])
def test_a_damaged_file_has_no_names_and_raises_nothing(tmp_path, keep):
    program = build(tmp_path)
    program.write_bytes(program.read_bytes()[:keep])
    assert len(symbols_of(module(program), [tmp_path])) == 0


def test_a_path_that_a_dump_names_is_opened_only_below_trusted_folders(tmp_path):
    program = build(tmp_path)
    assert len(symbols_of(module(program))) == 0
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "link").symlink_to(program)
    assert len(symbols_of(module(tmp_path / "trusted" / "link"), [tmp_path / "trusted"])) == 0


@pytest.mark.parametrize("prefix", ["/", "../", ""])
def test_only_a_path_of_this_machine_is_opened(tmp_path, monkeypatch, prefix):
    """//server/share leads to another machine on Windows."""
    program = build(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = f"{prefix}{program}" if prefix == "/" else f"{prefix}{program.name}"
    assert len(symbols_of(module(path), [Path("/nowhere")])) == 0


def test_what_is_no_file_is_not_opened():
    assert len(symbols_of(module(Path("/dev/zero")))) == 0
    assert len(symbols_of(Module(base=0, size=1, path="/bin/true"))) == 0
