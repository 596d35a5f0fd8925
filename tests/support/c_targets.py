"""Processes to dump, built from ``tests/support/targets/*.c`` with the machine's compiler."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "targets"
COMMON = ("-g", "-O1", "-pthread", "-fno-omit-frame-pointer")


@cache
def _build_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dumpdesk-targets-"))
    folder.chmod(0o755)  # some targets run as another user
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def compiled(name: str, *options: str, compiler: str = "cc") -> Path:
    """Build ``targets/NAME.c`` once a session; skips where that is not possible."""
    program = shutil.which(compiler) or (shutil.which("gcc") if compiler == "cc" else None)
    if program is None:
        pytest.skip(f"there is no C compiler {compiler}")
    folder = _build_folder() / compiler
    folder.mkdir(exist_ok=True)
    output = folder / "".join([name, *(option.strip("-") for option in options)])
    done = subprocess.run(
        [program, *COMMON, *options, str(SOURCES / f"{name}.c"), "-o", str(output)],
        capture_output=True,
        text=True,
    )
    if done.returncode and "-m32" in options:
        pytest.skip("the compiler builds no 32-bit programs (gcc-multilib is missing)")
    assert done.returncode == 0, done.stderr
    return output


@dataclass(frozen=True, slots=True)
class Target:
    """A running target; ``values`` is what it printed by name, mostly addresses."""

    process: subprocess.Popen[bytes]
    values: Mapping[str, int]

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    def ask(self, line: bytes = b"report\n") -> dict[str, int]:
        """Send a line; return the answer's ``name number`` pairs."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()
        words = self.process.stdout.readline().split()
        return {
            name.decode(): int(value) for name, value in zip(words[::2], words[1::2], strict=True)
        }


@contextmanager
def running(program: Path | str, *arguments: object, ready: bool = True) -> Iterator[Target]:
    """Run a target until the block ends; entered when it says that it is ready.

    It has a process group of its own, as a job of a shell: in one that is orphaned, as that of
    whatever runs the tests may be, SIGTSTP stops nothing (signal(7), setpgid(2)).
    """
    process = subprocess.Popen(
        [str(program), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )
    values: dict[str, int] = {}
    try:
        assert process.stdout is not None
        while ready and (line := process.stdout.readline()) != b"ready\n":
            assert line, f"{program} {arguments} ended early"
            name, _, value = line.decode().rpartition(" ")
            values[name] = int(value, 16)
        yield Target(process, values)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def markers(threads: int = 0, *options: str, folder: Path | str = "/tmp") -> Iterator[Target]:
    """Run ``markers``: a value of its own in every kind of memory."""
    with running(compiled("markers", *options), threads, folder) as target:
        yield target


@contextmanager
def hard(*arguments: object, options: tuple[str, ...] = ()) -> Iterator[Target]:
    """Run ``hard`` in one of its ways."""
    with running(compiled("hard", *options), *arguments) as target:
        yield target


@contextmanager
def ticker(signals: int = 0, megabytes: int = 0, births: int = 0) -> Iterator[Target]:
    """Run ``ticker``: it counts lost signals, failed system calls, and how long it stood still."""
    with running(compiled("ticker"), signals, megabytes, births) as target:
        yield target
