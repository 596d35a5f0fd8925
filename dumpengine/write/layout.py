"""Lays the file out: which streams there are, in which order, and where everything lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dumpengine.dump_types import MinidumpType
from dumpengine.format.header import (
    MINIDUMP_DIRECTORY,
    MINIDUMP_HEADER,
    MINIDUMP_LOCATION_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR,
    SIGNATURE,
)
from dumpengine.format.layout import pack_many
from dumpengine.format.stream_types import StreamType
from dumpengine.format.streams import stream_row
from dumpengine.options import UserStream
from dumpengine.snapshot import LinkedStream, Memory, Range, SoftError, read_memory
from dumpengine.snapshot.ranges import RangeSet
from dumpengine.write import memory_lists, notes, threads
from dumpengine.write.activity import write_activity
from dumpengine.write.counters import write_system_memory, write_vm_counters
from dumpengine.write.exception import write_exception
from dumpengine.write.handles import write_handle_data, write_token_list
from dumpengine.write.holes import Placed
from dumpengine.write.image import FileImage
from dumpengine.write.memory_info import write_memory_info
from dumpengine.write.misc_info import write_misc_info
from dumpengine.write.modules import write_module_list, write_unloaded_modules
from dumpengine.write.scripts import write_scripts
from dumpengine.write.selection import Selection
from dumpengine.write.source import Source
from dumpengine.write.system_info import write_system_info
from dumpengine.write.texts import (
    allowed_streams,
    linked_streams,
    write_dso_debug,
    write_linked,
)
from dumpengine.write.user_streams import check_user_streams

Location = MINIDUMP_LOCATION_DESCRIPTOR
_Build = Callable[[FileImage, Source], Location | None]
_S = StreamType
_T = MinidumpType
_PAGE = 4096
_WORTH_ALIGNING = 64 * _PAGE


class DumpLayout:
    """The small part of a file, and the places of its memory.

    ``contiguous`` says that the memory is a Memory64List, whose bytes lie back to back;
    ``room_for_ranges`` is how many ranges its list can take. ``known`` is the room that notes take
    where no read can fail, so that all there is to say is known before.
    """

    def __init__(
        self,
        source: Source,
        user_streams: Sequence[UserStream],
        selection: Selection,
        known: notes.Room | None = None,
    ) -> None:
        check_user_streams(user_streams)
        self._room = known or notes.Room()
        self._may_fail = known is None
        self.source = source
        self.selection = selection
        self.room_for_ranges = 0
        too_large = selection.size > memory_lists.LIST_LIMIT
        self.contiguous = bool(source.dump_type & _T.WithFullMemory) or too_large
        self._user_streams = user_streams
        self._image = FileImage()
        self._locations: dict[int, Location] = {}
        self._repeated: list[tuple[int, Location]] = []  # user streams of a type that was there
        self._contexts: dict[int, Location] = {}
        self._stack_bytes: dict[int, bytes] = {}
        self._stacks: dict[int, MINIDUMP_MEMORY_DESCRIPTOR] = {}
        self._taken = RangeSet()

    @property
    def data(self) -> bytearray:
        """The small part's bytes."""
        return self._image.data

    def read_stacks(self, memory: Memory) -> None:
        """Take a copy of each stack that will lie below 4 GiB, in front of the bulk memory.

        A thread's descriptor reaches no further, and Breakpad knows no Memory64List.
        """
        if not self.contiguous:
            return
        for chosen in self.source.choice.threads:
            if chosen.stack is not None:
                stack = chosen.stack
                self._stack_bytes[chosen.thread.tid] = read_memory(memory, stack.start, stack.size)

    def build(self, ranges: Sequence[Range]) -> int:
        """Lay out everything around memory in these ranges; returns the offset of the first."""
        image = self._image
        self._taken = RangeSet(ranges)
        self.room_for_ranges = len(ranges) + (memory_lists.ROOM_FOR_SPLITS if self._may_fail else 0)
        streams = self._streams()
        image.reserve(MINIDUMP_HEADER.SIZE)
        self._locations = dict.fromkeys((stream for stream, _ in streams), Location())
        image.reserve(len(streams) * MINIDUMP_DIRECTORY.SIZE)
        self._contexts = threads.write_contexts(image, self.source)
        for stream, build in streams:
            location = build(image, self.source) or Location()
            if self._locations[stream].Rva:
                self._repeated.append((stream, location))
            else:
                self._locations[stream] = location
        self._append_stacks()
        large = self.selection.size > _WORTH_ALIGNING
        return image.reserve(0, _PAGE if large else 16).Rva

    def finish(
        self,
        placed: Sequence[Placed],
        base: int,
        problems: Sequence[SoftError],
        warnings: Sequence[str],
        first: Sequence[str],
    ) -> None:
        """Fill in what is known only now: memory lists, stacks, notes, directory and header."""
        self._patch_memory(placed, base)
        self._patch_threads(placed, base)
        words = notes.notes_words(problems, warnings, first, self._room.words)
        facts = notes.notes_json(problems, (*first, *warnings), self._room.json)
        self._patch_note(_S.DumpDeskCaptureNotes, facts)
        self._patch_note(_S.CommentStreamA, words)
        self._patch_head()

    def _streams(self) -> list[tuple[int, _Build]]:
        """Every stream of this dump with what builds it, in the order Windows lists them."""
        streams = [*self._essential_streams(), *self._optional_streams()]
        present = {stream for stream, _ in streams}
        raw = [(s, d) for s, d in allowed_streams(self.source) if s not in present]
        raw += [(stream.type, stream.data) for stream in self._user_streams]
        present |= {stream for stream, _ in raw}
        rooms = (
            (_S.DumpDeskCaptureNotes, self._room.json),
            (_S.CommentStreamA, self._room.words),
        )
        raw += [(int(s), bytes(room)) for s, room in rooms if room and s not in present]
        linked = [(s, _linking(found)) for s, found in linked_streams(self.source)]
        return streams + linked + [(stream, _appending(data)) for stream, data in raw]

    def _essential_streams(self) -> list[tuple[int, _Build]]:
        memory = _S.Memory64ListStream if self.contiguous else _S.MemoryListStream
        return [
            (_S.ThreadListStream, self._reserve_threads),
            (_S.ModuleListStream, write_module_list),
            (memory, self._reserve_memory),
            (_S.ExceptionStream, self._write_exception),
            (_S.SystemInfoStream, write_system_info),
            (_S.MiscInfoStream, write_misc_info),
            (_S.ThreadNamesStream, threads.write_thread_names),
            (_S.LinuxDsoDebug, write_dso_debug),
            (_S.DumpDeskThreadActivity, write_activity),
            (_S.DumpDeskScriptFrames, write_scripts),
        ]

    def _optional_streams(self) -> list[tuple[int, _Build]]:
        kind = self.source.dump_type
        if self.contiguous:  # readers find no memory of such a dump without the map
            kind |= _T.WithFullMemoryInfo
        table: list[tuple[StreamType, _Build]] = [
            (_S.SystemMemoryInfoStream, write_system_memory),
            (_S.ProcessVmCountersStream, write_vm_counters),
            (_S.MemoryInfoListStream, self._write_memory_info),
            (_S.ThreadInfoListStream, threads.write_thread_info),
            (_S.HandleDataStream, write_handle_data),
            (_S.UnloadedModuleListStream, write_unloaded_modules),
            (_S.TokenStream, write_token_list),
        ]
        ready = self.source.snapshot.streams  # the tokens of a Windows dump made smaller
        return [row for row in table if row[0] not in ready and stream_row(row[0]).wanted(kind)]

    def _reserve_threads(self, image: FileImage, source: Source) -> Location:
        return image.reserve(threads.thread_list_size(len(source.choice.threads)))

    def _reserve_memory(self, image: FileImage, _source: Source) -> Location:
        size = memory_lists.memory64_list_size if self.contiguous else memory_lists.memory_list_size
        return image.reserve(size(self.room_for_ranges))

    def _write_exception(self, image: FileImage, source: Source) -> Location | None:
        return write_exception(image, source, self._contexts)

    def _write_memory_info(self, image: FileImage, source: Source) -> Location:
        return write_memory_info(image, source, self._taken if self.contiguous else RangeSet())

    def _append_stacks(self) -> None:
        for chosen in self.source.choice.threads:
            data = self._stack_bytes.get(chosen.thread.tid, b"")
            if data and chosen.stack is not None:
                location = self._image.append(data, alignment=16)
                self._stacks[chosen.thread.tid] = MINIDUMP_MEMORY_DESCRIPTOR(
                    chosen.stack.start, location
                )

    def _patch_memory(self, placed: Sequence[Placed], base: int) -> None:
        if self.contiguous:
            stream = _S.Memory64ListStream
            data = memory_lists.pack_memory64_list([item.piece for item in placed], base)
        else:
            stream = _S.MemoryListStream
            data = memory_lists.pack_memory_list(placed, base)
        self._patch_stream(stream, data)

    def _patch_threads(self, placed: Sequence[Placed], base: int) -> None:
        if not self.contiguous:
            self._find_stacks(placed, base)
        data = threads.pack_thread_list(self.source, self._contexts, self._stacks)
        self._patch_stream(_S.ThreadListStream, data)

    def _find_stacks(self, placed: Sequence[Placed], base: int) -> None:
        """Point each thread at its part of the memory list's bytes."""
        offsets = {item.piece.start: item.offset for item in placed}
        pieces = RangeSet(item.piece for item in placed)
        for chosen in self.source.choice.threads:
            stack = chosen.stack
            whole = pieces.containing(stack.start) if stack else None
            if stack is None or whole is None or whole.start not in offsets:
                continue
            end = min(stack.end, whole.end)
            rva = base + offsets[whole.start] + stack.start - whole.start
            self._stacks[chosen.thread.tid] = MINIDUMP_MEMORY_DESCRIPTOR(
                stack.start, Location(end - stack.start, rva)
            )

    def _patch_note(self, stream: int, data: bytes) -> None:
        own = {user.type for user in self._user_streams} | set(self.source.snapshot.streams)
        if stream not in own and stream in self._locations:
            self._patch_stream(stream, data)

    def _patch_stream(self, stream: int, data: bytes) -> None:
        rva = self._locations[stream].Rva
        self._image.patch(rva, data)
        self._locations[stream] = Location(len(data), rva) if data else Location()

    def _patch_head(self) -> None:
        # A stream that came out empty leaves an unused entry, as Windows leaves some.
        entries = [
            MINIDUMP_DIRECTORY(stream if location.Rva else _S.UnusedStream, location)
            for stream, location in [*self._locations.items(), *self._repeated]
        ]
        header = MINIDUMP_HEADER(
            Signature=SIGNATURE,
            NumberOfStreams=len(entries),
            StreamDirectoryRva=MINIDUMP_HEADER.SIZE,
            TimeDateStamp=self.source.timestamp & 0xFFFFFFFF,
            Flags=self.source.dump_type,
        )
        self._image.patch(0, header.pack() + pack_many(entries))


def _linking(stream: LinkedStream) -> _Build:
    def build(image: FileImage, _source: Source) -> Location:
        return write_linked(image, stream)

    return build


def _appending(data: bytes) -> _Build:
    def build(image: FileImage, _source: Source) -> Location:
        return image.append(data)

    return build
