"""DumpDeskThreadActivity as what each thread was doing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dumpengine.errors import DumpError
from dumpengine.format.activity import (
    DUMPDESK_ACTIVITY_LIST,
    DUMPDESK_THING,
    DUMPDESK_THREAD_ACTIVITY,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import headed_entries
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Absent
from dumpengine.waiting.facts import (
    Activity,
    Lock,
    LockKind,
    LockTrait,
    Peer,
    SystemCall,
    Thing,
    WaitedFor,
)

NOT_RECORDED = Absent("not recorded")
_TICKS = 10_000_000  # 100 ns in a second
_MOST_THINGS = 1 << 18
_LOCK_KINDS = {kind.value: kind for kind in LockKind}
_THINGS = {thing.value: thing for thing in Thing}


def read_activities(file: DumpFile) -> dict[int, Activity]:
    """Return what each thread did, by thread id; raises DumpError.

    Names that cannot be read are noted and left out.
    """
    body = file.body(StreamType.DumpDeskThreadActivity)
    if body is None:
        return {}
    if len(body) < DUMPDESK_ACTIVITY_LIST.SIZE:
        raise bad_format("The list of what threads did is too short for its head.")
    head = DUMPDESK_ACTIVITY_LIST.unpack(body)
    threads = headed_entries(
        body,
        head.SizeOfHeader,
        head.SizeOfThread,
        head.NumberOfThreads,
        DUMPDESK_THREAD_ACTIVITY.SIZE,
    )
    behind = head.SizeOfHeader + head.SizeOfThread * head.NumberOfThreads
    rows = headed_entries(body, behind, head.SizeOfThing, head.NumberOfThings, DUMPDESK_THING.SIZE)
    things = _things(file, rows)
    return {
        entry.ThreadId: _activity(file, entry, things.get(entry.ThreadId, ()))
        for entry in DUMPDESK_THREAD_ACTIVITY.unpack_many(threads)
    }


def _activity(
    file: DumpFile, entry: DUMPDESK_THREAD_ACTIVITY, things: tuple[WaitedFor, ...]
) -> Activity:
    return Activity(
        state=_letter(entry.State),
        wait_channel=_string(file, entry.WaitChannelRva),
        processor_time=entry.ProcessorTime / _TICKS,
        number=entry.OwnId,
        call=SystemCall(entry.SystemCall, entry.Arguments) if entry.SystemCall >= 0 else None,
        things=things,
        lock=_lock(entry),
    )


def _lock(entry: DUMPDESK_THREAD_ACTIVITY) -> Lock | None:
    kind = _LOCK_KINDS.get(entry.LockKind)
    if kind is None:
        return None
    traits = frozenset(trait for trait in LockTrait if entry.LockTraits & trait.value)
    return Lock(kind, entry.LockAddress, entry.LockOwner, entry.Mutex, traits)


def _things(file: DumpFile, rows: bytes) -> dict[int, tuple[WaitedFor, ...]]:
    entries = list(DUMPDESK_THING.unpack_many(rows))
    if len(entries) > _MOST_THINGS:
        raise bad_format(f"The dump has {len(entries)} things waited for, more than there can be.")
    found: dict[int, tuple[WaitedFor, ...]] = {}
    for key, group in groupby(entries, _same):
        tid, descriptor, kind, name = key
        if kind in _THINGS:
            thing = WaitedFor(
                _THINGS[kind], descriptor, _string(file, name), tuple(_peers(file, group))
            )
            found[tid] = (*found.get(tid, ()), thing)
    return found


def _same(entry: DUMPDESK_THING) -> tuple[int, int, int, int]:
    return entry.ThreadId, entry.Descriptor, entry.Kind, entry.NameRva


def _peers(file: DumpFile, rows: Iterator[DUMPDESK_THING]) -> Iterator[Peer]:
    for row in rows:
        if row.PeerId:
            yield Peer(row.PeerId, _string(file, row.PeerNameRva), _letter(row.PeerState))


def _string(file: DumpFile, rva: int) -> str:
    if not rva:
        return ""
    try:
        return file.source.string(rva, "A name among what threads wait for")
    except DumpError as error:
        file.note("DumpDeskThreadActivity", error)
        return ""


def _letter(code: int) -> str:
    return chr(code) if 0x20 < code < 0x7F else ""
