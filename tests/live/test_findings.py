"""What hangs, in a sentence: from a mini dump of a process that hangs in a known way."""

from __future__ import annotations

import re

import pytest

from dumpengine.dump_types import PRESETS
from dumpengine.stacks.files import Files
from dumpengine.stacks.look import look
from dumpengine.stacks.model import Stacks
from tests.support.c_targets import compiled, running

MINI = PRESETS["mini"].value
HELD = "3 threads wait in lock_mutex() for the mutex that holder holds, which sleeps in " \
    "hold_and_sleep()."  # fmt: skip


@pytest.fixture
def stacks(capture):
    """Dump ``waiters WAY`` and look at its stacks."""

    def of(way: str, compiler: str = "cc") -> tuple[Stacks, dict[str, int]]:
        program = compiled("waiters", compiler=compiler)
        with running(program, way) as target:
            _, dump, _ = capture(target.pid, MINI)
            return look(dump.snapshot(), Files([program.parent])), dict(target.values)

    return of


@pytest.mark.parametrize(
    ("way", "kind", "sentence"),
    [
        (
            "deadlock2",
            "deadlock",
            "locker-0 waits in lock_mutex() for the mutex that locker-1 holds, which waits in "
            "lock_mutex() for the mutex that locker-0 holds: deadlock.",
        ),
        (
            "deadlock3",
            "deadlock",
            "locker-0 waits in lock_mutex() for the mutex that locker-1 holds, which waits in "
            "lock_mutex() for the mutex that locker-2 holds, which waits in lock_mutex() for the "
            "mutex that locker-0 holds: deadlock.",
        ),
        *((way, "held", HELD) for way in ("normal", "recursive", "checked", "robust", "pi")),
        (
            "written",
            "held",
            "2 threads wait for the read-write lock that holder has locked for writing, which "
            "sleeps in hold_and_sleep().",
        ),
        (
            "join",
            "held",
            "joiner waits in joiner() for sleeper to end, which sleeps in hold_and_sleep().",
        ),
        (
            "pipe",
            "peer_stopped",
            "waiters waits in main_waits() for a pipe at whose other end is waiters (process "
            "{peer}), which is stopped.",
        ),
        (
            "flock",
            "peer_stopped",
            "waiters waits in main_waits() for a file lock that is held by waiters (process "
            "{peer}), which is stopped.",
        ),
        (
            "child",
            "peer_stopped",
            "waiters waits in main_waits() for its child waiters (process {peer}) to end, which is "
            "stopped.",
        ),
        (
            "semaphore",
            "nothing",
            "Nothing suspicious in 2 threads: none crashed, and none waits for another that is "
            "known to hold it up.",
        ),
    ],
)
def test_what_hangs(stacks, way, kind, sentence):
    found, values = stacks(way)
    first = found.findings[0]
    assert (first.kind, first.sentence) == (kind, sentence.format_map(values))


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        *(
            (way, "3 threads wait for the mutex that holder holds, which sleeps.")
            for way in ("recursive", "checked", "pi")
        ),
        ("join", "joiner waits for sleeper to end, which sleeps."),
    ],
)
def test_what_hangs_with_musl(stacks, way, sentence):
    """Its library has no unwind tables, so the places may be missing."""
    found = stacks(way, "musl-gcc")[0].findings[0].sentence
    assert re.sub(r" in [^ ]+(\(\)|\+0x[0-9a-f]+)", "", found) == sentence


def test_plain_mutexes_of_musl_have_no_owner(stacks):
    found, values = stacks("normal", "musl-gcc")
    (thread,) = (thread for thread in found.threads if thread.name == "waiter-0")
    assert thread.waits_for == f"mutex 0x{values['mutex']:x}"


@pytest.mark.parametrize(
    ("way", "name", "words"),
    [
        ("condition", "conditional", "condition variable 0x{condition:x} (mutex 0x{mutex:x})"),
        (
            "condition-held",
            "conditional",
            "condition variable 0x{condition:x} (mutex 0x{mutex:x} held by holder)",
        ),
        ("semaphore", "sem-waiter", "semaphore 0x{semaphore:x}"),
        ("read", "writer", "read-write lock"),
        ("accept", "waiters", "tcp socket listening on 0.0.0.0:{port} (descriptor 3)"),
        ("epoll", "waiters", "events (descriptor 3)"),
    ],
)
def test_what_a_thread_waits_for(stacks, way, name, words):
    found, values = stacks(way)
    (thread,) = (thread for thread in found.threads if thread.name == name)
    assert thread.waits_for == words.format_map(values)
    assert {f.kind for f in found.findings} - {"alike", "unowned"} == {"nothing"}
