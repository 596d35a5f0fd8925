"""DumpDeskThreadActivity: what each thread did and waits for, as decoded facts."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.dump_types import MinidumpType
from dumpengine.format.activity import (
    DUMPDESK_ACTIVITY_LIST,
    DUMPDESK_THING,
    DUMPDESK_THREAD_ACTIVITY,
    NO_CALL,
)
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.waiting.facts import Activity, Peer, Thing, WaitedFor
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_TICKS = 10_000_000  # 100 ns in a second
_ARGUMENTS = 6
_FILTERS = MinidumpType.FilterMemory | MinidumpType.FilterTriage


def write_activity(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the stream; None when nothing was recorded."""
    threads = list(_recorded(source))
    if not threads:
        return None
    entries = [_entry(image, tid, activity) for tid, activity in threads]
    things = [row for tid, activity in threads for row in _things(image, source, tid, activity)]
    head = DUMPDESK_ACTIVITY_LIST(NumberOfThreads=len(entries), NumberOfThings=len(things))
    return image.append(head.pack() + pack_many(entries) + pack_many(things), alignment=8)


def _recorded(source: Source) -> Iterator[tuple[int, Activity]]:
    for chosen in source.choice.threads:
        if isinstance(chosen.thread.activity, Activity):
            yield chosen.thread.tid, chosen.thread.activity


def _entry(image: FileImage, tid: int, activity: Activity) -> DUMPDESK_THREAD_ACTIVITY:
    call, lock = activity.call, activity.lock
    arguments = (*(call.arguments if call else ()), *[0] * _ARGUMENTS)[:_ARGUMENTS]
    return DUMPDESK_THREAD_ACTIVITY(
        ThreadId=tid,
        OwnId=activity.number,
        State=_letter(activity.state),
        SystemCall=call.number if call else NO_CALL,
        Arguments=arguments,
        WaitChannelRva=image.string(activity.wait_channel) if activity.wait_channel else 0,
        LockKind=lock.kind.value if lock else 0,
        LockAddress=lock.address if lock else 0,
        Mutex=lock.mutex if lock else 0,
        LockOwner=lock.owner if lock else 0,
        LockTraits=sum(trait.value for trait in lock.traits) if lock else 0,
        ProcessorTime=round(activity.processor_time * _TICKS),
    )


def _things(
    image: FileImage, source: Source, tid: int, activity: Activity
) -> Iterator[DUMPDESK_THING]:
    for thing in activity.things:
        name = _name(source, thing)
        for peer in thing.peers or (Peer(0),):
            yield DUMPDESK_THING(
                ThreadId=tid,
                Descriptor=thing.descriptor,
                Kind=thing.thing.value,
                NameRva=image.string(name) if name else 0,
                PeerId=peer.pid,
                PeerState=_letter(peer.state),
                PeerNameRva=image.string(peer.name) if peer.name else 0,
            )


def _name(source: Source, thing: WaitedFor) -> str:
    """With whom a program talks is private like what its memory holds."""
    if thing.thing is Thing.SOCKET and source.dump_type & _FILTERS:
        return ""
    return source.name_of(thing.name)


def _letter(text: str) -> int:
    return ord(text[0]) & 0x7F if text else 0
