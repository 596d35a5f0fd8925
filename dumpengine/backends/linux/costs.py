"""What holds a target up, in milliseconds, measured on a 2.6 GHz machine."""

from __future__ import annotations

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.cgroups import Group, groups_of

_GIB = 1 << 30
# Each thread and mapping described and each GiB copied while the target is stopped; or a clone, and
# its page tables for each GiB.
_THREAD_MS = 0.2
_MAPPING_MS = 0.06
_COPY_MS = 400
_REDACTION_MS, _REDACTED_COPY_MS = 8, 5000  # finding the secrets, and searching each GiB for them
_CLONE_MS = 8
_PAGE_TABLES_MS = 15


def stop_ms(pid: int, *, bulk: bool, redact: bool = False) -> float:
    """Return how long a dump holds the target still without a clone; ``bulk`` copies all of it.

    What is copied is searched meanwhile with ``redact``. Raises OSError when the target is gone.
    """
    mappings = procfs.read_bytes(f"/proc/{pid}/maps").count(b"\n")
    described = len(procfs.task_ids(pid)) * _THREAD_MS + mappings * _MAPPING_MS
    search, copy = (_REDACTION_MS, _REDACTED_COPY_MS) if redact else (0, _COPY_MS)
    return described + search + (resident(pid) * copy if bulk else 0)


def clone_ms(pid: int) -> float:
    """Return how long making a clone takes: in the target's own share of the processors.

    Raises OSError when it is gone.
    """
    shares = (min(_processors(group), 1.0) for group in groups_of(pid, "cpu").groups)
    work = _CLONE_MS + resident(pid) * _PAGE_TABLES_MS
    return work / min(shares, default=1.0)


def resident(pid: int) -> float:
    """Return the GiB of a process that are in memory; raises OSError when it is gone."""
    status = procfs.read_status(procfs.living_task(pid))
    return int(status.get("VmRSS", "0 kB").split()[0]) * 1024 / _GIB


def _processors(group: Group) -> float:
    """How many processors a group may keep busy, in the mean."""
    if group.version == 2:
        quota, _, period = group.read("cpu.max").partition(b" ")
    else:
        quota, period = group.read("cpu.cfs_quota_us"), group.read("cpu.cfs_period_us")
    limited = quota.isdigit() and period.isdigit() and int(period)  # else "max", or -1
    return int(quota) / int(period) if limited else float("inf")
