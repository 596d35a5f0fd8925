"""How large would this dump be: from the memory map, never from virtual size."""

from __future__ import annotations

from dumpengine.backends.choose import backend
from dumpengine.backends.protocol import Estimate
from dumpengine.dump_types import MinidumpType, validate
from dumpengine.processes.listing import ProcessKey

__all__ = ["Estimate", "estimate"]


def estimate(key: ProcessKey, dump_type: int) -> Estimate:
    """Return the bytes a dump would take, and each memory flag's own share.

    The process runs on meanwhile. Raises DumpError when it is gone or may not be read.
    """
    checked = validate(dump_type)
    known = backend().estimate(key.pid, key.started, checked)
    if known is not None:
        return known
    from dumpengine.capture import measuring

    with backend().observe(key.pid, key.started) as snapshot:
        return measuring.estimate(snapshot, checked)


def dump_size(key: ProcessKey, dump_type: MinidumpType) -> int:
    """Return the bytes a dump would take; quicker than the whole estimate."""
    known = backend().estimate(key.pid, key.started, dump_type)
    if known is not None:
        return known.total
    from dumpengine.capture import measuring

    with backend().observe(key.pid, key.started) as snapshot:
        return measuring.size(snapshot, dump_type)
