"""A dump of threads that wait for each other, in every way that a dump can tell."""

from __future__ import annotations

import struct
from dataclasses import replace

from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import ScriptFrame, Scripts, Snapshot
from dumpengine.waiting.facts import (
    Activity,
    Lock,
    LockKind,
    Peer,
    SystemCall,
    Thing,
    WaitedFor,
)
from tests.support.fake_snapshot import HEAP, FakeMemory, memory, snapshot, thread, written


def waiting_snapshot() -> Snapshot:
    """Six threads: a deadlock, a condition variable, a pipe, a lock that is only in memory."""
    call = SystemCall(202, (HEAP, 0x80, 2, 0, 0, 0))
    pipe = WaitedFor(Thing.PIPE, 4, "/run/pipe", (Peer(7, "cat", "T"), Peer(8, "tee", "S")))
    did = (
        Activity("S", "futex_do_wait", 1.0, 1, call, lock=Lock(LockKind.MUTEX, HEAP, 2)),
        Activity("S", "futex_do_wait", 1.0, 2, call, lock=Lock(LockKind.RWLOCK, HEAP, 1)),
        Activity("S", "futex_do_wait", 1.0, 3, call, lock=Lock(LockKind.CONDITION, HEAP, 1, HEAP)),
        Activity("S", "pipe_write", 1.0, 4, SystemCall(1, (4, 0, 0)), (pipe,)),
        Activity("S", "", 0.0, 5, call),
        Activity("R", "", 9.0, 6),
    )
    frames = (ScriptFrame("wait", "/srv/app.py", 7), ScriptFrame("main", "/srv/app.py", 9, True))
    pieces: FakeMemory = memory(6)
    mutex = struct.pack("<5I", 2, 0, 1, 1, 0)
    pieces.pieces[HEAP] = mutex + pieces.pieces[HEAP][len(mutex) :]
    threads = tuple(
        replace(thread(100 + n, n), activity=activity) for n, activity in enumerate(did)
    )
    scripts = Scripts("python", "3.11.7", {100: frames, 105: frames}, 105, frozenset({100}))
    return snapshot(6, threads=threads, memory=pieces, scripts=scripts)


def waiting_dump() -> bytes:
    """The dump's bytes, with the pages of its heap."""
    return written(waiting_snapshot(), MinidumpType.WithPrivateReadWriteMemory)[1]
