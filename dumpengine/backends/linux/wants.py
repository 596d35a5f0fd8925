"""What a capture looks for in the process, and whether a clone of it is worth while."""

from __future__ import annotations

from dumpengine.backends.linux.costs import clone_ms, stop_ms
from dumpengine.backends.linux.freeze import Wants
from dumpengine.dump_types import BULK, MinidumpType
from dumpengine.job import CaptureJob
from dumpengine.options import Mode

_TYPE = MinidumpType


def wants(job: CaptureJob) -> Wants:
    """Return what the job needs of the process."""
    mode, dump_type = job.options.mode, job.options.dump_type
    return Wants(
        clone=mode is Mode.SNAPSHOT or (mode is Mode.AUTO and _worth_a_clone(job)),
        extended_registers=bool(dump_type & _TYPE.WithAvxXStateContext),
        handles=bool(dump_type & _TYPE.WithHandleData),
        hold=job.options.hold,
        bulk=bool(dump_type & (BULK | _TYPE.WithIndirectlyReferencedMemory)),
    )


def _worth_a_clone(job: CaptureJob) -> bool:
    """Whether the target would stand still for longer without one."""
    dump_type = job.options.dump_type
    redact = job.options.redact or bool(dump_type & _TYPE.FilterTriage)
    try:
        stop = stop_ms(job.pid, bulk=bool(dump_type & BULK), redact=redact)
        return stop > clone_ms(job.pid)
    except OSError:
        return False
