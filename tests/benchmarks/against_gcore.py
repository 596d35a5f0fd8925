"""How fast and how gentle: dumpengine against gcore and cp, in one run, as ratios.

    python tests/benchmarks/against_gcore.py [--memory MIB] [--threads N] [--folder DIR]

The pause is measured inside the target, by its own heartbeat. Every figure is the best of the
rounds; the tools take turns, so that a busy moment of the machine hits all of them. On a disk with
a file system of today the files stay in the page cache meanwhile; a tmpfs is slower, since it
takes its memory page by page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MIB = 1 << 20
# An installed program does not compile itself anew at every start.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Run:
    """One tool's turn: seconds, milliseconds of pause, bytes of file, peak bytes of the tool."""

    wall: float
    pause: float
    size: int
    peak: int = 0


class Target:
    """The C program, beating."""

    def __init__(self, program: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [program, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    @property
    def pid(self) -> int:
        return self.process.pid

    def longest_gap(self) -> float:
        """Milliseconds of pause since the last question."""
        return self._ask("?")

    def time_of_fork(self) -> float:
        """Milliseconds its own fork(2) takes: no image of it can be made in less."""
        return self._ask("f")

    def _ask(self, question: str) -> float:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def resident(self) -> int:
        """Bytes of VmRSS."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise ProcessLookupError

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def measure(target: Target, command: list[str], output: Path) -> Run:
    """Run a tool on the target; its file goes right after."""
    os.sync()  # what the tool before has left to write must not slow this one down
    target.longest_gap()
    started = time.perf_counter()
    tool = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT
    )
    assert tool.stdout
    said = tool.stdout.read()
    _, status, usage = os.wait4(tool.pid, 0)
    wall = time.perf_counter() - started
    if status or not output.exists():
        sys.exit(f"{command[0]} failed: {said.decode(errors='replace')}")
    run = Run(wall, target.longest_gap(), output.stat().st_size, usage.ru_maxrss * 1024)
    output.unlink()
    return run


def gcore(target: Target, folder: Path) -> Run:
    output = folder / f"core.{target.pid}"
    return measure(target, ["gcore", "-o", str(folder / "core"), str(target.pid)], output)


def ours(kind: str, mode: str) -> Callable[[Target, Path], Run]:
    def run(target: Target, folder: Path) -> Run:
        output = folder / "ours.dmp"
        command = [sys.executable, "-m", "dumpengine", "dump", str(target.pid), "-t", kind]
        return measure(target, [*command, "--mode", mode, "-q", "-o", str(output)], output)

    return run


def copy(size: int) -> Callable[[Target, Path], Run]:
    def run(target: Target, folder: Path) -> Run:
        source = folder / "source"
        if not source.exists():
            with source.open("wb") as file:
                for _ in range(size // MIB):
                    file.write(os.urandom(MIB))
        return measure(target, ["cp", str(source), str(folder / "copy")], folder / "copy")

    return run


WRITE = """
import os, sys
piece = os.urandom(256 << 10)
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.posix_fallocate(file, 0, int(sys.argv[2]))
for offset in range(0, int(sys.argv[2]), len(piece)):
    os.pwrite(file, piece, offset)
"""


def write_only(size: int) -> Callable[[Target, Path], Run]:
    """What no dumper can do without: the same bytes into a file, from nowhere."""

    def run(target: Target, folder: Path) -> Run:
        output = folder / "written"
        return measure(target, [sys.executable, "-c", WRITE, str(output), str(size)], output)

    return run


def best(runs: list[Run]) -> Run:
    return Run(
        min(run.wall for run in runs),
        min(run.pause for run in runs),
        min(run.size for run in runs),
        max(run.peak for run in runs),
    )


def compare(
    title: str,
    target: Target,
    folder: Path,
    tools: dict[str, Callable[[Target, Path], Run]],
    rounds: int,
) -> dict[str, Run]:
    """Let the tools take turns and print them against the first one."""
    runs: dict[str, list[Run]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name, tool in tools.items():
            runs[name].append(tool(target, folder))
    bests = {name: best(found) for name, found in runs.items()}
    base = next(iter(bests.values()))
    print(f"\n{title}; resident {target.resident() / MIB:,.1f} MiB")
    print(f"{'':22}{'wall':>9}{'':>8}{'pause':>12}{'':>8}{'file':>12}{'peak':>10}")
    for name, run in bests.items():
        print(
            f"{name:22}{run.wall:8.2f}s{run.wall / base.wall:7.2f}x"
            f"{run.pause:10.1f}ms{run.pause / max(base.pause, 0.001):7.3f}x"
            f"{run.size / MIB:8,.1f} MiB{run.peak / MIB:6,.0f} MiB"
        )
    return bests


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--memory", type=int, default=2048, help="MiB resident")
    parser.add_argument("--threads", type=int, default=10)
    parser.add_argument("--many-threads", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        run_all(arguments, Path(name))


def run_all(arguments: argparse.Namespace, folder: Path) -> None:
    program = folder / "target"
    compiler = shutil.which("cc") or sys.exit("A C compiler is needed.")
    subprocess.run([compiler, "-O1", "-pthread", "-o", program, HERE / "target.c"], check=True)
    report: dict[str, float] = {}

    target = Target(program, arguments.memory, arguments.threads)
    found = compare(
        f"Full memory, {arguments.memory} MiB, {arguments.threads} threads",
        target,
        folder,
        {
            "gcore": gcore,
            "ours, snapshot": ours("full", "snapshot"),
            "ours, stop": ours("full", "stop"),
            "cp of as many bytes": copy(arguments.memory * MIB),
            "writing alone": write_only(arguments.memory * MIB),
        },
        arguments.rounds,
    )
    fork = min(target.time_of_fork() for _ in range(arguments.rounds))
    target.stop()
    (folder / "source").unlink()
    snapshot, peer, plain = found["ours, snapshot"], found["gcore"], found["cp of as many bytes"]
    report["wall / gcore"] = snapshot.wall / peer.wall
    report["wall / writing alone"] = snapshot.wall / found["writing alone"].wall
    report["writing alone / gcore"] = found["writing alone"].wall / peer.wall
    report["pause / gcore"] = snapshot.pause / peer.pause
    report["fork alone / gcore"] = fork / peer.pause
    report["bytes a second / cp"] = (snapshot.size / snapshot.wall) / (plain.size / plain.wall)

    target = Target(program, 1, 1, 64, 64)
    target.longest_gap()  # its first answer touches pages of its own
    before = target.resident()
    found = compare(
        "64 GiB reserved, 64 pages touched (gcore left out: it writes what is reserved)",
        target,
        folder,
        {"ours, snapshot": ours("full", "snapshot"), "ours, stop": ours("full", "stop")},
        arguments.rounds,
    )
    report["sparse: file / resident"] = found["ours, stop"].size / before
    report["sparse: growth of the target in bytes"] = target.resident() - before
    target.stop()

    target = Target(program, 1, arguments.many_threads)
    found = compare(
        f"Normal, {arguments.many_threads} threads",
        target,
        folder,
        {"gcore": gcore, "ours": ours("Normal", "auto")},
        arguments.rounds,
    )
    report["threads: pause / gcore"] = found["ours"].pause / found["gcore"].pause
    target.stop()
    print("\n" + json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
