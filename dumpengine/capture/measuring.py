"""How large a dump would be, from a look at the running process."""

from __future__ import annotations

from dumpengine.backends.protocol import Estimate
from dumpengine.callbacks import DumpCallback
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import Snapshot
from dumpengine.write.choice import Choice, ask_start, choose
from dumpengine.write.selection import select, shares


def size(snapshot: Snapshot, dump_type: MinidumpType) -> int:
    """Tell the bytes a dump would take."""
    return _size(snapshot, dump_type, _everything(snapshot, dump_type))


def estimate(snapshot: Snapshot, dump_type: MinidumpType) -> Estimate:
    """Tell the bytes a dump would take, and what each memory flag would take alone."""
    choice = _everything(snapshot, dump_type)
    return Estimate(_size(snapshot, dump_type, choice), dict(shares(snapshot, choice)))


def _everything(snapshot: Snapshot, dump_type: MinidumpType) -> Choice:
    silent = DumpCallback()
    return choose(snapshot, dump_type, silent, frozenset(), ask_start(silent))


def _size(snapshot: Snapshot, dump_type: MinidumpType, choice: Choice) -> int:
    return select(snapshot, dump_type, choice, DumpCallback()).size + _overhead(snapshot)


def _overhead(snapshot: Snapshot) -> int:
    """Bytes of everything but memory, roughly: contexts and lists by their counts."""
    texts = sum(map(len, snapshot.streams.values()))
    threads, modules, regions = map(len, (snapshot.threads, snapshot.modules, snapshot.regions))
    return 16384 + texts + threads * 1500 + modules * 400 + regions * 200
