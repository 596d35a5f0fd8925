"""How large would this dump be: from the memory map, never from virtual size."""

from __future__ import annotations

from dumpengine.backends import Estimate, backend
from dumpengine.dump_types import validate
from dumpengine.processes import ProcessKey

__all__ = ["Estimate", "estimate"]


def estimate(key: ProcessKey, dump_type: int) -> Estimate:
    """Return the bytes a dump would take, and each memory flag's own share.

    The process runs on meanwhile. Raises DumpError when it is gone or may not be read.
    """
    return backend().estimate(key.pid, key.started, validate(dump_type))
