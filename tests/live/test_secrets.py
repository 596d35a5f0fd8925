"""Secrets planted in real processes: six bytes of one in a row are in no dump to be passed on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dumpengine import check_dump, open_dump, write_dump
from dumpengine.capture.shrink import shrink_dump
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.snapshot import Range, Registers, read_memory, region_at
from tests.support.c_targets import compiled
from tests.support.secrets import ARGUMENT, ENVIRONMENT, PLANTED, SECRETS, leaks, pieces

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="drives Linux's back-end"),
]

T = MinidumpType
PYTHON = """
import os, sys
values = [*os.environ.values(), *sys.argv]
kept = [[(v + chr(c))[:-1] for c in (0x100, 0x1F600)] for v in values]
kept += [v.encode(e) for v in values for e in ("utf-16-le", "utf-32-le", "utf-8")]
kept.append([os.path.join(v, v) for v in values])
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def running(*command: str) -> Iterator[int]:
    """Run a program with the secrets in its environment."""
    child = subprocess.Popen(
        command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        yield child.pid
    finally:
        child.kill()
        child.communicate()


@pytest.fixture(scope="module", params=["c", "moved", "python"])
def target(request: pytest.FixtureRequest) -> Iterator[int]:
    program = str(compiled("secrets"))
    commands = {
        "c": [program, ARGUMENT],
        "moved": [program, ARGUMENT, "and its environment elsewhere"],
        "python": [sys.executable, "-c", PYTHON, ARGUMENT],
    }
    with running(*commands[request.param]) as pid:
        yield pid


def shows_folder(path: Path) -> bool:
    """Whether a dump tells where the programs lie."""
    data = path.read_bytes()
    folders = {str(compiled("secrets").parent), str(Path(sys.executable).parent)}
    encodings = ("utf-8", "utf-16-le", "utf-32-le")
    return any(folder.encode(encoding) in data for folder in folders for encoding in encodings)


def test_the_search_finds_what_is_there(target: int, tmp_path: Path) -> None:
    write_dump(target, tmp_path / "full.dmp", PRESETS["full"].value)
    found = leaks(tmp_path / "full.dmp")
    assert {encoding for _, encoding in found} >= {"utf-8", "utf-16-le", "utf-32-le"}
    assert {piece for piece, _ in found} >= {
        piece for secret in SECRETS for piece in pieces(secret)
    }


@pytest.mark.parametrize("preset", PRESETS)
def test_what_plain_dumps_hold_is_what_the_readme_says(preset: str, tmp_path: Path) -> None:
    path = tmp_path / "x.dmp"
    with running("/bin/sh", "-c", "echo ready; read line", ARGUMENT) as pid:
        write_dump(pid, path, PRESETS[preset].value)
    data = path.read_bytes()
    assert (ARGUMENT.encode() in data) is (preset != "triage")
    assert (f"PLANTED={PLANTED}".encode() in data) is (preset in {"heap", "full", "max"})


@pytest.mark.parametrize("mode", ["snapshot", "stop"])
@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_of_them_is_in_a_redacted_dump(
    target: int, preset: str, mode: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.dmp"
    result = write_dump(target, path, PRESETS[preset].value, mode=mode, redact=True)
    assert leaks(path) == set()
    assert not shows_folder(path)
    assert check_dump(path).ok
    assert not any("could not be found" in warning for warning in result.warnings)


def test_nothing_of_them_is_in_a_triage_dump(target: int, tmp_path: Path) -> None:
    path = tmp_path / "x.dmp"
    write_dump(target, path, PRESETS["triage"].value)
    assert leaks(path) == set()
    assert check_dump(path).ok
    assert not shows_folder(path)
    assert b"/usr/lib" not in path.read_bytes()
    assert "/usr/lib".encode("utf-16-le") not in path.read_bytes()


@pytest.mark.parametrize("preset", ["mini", "triage", "heap", "full"])
def test_nor_in_one_that_was_redacted_later(target: int, preset: str, tmp_path: Path) -> None:
    whole, small = tmp_path / "whole.dmp", tmp_path / "small.dmp"
    write_dump(target, whole, PRESETS["full"].value)
    shrink_dump(whole, small, PRESETS[preset].value, redacted=preset != "triage")
    assert leaks(small) == set()
    assert check_dump(small).ok


@pytest.mark.parametrize("preset", ["triage", "full"])
def test_stacks_can_still_be_walked(target: int, preset: str, tmp_path: Path) -> None:
    """The words an unwinder follows are those of a dump nobody redacted."""
    open_, clean = tmp_path / "open.dmp", tmp_path / "clean.dmp"
    write_dump(target, open_, PRESETS["mini"].value)
    write_dump(target, clean, PRESETS[preset].value | T.WithFullMemoryInfo, redact=True)
    assert _return_addresses(clean) == _return_addresses(open_)


def _return_addresses(path: Path) -> list[tuple[int, int, tuple[int, ...]]]:
    """Program counter, stack pointer and all words of the stack that point into code."""
    found = []
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
        code_at = [region for region in snapshot.regions if region.executable]
        for thread in snapshot.threads:
            assert isinstance(thread.registers, Registers)
            assert isinstance(thread.stack, Range)
            data = read_memory(snapshot.memory, thread.stack.start, thread.stack.size)
            words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]
            code = tuple(w for w in words if region_at(code_at, w))
            found.append((thread.registers.pc, thread.registers.sp, code))
    return found
