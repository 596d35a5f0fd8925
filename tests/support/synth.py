"""Hand-made minidumps for the reader's tests: correct ones, and broken ones in one place.

Independent of ``dumpengine.write`` so that a shared mistake cannot hide: this knows only the
format's tables and raw bytes. Pieces are placed as they are added, so their offsets are known at
once; lists and the directory follow them; Memory64ListStream's bytes end the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_AMD64_ALL
from dumpengine.format.header import (
    MINIDUMP_DIRECTORY,
    MINIDUMP_HEADER,
    MINIDUMP_LOCATION_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR64,
    SIGNATURE,
)
from dumpengine.format.layout import Struct
from dumpengine.format.memory import (
    MINIDUMP_MEMORY64_LIST,
    MINIDUMP_MEMORY_INFO,
    MINIDUMP_MEMORY_INFO_LIST,
)
from dumpengine.format.modules import MINIDUMP_MODULE
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import (
    MINIDUMP_SYSTEM_INFO,
    PlatformId,
    ProcessorArchitecture,
)
from dumpengine.format.threads import MINIDUMP_THREAD, MINIDUMP_THREAD_NAME

HEADER = MINIDUMP_HEADER(SIGNATURE, TimeDateStamp=1_700_000_000)
STACK = 0x7FFC_0000_0000
CODE = 0x40_0000


def utf16_string(text: str) -> bytes:
    """A MINIDUMP_STRING, spelled out."""
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data)) + data + b"\0\0"


def amd64_context(**registers: int) -> bytes:
    """A CONTEXT with the named fields (``Rip=...``) and all flags of a plain one."""
    return CONTEXT_AMD64(ContextFlags=CONTEXT_AMD64_ALL, **registers).pack()


def counted(items: list[Struct]) -> bytes:
    """A u32 count and the items."""
    return struct.pack("<I", len(items)) + b"".join(item.pack() for item in items)


@dataclass
class Synth:
    """One dump in the making; ``header`` may be replaced to break it."""

    header: MINIDUMP_HEADER = HEADER
    blob: bytearray = field(default_factory=lambda: bytearray(32))
    entries: list[MINIDUMP_DIRECTORY] = field(default_factory=list)
    threads: list[Struct] = field(default_factory=list)
    names: list[Struct] = field(default_factory=list)
    modules: list[Struct] = field(default_factory=list)
    ranges: list[Struct] = field(default_factory=list)
    ranges64: list[tuple[int, bytes]] = field(default_factory=list)
    regions: list[Struct] = field(default_factory=list)

    def put(self, data: bytes) -> int:
        """Place bytes in the file; return their offset."""
        rva = len(self.blob)
        self.blob += data
        return rva

    def located(self, data: bytes) -> MINIDUMP_LOCATION_DESCRIPTOR:
        """Place bytes and return where they are."""
        return MINIDUMP_LOCATION_DESCRIPTOR(len(data), self.put(data))

    def text(self, text: str) -> int:
        """Place a MINIDUMP_STRING; return its offset."""
        return self.put(utf16_string(text))

    def stream(self, kind: int, data: bytes) -> Synth:
        """Add a stream."""
        self.entries.append(MINIDUMP_DIRECTORY(kind, self.located(data)))
        return self

    def entry(self, kind: int, size: int, rva: int) -> Synth:
        """Add a directory entry that points wherever one likes."""
        self.entries.append(MINIDUMP_DIRECTORY(kind, MINIDUMP_LOCATION_DESCRIPTOR(size, rva)))
        return self

    def system(
        self,
        architecture: int = ProcessorArchitecture.AMD64,
        platform: int = PlatformId.LINUX,
        csd: str = "Linux 6.1.0 x86_64",
        **fields: int,
    ) -> Synth:
        """Add SystemInfoStream."""
        info = MINIDUMP_SYSTEM_INFO(
            ProcessorArchitecture=architecture,
            PlatformId=platform,
            NumberOfProcessors=4,
            CSDVersionRva=self.text(csd),
        )
        return self.stream(StreamType.SystemInfoStream, replace(info, **fields).pack())

    def thread(
        self,
        tid: int,
        context: bytes = b"",
        stack: bytes = b"",
        start: int = STACK,
        name: str | None = None,
        **fields: object,
    ) -> Synth:
        """Add a thread; its stack is attached to it and, as writers do, in the memory list."""
        memory = MINIDUMP_MEMORY_DESCRIPTOR(start, self.located(stack)) if stack else None
        entry = MINIDUMP_THREAD(
            ThreadId=tid,
            PriorityClass=0x20,
            Stack=memory or MINIDUMP_MEMORY_DESCRIPTOR(),
            ThreadContext=self.located(context) if context else MINIDUMP_LOCATION_DESCRIPTOR(),
        )
        self.threads.append(replace(entry, **fields))
        if memory:
            self.ranges.append(memory)
        if name is not None:
            self.names.append(MINIDUMP_THREAD_NAME(tid, self.text(name)))
        return self

    def module(
        self, base: int, size: int, path: str, codeview: bytes = b"", **fields: object
    ) -> Synth:
        """Add a module."""
        entry = MINIDUMP_MODULE(
            BaseOfImage=base,
            SizeOfImage=size,
            ModuleNameRva=self.text(path),
            CvRecord=self.located(codeview) if codeview else MINIDUMP_LOCATION_DESCRIPTOR(),
        )
        self.modules.append(replace(entry, **fields))
        return self

    def memory(self, start: int, data: bytes) -> Synth:
        """Add a range of MemoryListStream."""
        self.ranges.append(MINIDUMP_MEMORY_DESCRIPTOR(start, self.located(data)))
        return self

    def memory64(self, start: int, data: bytes) -> Synth:
        """Add a range of Memory64ListStream."""
        self.ranges64.append((start, data))
        return self

    def region(self, start: int, size: int, protect: int = 4, kind: int = 0x20000) -> Synth:
        """Add a committed region to MemoryInfoListStream."""
        self.regions.append(
            MINIDUMP_MEMORY_INFO(start, start, protect, 0, size, 0x1000, protect, kind)
        )
        return self

    def build(self) -> bytes:
        """Return the file. The builder is used up."""
        for kind, items in (
            (StreamType.ThreadListStream, self.threads),
            (StreamType.ThreadNamesStream, self.names),
            (StreamType.ModuleListStream, self.modules),
            (StreamType.MemoryListStream, self.ranges),
        ):
            if items:
                self.stream(kind, counted(items))
        if self.regions:
            head = MINIDUMP_MEMORY_INFO_LIST(NumberOfEntries=len(self.regions)).pack()
            body = b"".join(region.pack() for region in self.regions)
            self.stream(StreamType.MemoryInfoListStream, head + body)
        memory = self._memory64_list()
        directory = b"".join(entry.pack() for entry in self.entries)
        header = replace(
            self.header, NumberOfStreams=len(self.entries), StreamDirectoryRva=len(self.blob)
        )
        self.blob[:32] = header.pack()
        return bytes(self.blob) + directory + memory

    def _memory64_list(self) -> bytes:
        """Add the list; its base is the end of the directory, which its entry lengthens."""
        if not self.ranges64:
            return b""
        size = MINIDUMP_MEMORY64_LIST.SIZE + 16 * len(self.ranges64)
        end = len(self.blob) + size + (len(self.entries) + 1) * MINIDUMP_DIRECTORY.SIZE
        table = MINIDUMP_MEMORY64_LIST(len(self.ranges64), end).pack() + b"".join(
            MINIDUMP_MEMORY_DESCRIPTOR64(start, len(data)).pack() for start, data in self.ranges64
        )
        self.stream(StreamType.Memory64ListStream, table)
        return b"".join(data for _, data in self.ranges64)


def small_dump() -> Synth:
    """A dump every reader opens: two threads with stacks, two modules, a map of memory."""
    synth = Synth()
    synth.system()
    for tid, name in ((100, "main"), (101, "worker")):
        start = STACK + (tid - 100) * 0x10000
        synth.thread(
            tid,
            amd64_context(Rip=CODE + 0x1000 + tid, Rsp=start + 8, Rax=tid),
            bytes(range(256)),
            start,
            name,
        )
        synth.region(start & ~0xFFF, 0x1000)
    synth.module(CODE, 0x10000, "/usr/bin/program", b"LEpB" + bytes(range(20)))
    synth.module(0x7F00_0000_0000, 0x20000, "/usr/lib/libc.so.6")
    return synth
