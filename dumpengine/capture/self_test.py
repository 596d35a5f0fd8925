"""Does this installation work? Dumps a child of its own and checks the file.

``dumpengine --self-test`` of the frozen program; of the source,
``python -m dumpengine.capture.self_test``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dumpengine._version import __version__
from dumpengine.capture.result import CaptureResult
from dumpengine.capture.write_dump import write_dump
from dumpengine.dump_types import PRESETS
from dumpengine.errors import E_BAD_FORMAT, DumpError
from dumpengine.processes.listing import ProcessKey, key_of
from dumpengine.read.check import check_dump

CHILD = "child"

Dump = Callable[[ProcessKey, Path], CaptureResult]


def main(arguments: Sequence[str] = (), program: str = "dumpengine") -> int:
    """Test, say the outcome in a line; return 0 when all is well."""
    if arguments and arguments[-1] == CHILD:
        return be_dumped()
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = dump_a_child(_dump_directly, Path(folder) / "self-test.dmp")
        print(f"{program} {__version__}: {done}")
    except DumpError as error:
        print(f"{program} {__version__}: {error}", file=sys.stderr)
        return error.kind.exit_code
    return 0


def dump_a_child(dump: Dump, path: Path) -> str:
    """Start a child, dump it to ``path`` with ``dump`` and check the file.

    Returns what was done, in words; raises DumpError.
    """
    with _child() as pid:
        result = dump(key_of(pid), path)
    if not result.threads or not check_dump(path).ok:
        raise DumpError(E_BAD_FORMAT, "The dump of the child is not whole.")
    return f"dumped a child, {result.size} bytes, {result.threads} thread(s)"


def be_dumped() -> int:
    """Be the child: say so on standard output, live as long as standard input."""
    print("ready", flush=True)
    sys.stdin.read()
    return 0


def _dump_directly(key: ProcessKey, path: Path) -> CaptureResult:
    return write_dump(key, path, PRESETS["mini"].value)


@contextmanager
def _child() -> Iterator[int]:
    command = _child_command()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it runs now
        yield process.pid


def _child_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--self-test", CHILD]
    return [sys.executable, "-m", "dumpengine.capture.self_test", CHILD]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
