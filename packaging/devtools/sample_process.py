"""A process to dump: a few named threads and some memory, until its standard input closes."""

from __future__ import annotations

import ctypes
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from devtools.system import ON_LINUX

PR_SET_PTRACER = 0x59616D61
PR_SET_PTRACER_ANY = ctypes.c_ulong(-1)
MEMORY = 96 << 20


def main() -> None:
    """Take memory, start threads, say so, wait."""
    if ON_LINUX:
        # Ubuntu's Yama lets only parents trace, unless a process asks for it.
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0)
    memory = bytearray(b"DumpDesk sample ") * (MEMORY // 16)
    done = threading.Event()
    workers = [threading.Thread(target=done.wait, name=f"worker-{n}") for n in range(3)]
    for worker in workers:
        worker.start()
    print("ready", len(memory), flush=True)
    sys.stdin.read()
    done.set()


if __name__ == "__main__":
    main()
