"""Has a process collect the image that was left to it, when the thread that waited for it is gone.

That happens to a program that executes another one while its image is copied: the kernel ends all
threads but one.
"""

from __future__ import annotations

from contextlib import suppress

from dumpengine.backends.linux import amd64, procfs
from dumpengine.backends.linux.gadgets import find_gadgets
from dumpengine.backends.linux.lender import find_lender, lent
from dumpengine.backends.linux.registers import read_registers
from dumpengine.backends.linux.restarts import make_again
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.errors import DumpError
from dumpengine.format.proc_maps import parse_maps
from dumpengine.snapshot import Absent, Registers

_WALL = 0x40000000


def is_left_behind(pid: int, image: int) -> bool:
    """Whether the process has an image that has ended as a child."""
    try:
        found = procfs.read_stat(image)
    except OSError:
        return False
    return found.state == "Z" and found.ppid == pid


def collect_for(pid: int, image: int) -> None:
    """Stop the process for a moment and have a thread of it wait for that child."""
    with suppress(DumpError, OSError):
        maps = procfs.read_bytes(f"/proc/{pid}/maps")
        gadgets = find_gadgets(pid, maps)
        with StoppedProcess(pid) as stopped:
            registers: dict[int, Registers | Absent] = {
                tid: read_registers(tid, extended=False) for tid in stopped.threads
            }
            make_again(stopped, registers)
            thread = find_lender(stopped, registers, gadgets, parse_maps(maps))
            if not isinstance(thread, Absent) and not stopped.group_stopped:
                with lent(stopped, thread):
                    thread.call(amd64.SYS_WAIT4, image, 0, _WALL, 0)
