"""One process's row facts from two reads, /proc/PID/stat and /proc/PID/status.

psutil reads these files too, but tells nothing of tracers and rights: a list of thousands of
processes, polled every two seconds, should not read each of them twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dumpengine.backends.linux.access import Caller, obstacle_of, read_process_status
from dumpengine.backends.linux.images import is_image
from dumpengine.backends.linux.procfs import CLOCK_TICKS, boot_time, read_stat
from dumpengine.backends.vitals import Vitals

# psutil's words for the states of proc(5), so that every system's list uses the same ones.
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "t": "tracing-stop",
    "Z": "zombie",
    "X": "dead",
    "x": "dead",
    "K": "wake-kill",
    "W": "waking",
    "I": "idle",
    "P": "parked",
}

# `btime` moves when the clock is set; read once, a process keeps its start time while we run.
_BOOT_TIME = boot_time()

_MACHINES = {3: "x86", 40: "arm", 62: "x64", 183: "arm64"}


@dataclass(frozen=True, slots=True)
class LinuxVitals:
    """Reads vitals as one caller; make a new one for every poll."""

    caller: Caller = field(default_factory=Caller.current)

    def read(self, pid: int) -> Vitals:
        """Return its vitals; raises OSError when it is gone, hidden, or an image of ours."""
        stat = read_stat(pid)
        status = read_process_status(pid)
        if is_image(pid, status.tracer):
            raise ProcessLookupError("it is the image of a process that is being dumped")
        return Vitals(
            started=_BOOT_TIME + stat.start_ticks / CLOCK_TICKS,
            title=stat.name,
            ppid=stat.ppid,
            status=_STATES.get(stat.state, stat.state),
            kernel=status.kernel,
            cpu_seconds=(stat.user_ticks + stat.kernel_ticks) / CLOCK_TICKS,
            rss=status.rss,
            threads=status.threads,
            obstacle=obstacle_of(status, self.caller),
        )


def architecture(pid: int) -> str:
    """Return the instruction set of the program a process runs, empty when it cannot be read."""
    try:
        with open(f"/proc/{pid}/exe", "rb", buffering=0) as program:
            return elf_architecture(program.read(20))
    except OSError:
        return ""


def elf_architecture(header: bytes) -> str:
    """Return the architecture an ELF file's first 20 bytes name, empty for all else (elf(5))."""
    if header[:4] != b"\x7fELF" or len(header) < 20:
        return ""
    machine = int.from_bytes(header[18:20], "big" if header[5] == 2 else "little")
    return _MACHINES.get(machine, "")
