"""The window's job without a screen: a dump, in the terminal, with live progress."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from devtools.environment import SetupError

SAMPLE = Path(__file__).with_name("sample_process.py")


def dump_in_terminal(python: Path, arguments: Sequence[str]) -> int:
    """Do in the terminal what the window would do with ``arguments``; return the exit code."""
    engine = [str(python), "-m", "dumpengine"]
    match list(arguments):
        case []:
            return _dump_sample(python, engine)
        case ["--pid", pid]:
            return subprocess.call([*engine, "dump", pid])
        case ["--exe", path]:
            return subprocess.call([*engine, "dump", Path(path).name])
        case [file] if not file.startswith("-"):
            return subprocess.call([*engine, "show", file])
    raise SetupError(f"Without a screen there is nothing to do with: {' '.join(arguments)}")


def _dump_sample(python: Path, engine: Sequence[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="dumpdesk-"))
    with _sample_process(python) as pid:
        print(f"A small sample process runs as {pid}; dumping all of its memory.", flush=True)
        code = subprocess.call([*engine, "dump", str(pid), "-t", "full", "-o", str(folder)])
    for file in folder.glob("*.dmp"):
        print(f"The dump is {file}")
        print(f"Look inside with: {' '.join(engine)} show {file}")
    return code


@contextmanager
def _sample_process(python: Path) -> Iterator[int]:
    with subprocess.Popen(
        [str(python), str(SAMPLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdout.readline()  # it is ready
            yield process.pid
        finally:
            process.stdin.close()  # it ends by itself
