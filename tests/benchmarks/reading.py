"""How long reading takes and how much memory, beside the `minidump` package in the same run.

    python -m tests.benchmarks.reading [--ranges 1000]

Makes a full dump of 4 GiB (a sparse file, so it takes no room on the disk) with so many memory
ranges, 64 threads and 300 modules, and a small one of about 1 MiB. Each reading runs in a process
of its own, so that its memory can be told: what the resident set grew more than for the small one.
"""

from __future__ import annotations

import argparse
import json
import struct
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from tests.support.synth import CODE, STACK, Synth, amd64_context

FULL_SIZE = 4 << 30
LOW = 0x1_0000_0000
PAGE = 4096

# What each reader does in its own process; it prints seconds and KiB.
MEASURE = """
import json, sys, time
{imports}
path = sys.argv[1]
began = time.perf_counter()
{read}
seconds = time.perf_counter() - began
status = open("/proc/self/status").read()
resident = int(status.partition("VmHWM:")[2].split()[0])
print(json.dumps([seconds, resident]))
"""
OURS = (
    "from dumpengine.read.dump import open_dump",
    "dump = open_dump(path); s = dump.snapshot(); [t.name for t in s.threads]; "
    "[m.path for m in s.modules]",
)
THEIRS = (
    "import logging; logging.disable(50)\nfrom minidump.minidumpfile import MinidumpFile",
    "dump = MinidumpFile.parse(path); [t.ThreadId for t in dump.threads.threads]; "
    "[m.name for m in dump.modules.modules]",
)
CHECK = ("from dumpengine.read.check import check_dump", "check_dump(path)")
SHRINK = (
    "from dumpengine.capture.shrink import shrink_dump",
    "shrink_dump(path, path + '.small', 0x21824, overwrite=True)",
)


def build(path: Path, size: int, ranges: int) -> None:
    """Write a full dump whose memory is a hole in the file."""
    synth = Synth().system()
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)
    for number in range(64):
        start = STACK + number * 0x10000
        context = amd64_context(Rip=CODE + number, Rsp=start)
        synth.thread(1000 + number, context, bytes(8192), start, f"worker-{number}")
    for number in range(300):
        base = 0x7F00_0000_0000 + number * 0x100000
        synth.module(base, 0x80000, f"/usr/lib/lib{number}.so", b"LEpB" + bytes(20))
    each = max(PAGE, size // ranges // PAGE * PAGE)
    starts = [LOW + number * 2 * each for number in range(ranges)]
    for start in starts:
        synth.region(start, each)
    table_at = synth.put(bytes(16 + 16 * ranges))
    synth.entry(StreamType.Memory64ListStream, 16 + 16 * ranges, table_at)
    data = bytearray(synth.build())
    base = -(-len(data) // PAGE) * PAGE
    struct.pack_into("<QQ", data, table_at, ranges, base)
    for number, start in enumerate(starts):
        struct.pack_into("<QQ", data, table_at + 16 + 16 * number, start, each)
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(base + each * ranges)


def measure(task: tuple[str, str], path: Path) -> tuple[float, int]:
    """Return seconds and the peak of the resident set in bytes, the best of three."""
    program = MEASURE.format(imports=task[0], read=task[1])
    runs = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", program, str(path)], capture_output=True, check=True
            ).stdout
        )
        for _ in range(3)
    ]
    seconds, resident = min(runs)
    return seconds, resident * 1024


def main() -> None:
    """Print a line for each task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranges", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.dmp"), Path(folder, "large.dmp")
        build(small, 1 << 20, 16)
        build(large, FULL_SIZE, arguments.ranges)
        print(f"{large.stat().st_size / 2**30:.1f} GiB, {arguments.ranges} ranges")
        results = {}
        for name, task in (
            ("open and list", OURS),
            ("minidump opens", THEIRS),
            ("check", CHECK),
            ("shrink to mini", SHRINK),
        ):
            _, base = measure(task, small)
            seconds, peak = measure(task, large)
            results[name] = seconds
            grown = (peak - base) / 2**20
            print(f"{name:16} {seconds * 1000:8.1f} ms, {grown:6.1f} MiB more than for 1 MiB")
        ratio = results["minidump opens"] / results["open and list"]
        print(f"{ratio:.1f} times as fast as the minidump package")


if __name__ == "__main__":
    main()
