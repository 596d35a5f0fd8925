"""DumpDeskThreadActivity (0x44440002): what each thread did at the moment of the capture.

A stream of ours. The head is followed by one entry per thread, then by one row for each thing that
a thread waits for and each process at its other end. Names are offsets of MINIDUMP_STRINGs, 0 for
none. Readers go by the sizes in the head: entries may grow at their end.
"""

from typing import Annotated

from dumpengine.format.layout import I32, U32, U64, Struct, layout

U64x6 = Annotated[tuple[int, ...], "6Q"]
NO_CALL = -1


@layout(size=24)
class DUMPDESK_ACTIVITY_LIST(Struct):
    """Head of the stream."""

    SizeOfHeader: U32 = 24
    SizeOfThread: U32 = 104
    NumberOfThreads: U32 = 0
    SizeOfThing: U32 = 28
    NumberOfThings: U32 = 0
    Reserved: U32 = 0


@layout(size=104, Arguments=16, LockAddress=72, ProcessorTime=96)
class DUMPDESK_THREAD_ACTIVITY(Struct):
    """One thread.

    ``OwnId`` is its id in its own PID namespace, the one in lock words. ``State`` (the letter of
    proc(5)) and the wait channel (the kernel's function) were read just before the process was
    stopped, 0 when they were not. ``SystemCall`` is the number of the call it stood in, NO_CALL
    for none, of the instruction set of its context. ``LockKind`` and ``LockTraits`` are
    :class:`dumpengine.waiting.facts.LockKind` and bits of ``LockTrait``, 0 when it waits for no
    lock; ``LockOwner`` is an ``OwnId``, 0 when it is not known; ``Mutex`` is that of a condition
    variable. ``ProcessorTime`` counts 100 ns.
    """

    ThreadId: U32 = 0
    OwnId: U32 = 0
    State: U32 = 0
    SystemCall: I32 = NO_CALL
    Arguments: U64x6 = (0, 0, 0, 0, 0, 0)
    WaitChannelRva: U32 = 0
    LockKind: U32 = 0
    LockAddress: U64 = 0
    Mutex: U64 = 0
    LockOwner: U32 = 0
    LockTraits: U32 = 0
    ProcessorTime: U64 = 0


@layout(size=28)
class DUMPDESK_THING(Struct):
    """A thing that a thread waits for and one process at its other end.

    ``Kind`` is a :class:`dumpengine.waiting.facts.Thing`; ``PeerId`` is 0 when nobody is known. Of
    a thing with several peers there are as many rows, one after the other.
    """

    ThreadId: U32 = 0
    Descriptor: I32 = -1
    Kind: U32 = 0
    NameRva: U32 = 0
    PeerId: U32 = 0
    PeerState: U32 = 0
    PeerNameRva: U32 = 0
