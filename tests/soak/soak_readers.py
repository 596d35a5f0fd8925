"""Every reader on every kind of dump: ``python tests/soak/soak_readers.py``.

Each single flag, each preset and 100 random combinations, of a C program alone, with ten threads
and of a Python process, in both modes in turn. Breakpad's two tools, ``minidump`` and
``udmp-parser`` must take every dump, LLDB those of single flags and presets, and all find as many
threads as there were. Which memory must be in them is what ``tests/live/test_markers.py`` says.
Prints a line per target and exits with 1 when a reader refused a dump. Takes some minutes.
"""

from __future__ import annotations

import logging
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import udmp_parser
from minidump.minidumpfile import MinidumpFile

from dumpengine.capture.write_dump import write_dump
from dumpengine.dump_types import PRESETS
from tests.live.test_markers import COMBINATIONS, SINGLE
from tests.support.c_targets import markers
from tests.support.capturing import assert_runs
from tests.support.children import python_child
from tests.support.readers import run_breakpad, run_lldb

MODES = ("snapshot", "stop")
CHOSEN = [*SINGLE, *(preset.value for preset in PRESETS.values())]
PYTHON = "[threading.Thread(target=time.sleep, args=(99,), daemon=True).start() for _ in '123']"


def dumped(path: Path) -> int:
    """Return how many threads Breakpad's ``minidump_dump`` counts."""
    done = run_breakpad("minidump_dump", path)
    wrong = re.search(r"minidump\.cc:\d+: ERROR.*", done.stderr)
    found = re.search(r"thread_count = (\d+)", done.stdout)
    if wrong or not found:
        raise ValueError(wrong[0] if wrong else "no thread list")
    return int(found[1])


def walked(path: Path) -> int:
    """Return how many stacks Breakpad's ``minidump_stackwalk`` walks."""
    done = run_breakpad("minidump_stackwalk", path, "-m")
    wrong = re.search(r"minidump\.cc:\d+: ERROR.*", done.stderr)
    if done.returncode or wrong:
        raise ValueError(wrong[0] if wrong else f"exit code {done.returncode}")
    return len(set(re.findall(r"^(\d+)\|0\|", done.stdout, re.MULTILINE)))


def parsed(path: Path) -> int:
    """Return how many threads the package ``minidump`` finds."""
    theirs = MinidumpFile.parse(str(path))
    theirs.file_handle.close()
    return len(theirs.threads.threads)


def parsed_by_udmp(path: Path) -> int:
    """Return how many threads ``udmp-parser`` finds."""
    theirs = udmp_parser.UserDumpParser()
    if not theirs.Parse(path):
        raise ValueError("it refused the file")
    return len(theirs.Threads())


def listed_by_lldb(path: Path) -> int:
    """Return how many threads LLDB lists."""
    printed = run_lldb(path, "thread list")
    if "error: " in printed:
        raise ValueError(printed)
    return len(set(re.findall(r"thread #(\d+)", printed)))


READERS: dict[str, Callable[[Path], int]] = {
    "minidump_dump": dumped,
    "minidump_stackwalk": walked,
    "minidump": parsed,
    "udmp-parser": parsed_by_udmp,
}


@contextmanager
def targets() -> Iterator[dict[str, tuple[int, int]]]:
    """Run the targets; the values are process ids and numbers of threads."""
    with markers(0) as alone, markers(9) as ten, python_child(PYTHON) as python:
        yield {
            "C, alone": (alone.pid, 1),
            "C, ten threads": (ten.pid, 10),
            "Python": (python.pid, 4),
        }


def refusals(path: Path, threads: int, dump_type: int) -> list[str]:
    """Return what the readers have against a dump."""
    readers = READERS | ({"LLDB": listed_by_lldb} if dump_type in CHOSEN else {})
    found = []
    for name, read in readers.items():
        try:
            count = read(path)
        except Exception as error:  # whatever a reader ends with
            found.append(f"{name}: {error}")
            continue
        if count != threads:
            found.append(f"{name}: {count} threads instead of {threads}")
    return [f"0x{dump_type:X} {each}" for each in found]


def main() -> int:
    """Print what was refused; return the exit code."""
    logging.disable()  # the package `minidump` says of every Linux dump that it has no PEB
    wrong: list[str] = []
    with targets() as running, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.dmp"
        for name, (pid, threads) in running.items():
            before = len(wrong)
            for number, dump_type in enumerate([*CHOSEN, *COMBINATIONS]):
                mode = MODES[number % 2]
                result = write_dump(pid, path, dump_type, mode=mode, overwrite=True)
                assert result.dump_type == dump_type
                wrong += refusals(path, threads, dump_type)
            assert_runs(pid)
            count = len(CHOSEN) + len(COMBINATIONS)
            print(f"{name}: {count} dumps, {len(wrong) - before} refusals", flush=True)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
