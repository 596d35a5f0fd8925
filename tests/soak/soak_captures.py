"""Capture again and again, kill captures at random: ``python tests/soak/soak_captures.py``.

First 200 dumps in a row of a process under 1,000 signals a second and thread churn: no signal may
be lost, no system call may fail with EINTR. Then captures are killed at 100 random instants in
each mode: the target must run on, untraced, without a child or a file left behind. Prints the
figures as it goes and exits with 1 when anything was wrong. Takes some minutes.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dumpengine.capture.partials import sweep_partials
from dumpengine.capture.write_dump import write_dump
from dumpengine.read.check import check_dump
from tests.support.c_targets import Target, compiled, hard, ticker
from tests.support.capturing import children_of
from tests.support.children import state_of, tracer_of

MODES = ("stop", "snapshot")
TYPES = (0, 2, 0x61826, 0x6FBB67)
CAPTURE = """
import sys
from dumpengine.capture.write_dump import write_dump
print("capturing", flush=True)
while True:
    write_dump(int(sys.argv[1]), sys.argv[2], 2, mode=sys.argv[3], overwrite=True)
"""


def soak_dumps(folder: Path, count: int, signals: int) -> list[str]:
    """Dump one busy process ``count`` times; return what went wrong."""
    wrong: list[str] = []
    with ticker(signals=signals, births=200, megabytes=32) as target:
        children = children_of(target.pid)
        pauses = []
        for number in range(count):
            path = folder / "soak.dmp"
            mode, dump_type = MODES[number % 2], TYPES[number // 2 % len(TYPES)]
            result = write_dump(target.pid, path, dump_type, mode=mode, overwrite=True)
            pauses.append(result.pause_ms or 0.0)
            if not check_dump(path).ok:
                wrong.append(f"dump {number} is not whole")
            if result.mode != mode and mode == "stop":
                wrong.append(f"dump {number} was made in mode {result.mode}")
        (folder / "soak.dmp").unlink()
        if children_of(target.pid) != children:
            wrong.append("the list of children changed")
        if tracer_of(target.pid) or state_of(target.pid) not in "SR":
            wrong.append("the target does not run")
        figures = target.ask(b"end\n")
    lost = figures["sent"] - figures["handled"]
    print(
        f"{count} dumps: {figures['sent']} signals sent, {lost} lost, {figures['eintr']} calls "
        f"failed with EINTR, pause median {sorted(pauses)[count // 2]:.1f} ms, "
        f"longest {max(pauses):.1f} ms",
        flush=True,
    )
    if lost or figures["eintr"]:
        wrong.append("signals were lost or system calls failed")
    return wrong


def soak_kills(folder: Path, count: int, mode: str, megabytes: int) -> list[str]:
    """Kill captures at random instants; return what went wrong."""
    wrong: list[str] = []
    chance = random.Random(mode)
    stops = 0
    with hard("touch", megabytes) as target:
        for number in range(count):
            command = [sys.executable, "-c", CAPTURE, str(target.pid), str(folder / "x.dmp"), mode]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as capturer:
                assert capturer.stdout is not None
                capturer.stdout.readline()
                if number % 2:  # half of them while it is traced, or just after
                    _await_tracer(target)
                    time.sleep(chance.uniform(0.0, 0.01))
                else:
                    time.sleep(chance.uniform(0.0, 0.6))
                stops += tracer_of(target.pid) != 0
                capturer.kill()
            wrong += [f"{mode} kill {number}: {what}" for what in _aftermath(target)]
        sweep_partials(folder)  # as the next start does
        left = set(os.listdir(folder)) - {"x.dmp"}
        if left:
            wrong.append(f"{mode}: left behind: {sorted(left)}")
    print(f"{count} kills in mode {mode}: {stops} while the target was traced, {len(wrong)} wrong")
    return wrong


def _await_tracer(target: Target) -> None:
    deadline = time.monotonic() + 10
    while not tracer_of(target.pid):
        assert time.monotonic() < deadline


def _aftermath(target: Target) -> list[str]:
    """Wait up to 5 s for the target to be as it was; return what it is not."""
    deadline = time.monotonic() + 5
    while True:
        found = []
        if target.process.poll() is not None:
            return ["the target died"]
        if tracer_of(target.pid):
            found.append(f"traced by {tracer_of(target.pid)}")
        if state_of(target.pid) not in "SR":
            found.append(f"state {state_of(target.pid)}")
        if children_of(target.pid):
            found.append("it has children")
        if others := _others(target):
            found.append(f"an image is left: {others}")
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.01)


def _others(target: Target) -> list[int]:
    program, found = str(compiled("hard")), []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(name) != target.pid and os.readlink(f"/proc/{name}/exe") == program:
                found.append(int(name))
        except OSError:
            continue
    return found


def main() -> int:
    """Run both soaks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dumps", type=int, default=200)
    parser.add_argument("--signals", type=int, default=1000, help="signals a second")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--megabytes", type=int, default=64, help="size of the killed captures")
    parser.add_argument("--folder", default=None, help="where dumps go meanwhile")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        wrong = soak_dumps(folder, arguments.dumps, arguments.signals)
        for mode in MODES:
            wrong += soak_kills(folder, arguments.kills, mode, arguments.megabytes)
    for line in wrong:
        print("WRONG:", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
