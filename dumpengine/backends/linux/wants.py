"""What a capture looks for in the process, and whether a clone of it is worth while."""

from __future__ import annotations

from dumpengine.backends.linux.freeze import Wants
from dumpengine.backends.linux.process import process_info
from dumpengine.backends.linux.procfs import read_bytes, task_ids
from dumpengine.dump_types import BULK, MinidumpType
from dumpengine.job import CaptureJob, Mode
from dumpengine.snapshot import VmCounters

_TYPE = MinidumpType
_GIB = 1 << 30
# What holds a target up, measured on a 2.6 GHz machine, in milliseconds: each thread and mapping
# described and each GiB copied while it is stopped; or a clone, and its page tables for each GiB.
_THREAD_MS = 0.2
_MAPPING_MS = 0.06
_COPY_MS = 400
_CLONE_MS = 8
_PAGE_TABLES_MS = 15


def wants(job: CaptureJob) -> Wants:
    """Return what the job needs of the process."""
    return Wants(
        clone=job.mode is Mode.SNAPSHOT or (job.mode is Mode.AUTO and _worth_a_clone(job)),
        extended_registers=bool(job.dump_type & _TYPE.WithAvxXStateContext),
        handles=bool(job.dump_type & _TYPE.WithHandleData),
        hold=job.hold,
    )


def _worth_a_clone(job: CaptureJob) -> bool:
    """Whether the target would stand still for longer without one."""
    try:
        counters = process_info(job.pid).counters
        threads = len(task_ids(job.pid))
        mappings = read_bytes(f"/proc/{job.pid}/maps").count(b"\n")
    except OSError:
        return False
    resident = counters.working_set / _GIB if isinstance(counters, VmCounters) else 0.0
    stop = threads * _THREAD_MS + mappings * _MAPPING_MS
    if job.dump_type & BULK:
        stop += resident * _COPY_MS
    return stop > _CLONE_MS + resident * _PAGE_TABLES_MS
