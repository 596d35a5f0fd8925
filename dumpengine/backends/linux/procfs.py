"""proc(5): the files of one process, parsed into values.

Everything may vanish between two reads; functions raise ``OSError`` then and callers decide.
Names are bytes in the kernel and may be no UTF-8: they are decoded with ``surrogateescape``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

_SIGKILL = 1 << 8  # in a set of signals
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def read_bytes(path: str) -> bytes:
    """Return a whole procfs file, in large reads so that it changes as little as possible."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pieces = []
        while piece := os.read(fd, 1 << 20):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        os.close(fd)


def read_optional(path: str) -> bytes:
    """Return a file's bytes, or nothing when it cannot be read."""
    try:
        return read_bytes(path)
    except OSError:
        return b""


def text(data: bytes) -> str:
    """Decode a name as the file system does."""
    return data.decode("utf-8", "surrogateescape")


def task_ids(pid: int) -> list[int]:
    """Return the ids of all threads; raises FileNotFoundError when the process is gone."""
    return [int(name) for name in os.listdir(f"/proc/{pid}/task")]


def living_task(pid: int) -> int:
    """Return the id to ask about the address space: ``pid``, or a thread of it that still has one.

    When the main thread has called pthread_exit, /proc/PID/maps and mem are empty while the
    process runs on; those of its other threads are not.
    """
    for tid in (pid, *task_ids(pid)):
        try:
            if read_stat(pid, tid).state not in "ZX":
                return tid
        except OSError:
            continue
    return pid


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """Fields of /proc/PID/stat, numbered as in the manual page. Times are clock ticks."""

    name: str
    state: str
    ppid: int
    minor_faults: int
    major_faults: int
    user_ticks: int
    kernel_ticks: int
    priority: int
    nice: int
    start_ticks: int
    start_stack: int
    arg_start: int
    arg_end: int
    env_start: int
    env_end: int


def read_stat(pid: int, tid: int | None = None) -> Stat:
    """Parse /proc/PID/stat or /proc/PID/task/TID/stat."""
    path = f"/proc/{pid}/stat" if tid is None else f"/proc/{pid}/task/{tid}/stat"
    data = read_bytes(path)
    # The name may hold blanks and parentheses; it ends at the last one.
    opening, closing = data.index(b"("), data.rindex(b")")
    fields = data[closing + 2 :].split()
    if len(fields) < 20:
        raise ProcessLookupError(f"{path} is cut short")

    def number(field: int) -> int:
        return int(fields[field - 3]) if field - 3 < len(fields) else 0

    return Stat(
        name=text(data[opening + 1 : closing]),
        state=fields[0].decode(),
        ppid=number(4),
        minor_faults=number(10),
        major_faults=number(12),
        user_ticks=number(14),
        kernel_ticks=number(15),
        priority=number(18),
        nice=number(19),
        start_ticks=number(22),
        start_stack=number(28),
        arg_start=number(48),
        arg_end=number(49),
        env_start=number(50),
        env_end=number(51),
    )


def is_dead(pid: int) -> bool:
    """Whether the process is gone or a zombie (its main thread may have ended alone, too)."""
    try:
        return read_stat(pid).state in "ZX"
    except OSError:
        return True


def is_doomed(pid: int) -> bool:
    """Whether the process is dead, or was killed and only cannot notice it yet."""
    try:
        status = read_status(pid)
    except OSError:
        return True
    pending = int(status.get("SigPnd", "0"), 16) | int(status.get("ShdPnd", "0"), 16)
    return status.get("State", "Z")[:1] in "ZX" or bool(pending & _SIGKILL)


def read_status(pid: int, tid: int | None = None) -> dict[str, str]:
    """Return the lines of /proc/PID/status, or of a thread's, by their name."""
    path = f"/proc/{pid}/status" if tid is None else f"/proc/{pid}/task/{tid}/status"
    pairs = (line.partition(":") for line in text(read_bytes(path)).splitlines())
    return {name: value.strip() for name, _, value in pairs}


def boot_time() -> float:
    """Return when the machine was started, in Unix seconds (``btime`` of /proc/stat)."""
    match = re.search(rb"^btime (\d+)", read_bytes("/proc/stat"), re.MULTILINE)
    return float(match[1]) if match else 0.0


def start_time(stat: Stat) -> float:
    """Return a process's or thread's start in Unix seconds, as psutil computes it."""
    return boot_time() + stat.start_ticks / CLOCK_TICKS


def auxv(data: bytes, word: int = 8) -> dict[int, int]:
    """Parse /proc/PID/auxv into type -> value."""
    values = [
        int.from_bytes(data[at : at + word], "little")
        for at in range(0, len(data) - word + 1, word)
    ]
    return dict(zip(values[::2], values[1::2], strict=False))
