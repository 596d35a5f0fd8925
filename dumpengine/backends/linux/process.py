"""Facts about the process as a whole, from procfs."""

from __future__ import annotations

import os

from dumpengine.backends.linux import procfs
from dumpengine.errors import no_such_process
from dumpengine.snapshot import Absent, ProcessInfo, VmCounters

_START_TOLERANCE = 1.0  # seconds; psutil and procfs round differently, ids are not reused so fast


def check_identity(pid: int, started: float) -> None:
    """Raise DumpError when ``pid`` is gone or is not the process that started then (0.0: any)."""
    try:
        found = procfs.start_time(procfs.read_stat(pid))
    except OSError:
        raise no_such_process(pid) from None
    if started and abs(found - started) > _START_TOLERANCE:
        raise no_such_process(pid, f"Process {pid} has ended; its number now names another one.")


def process_info(pid: int) -> ProcessInfo:
    """Describe the process; raises OSError when it is gone."""
    stat = procfs.read_stat(pid)
    task = procfs.living_task(pid)
    return ProcessInfo(
        pid=pid,
        name=_name(task, stat),
        path=exe(task),
        ppid=stat.ppid,
        created=procfs.start_time(stat),
        user_time=stat.user_ticks / procfs.CLOCK_TICKS,
        kernel_time=stat.kernel_ticks / procfs.CLOCK_TICKS,
        counters=_counters(task, stat),
    )


def exe(pid: int) -> str:
    """Return the program's path, empty when it cannot be read."""
    try:
        return os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        return ""


def _name(pid: int, stat: procfs.Stat) -> str:
    """The kernel keeps 15 bytes of the name; the program's file has it whole."""
    whole = os.path.basename(exe(pid))
    return whole if whole.startswith(stat.name) else stat.name


def _counters(pid: int, stat: procfs.Stat) -> VmCounters | Absent:
    try:
        status = procfs.read_status(pid)
    except OSError as error:
        return Absent(f"/proc/{pid}/status: {error.strerror}")

    def size(name: str) -> int:
        return int(status.get(name, "0 kB").split()[0]) * 1024

    return VmCounters(
        page_faults=(stat.minor_faults + stat.major_faults) & 0xFFFFFFFF,
        peak_working_set=size("VmHWM"),
        working_set=size("VmRSS"),
        peak_virtual=size("VmPeak"),
        virtual=size("VmSize"),
        private=size("RssAnon") + size("VmSwap"),
        private_working_set=size("RssAnon"),
        swapped=size("VmSwap"),
        shared=size("RssShmem"),
    )
