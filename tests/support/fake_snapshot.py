"""Processes that never ran: snapshots made by hand, to write and read back."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dumpengine.callbacks import DumpCallback, SecondaryFlags
from dumpengine.dump_types import MinidumpType
from dumpengine.options import UserStream
from dumpengine.read.dump import Dump, read_dump
from dumpengine.snapshot import (
    Architecture,
    MemoryType,
    Module,
    PageProtection,
    ProcessInfo,
    Range,
    Region,
    Registers,
    Section,
    SectionKind,
    Snapshot,
    SystemInfo,
    Thread,
    ThreadTimes,
    VmCounters,
)
from dumpengine.write.choice import Choice, choose
from dumpengine.write.source import Source
from dumpengine.write.writer import WriteOptions, WriteReport, write_minidump

PAGE = 0x1000
CODE = 0x40_0000
DATA = 0x41_0000
HEAP = 0x50_0000
SHARED = 0x60_0000
LIBRARY = 0x7F00_0000_0000
STACK = 0x7FFC_0000_0000


@dataclass
class FakeMemory:
    """Memory made of ``pieces`` (address -> bytes); pages in ``bad`` cannot be read."""

    pieces: dict[int, bytes]
    bad: set[int] = field(default_factory=set)
    reads: list[Range] = field(default_factory=list)

    def populated(self, start: int, end: int) -> Iterator[Range]:
        """See :class:`dumpengine.snapshot.Memory`."""
        for at, data in sorted(self.pieces.items()):
            low, high = max(at, start), min(at + len(data), end)
            if low < high:
                yield Range(low, high)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :class:`dumpengine.snapshot.Memory`."""
        self.reads.append(Range(address, address + buffer.nbytes))
        done = 0
        while done < buffer.nbytes:
            part = self._from(address + done)[: buffer.nbytes - done]
            if not part:
                break
            buffer[done : done + len(part)] = part
            done += len(part)
        return done

    def _from(self, address: int) -> bytes:
        limit = min((bad for bad in self.bad if bad + PAGE > address), default=1 << 64)
        for at, data in self.pieces.items():
            if at <= address < at + len(data):
                return data[address - at : max(limit - at, address - at)]
        return b""


class RamSink:
    """A file in memory."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.writes: list[tuple[int, int]] = []
        self._lock = threading.Lock()

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`dumpengine.job.Sink`."""
        with self._lock:
            self.writes.append((offset, len(data)))
            self.data += bytes(max(offset + len(data) - len(self.data), 0))
            self.data[offset : offset + len(data)] = data


def pattern(size: int, seed: int = 0) -> bytes:
    """Bytes that differ from page to page and from seed to seed."""
    unit = b"".join((seed << 32 | n).to_bytes(8, "little") for n in range(PAGE // 8))
    return b"".join(
        unit[:-8] + (seed << 32 | 1 << 20 | n).to_bytes(8, "little")
        for n in range(-(-size // PAGE))
    )[:size]


def registers(pc: int = CODE + 0x1080, sp: int = STACK + 0x800, **others: int) -> Registers:
    """A thread's registers."""
    values = {"rip": pc, "rsp": sp, "cs": 0x33, "ss": 0x2B, "eflags": 0x246, **others}
    return Registers(Architecture.AMD64, values, fxsave=bytes(range(256)) * 2)


def region(
    start: int,
    size: int,
    protect: int = PageProtection.READWRITE,
    kind: MemoryType = MemoryType.PRIVATE,
    **fields: object,
) -> Region:
    """A region that was allocated by itself."""
    return replace(
        Region(start=start, end=start + size, protect=protect, type=kind, allocation_base=start),
        **fields,
    )  # type: ignore[arg-type]


def thread(tid: int, number: int = 0, **fields: object) -> Thread:
    """A thread whose stack is page ``number`` of the stacks."""
    start = STACK + number * 0x10000
    made = Thread(
        tid=tid,
        registers=registers(sp=start + 0x880),
        stack=Range(start + 0x800, start + 0x1000),
        name=f"thread-{tid}",
        teb=start + 0x2000,
        times=ThreadTimes(1_700_000_000.5, 1.25, 0.5),
        affinity=3,
        start_address=CODE + 0x1000,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def program() -> Module:
    """The program's module: a header page, two of code, two of data."""
    return Module(
        base=CODE,
        size=DATA + 2 * PAGE - CODE,
        path="/usr/bin/program",
        codeview=b"LEpB" + bytes(range(20)),
        sections=(
            Section(CODE, CODE + PAGE, SectionKind.HEADER),
            Section(CODE + PAGE, CODE + 3 * PAGE, SectionKind.CODE),
            Section(DATA, DATA + 2 * PAGE, SectionKind.DATA),
        ),
    )


def regions(threads: int = 1) -> tuple[Region, ...]:
    """The address space of :func:`snapshot`."""
    p, image = PageProtection, MemoryType.IMAGE
    program_file = {"name": "/usr/bin/program"}
    return (
        region(CODE, PAGE, p.READONLY, image, **program_file),
        region(CODE + PAGE, 2 * PAGE, p.EXECUTE_READ, image, **program_file),
        region(DATA, PAGE, p.WRITECOPY, image, **program_file),
        region(DATA + PAGE, PAGE, p.READWRITE, image),
        region(HEAP, 16 * PAGE, p.READWRITE, name="[heap]"),
        region(SHARED, PAGE, p.READWRITE, MemoryType.MAPPED, name="/dev/shm/x"),
        *(region(STACK + n * 0x10000, PAGE, p.READWRITE) for n in range(threads)),
    )


def memory(threads: int = 1) -> FakeMemory:
    """What :func:`snapshot` holds: of the heap only the pages 0-3 and 8-9 were ever touched."""
    pieces = {
        CODE: b"\x7fELF" + pattern(3 * PAGE, 1)[4:],
        DATA: pattern(2 * PAGE, 2),
        HEAP: pattern(4 * PAGE, 3),
        HEAP + 8 * PAGE: pattern(2 * PAGE, 4),
        SHARED: pattern(PAGE, 5),
    }
    pieces |= {STACK + n * 0x10000: pattern(PAGE, 6 + n) for n in range(threads)}
    return FakeMemory(pieces)


def snapshot(count: int = 1, /, **fields: object) -> Snapshot:
    """A small process with a heap; ``fields`` replace parts of it."""
    made = Snapshot(
        system=SystemInfo(
            architecture=Architecture.AMD64,
            platform_id=0x8201,
            csd_version="Linux 6.1.0",
            max_mhz=3000,
        ),
        process=ProcessInfo(
            pid=100,
            name="program",
            path="/usr/bin/program",
            ppid=1,
            created=1_700_000_000.0,
            counters=VmCounters(page_faults=7, peak_working_set=8, working_set=9),
        ),
        threads=tuple(thread(100 + n, n) for n in range(count)),
        modules=(program(),),
        regions=regions(count),
        memory=memory(count),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def choice_of(made: Snapshot, dump_type: int = 0, callback: DumpCallback | None = None) -> Choice:
    """What is chosen of a snapshot."""
    return choose(
        made,
        MinidumpType(dump_type),
        callback or DumpCallback(),
        frozenset(),
        SecondaryFlags.NONE,
    )


def source_of(made: Snapshot, dump_type: int = 0) -> Source:
    """What the stream modules work from."""
    return Source(made, MinidumpType(dump_type), choice_of(made, dump_type), 1_700_000_000)


def written(
    made: Snapshot,
    dump_type: int = 0,
    callback: DumpCallback | None = None,
    user_streams: Iterable[UserStream] = (),
) -> tuple[Dump, bytes, WriteReport]:
    """Write a snapshot; return it read back, its bytes, and the report."""
    sink = RamSink()
    options = WriteOptions(
        dump_type=MinidumpType(dump_type), timestamp=1_700_000_000, user_streams=tuple(user_streams)
    )
    report = write_minidump(made, sink, options, callback or DumpCallback())
    data = bytes(sink.data)
    return read_dump(data), data, report
