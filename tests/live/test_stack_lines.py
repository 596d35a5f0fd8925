"""Files, lines, inlined functions and readable names, of a C++ program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dumpengine import call_stacks
from dumpengine.stacks.model import Frame
from tests.support.c_targets import SOURCES, running


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    output = tmp_path_factory.mktemp("lines") / "inlined"
    subprocess.run(
        [compiler, "-g", "-O2", SOURCES / "inlined.cpp", "-o", output, "-Wl,--build-id"], check=True
    )
    return output


def own_frames(program: Path) -> list[Frame]:
    with running(program) as target:
        (thread,) = call_stacks(target.pid).threads
    return [frame for frame in thread.frames if frame.module == program.name]


def test_names_are_as_the_programmer_wrote_them(program: Path) -> None:
    pytest.importorskip("pycxxfilt")
    names = [frame.function for frame in own_frames(program) if not frame.inlined]
    assert names[0].startswith("shop::outer(std::vector<int")
    assert names[1] == "main"
    assert {frame.language for frame in own_frames(program)} & {"c++"}


def test_lines_and_inlined_functions_come_from_the_debug_information(program: Path) -> None:
    pytest.importorskip("symbolic")
    found = [(f.function.split("(")[0], f.line, f.inlined) for f in own_frames(program)]
    assert found[:3] == [
        ("void shop::innermost<long>", 10, True),
        ("shop::middle", 16, True),
        ("shop::outer", 20, False),
    ]
    assert own_frames(program)[0].file.endswith("inlined.cpp")


@pytest.mark.parametrize("how", ["build-id", "link"])
def test_what_was_stripped_is_found_in_the_separate_file(
    program: Path, tmp_path: Path, how: str
) -> None:
    if shutil.which("objcopy") is None:
        pytest.skip("there is no objcopy")
    stripped, debug = tmp_path / "inlined", tmp_path / "inlined.debug"
    subprocess.run(["objcopy", "--only-keep-debug", program, debug], check=True)
    subprocess.run(
        ["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", program, stripped], check=True
    )
    if how == "build-id":
        notes = subprocess.run(["readelf", "-n", program], capture_output=True, text=True).stdout
        build_id = notes.split("Build ID: ")[1].split()[0]
        place = tmp_path / ".build-id" / build_id[:2] / f"{build_id[2:]}.debug"
        place.parent.mkdir(parents=True)
        debug.rename(place)
    with running(stripped) as target:
        (thread,) = call_stacks(target.pid, symbols=[tmp_path]).threads
    assert any("outer" in frame.function for frame in thread.frames)


def test_fedoras_compressed_symbols_are_read(program: Path, tmp_path: Path) -> None:
    if shutil.which("objcopy") is None or shutil.which("xz") is None:
        pytest.skip("there is no objcopy or no xz")
    stripped, small = tmp_path / "inlined", tmp_path / "small"
    subprocess.run(["objcopy", "--only-keep-debug", program, small], check=True)
    subprocess.run(["objcopy", "--strip-debug", small], check=True)
    subprocess.run(["xz", "-f", small], check=True)
    subprocess.run(
        [
            "objcopy",
            "--strip-all",
            "--add-section",
            f".gnu_debugdata={small}.xz",
            program,
            stripped,
        ],
        check=True,
    )
    with running(stripped) as target:
        (thread,) = call_stacks(target.pid).threads
    assert any("outer" in frame.function for frame in thread.frames)


def test_nothing_is_asked_of_a_server_that_was_not_named(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUGINFOD_URLS", "http://127.0.0.1:9")
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a server was asked"))
    assert own_frames(program)
