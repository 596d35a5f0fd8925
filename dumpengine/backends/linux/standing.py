"""What threads that stand still look like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dumpengine.backends.linux.registers import blocked_registers, read_registers
from dumpengine.snapshot import Absent, Registers


def read_all(
    pid: int, stopped: Iterable[int], unstopped: Mapping[int, str], *, extended: bool
) -> dict[int, Registers | Absent]:
    """Read the registers of all threads; ``unstopped`` are those that did not stop, and why."""
    registers: dict[int, Registers | Absent] = {
        tid: blocked_registers(pid, tid) or Absent(reason) for tid, reason in unstopped.items()
    }
    for tid in stopped:
        try:
            registers[tid] = read_registers(tid, extended=extended)
        except OSError as error:
            registers[tid] = Absent(f"its registers cannot be read: {error.strerror}")
    return registers
