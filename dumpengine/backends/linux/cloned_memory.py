"""Memory of a process read from its copy-on-write image."""

from __future__ import annotations

import bisect
import contextlib
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from dumpengine.backends.linux.image import Image
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.errors import E_OUTOFMEMORY, DumpError
from dumpengine.format.proc_maps import Mapping as MemoryMapping
from dumpengine.snapshot import Memory, Range

_HIGHEST = 1 << 64
_ENDED = "The copy of the process was ended before it was read: most likely memory ran out."
_REMEDY = "Try again, or use the mode “stop”, which needs no copy."


class ClonedMemory:
    """The image's memory. Pages the image lacks are asked of the target itself: those of files
    and shared memory, which a clone does not copy and nothing can freeze; and those in the
    ``uncopied`` ranges, which are as they were while the target stands still.

    ``there`` is the target's memory as it is now, ``mappings`` its address space.
    """

    def __init__(
        self,
        image: Image,
        there: Memory,
        mappings: Sequence[MemoryMapping],
        uncopied: Sequence[Range] = (),
    ) -> None:
        self._reader = ProcessReader(image.pid)
        self._image_pages = PageMap(image.pid)
        self._there = there
        self._uncopied = uncopied
        self._kept = image.kept
        self._kept_starts = sorted(image.kept)
        starts = {hole.start for hole in uncopied}
        self._elsewhere = [
            mapping
            for mapping in mappings
            if mapping.shared
            or mapping.file_backed
            or mapping.start in starts
            or self._holds_kept(mapping)
        ]

    def _holds_kept(self, mapping: MemoryMapping) -> bool:
        return self._next_kept(mapping.start - 1) < mapping.end

    def close(self) -> None:
        """Close the files behind it; the image ends with its tracer."""
        self._reader.close()
        self._image_pages.close()

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        found = set(self._image_pages.populated(start, end))
        first = bisect.bisect_right(self._elsewhere, start, key=lambda mapping: mapping.end)
        for mapping in takewhile(lambda m: m.start < end, islice(self._elsewhere, first, None)):
            low, high = max(mapping.start, start), min(mapping.end, end)
            with contextlib.suppress(OSError):  # the target may have ended since
                found.update(self._there.populated(low, high))
        return sorted(found)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        done = 0
        while done < buffer.nbytes:
            at = address + done
            kept = self._kept_at(at)
            source, end = self._source(at)
            wanted = min(buffer.nbytes - done, self._next_kept(at) - at, end - at)
            if kept:
                wanted = count = min(len(kept), buffer.nbytes - done)
                buffer[done : done + count] = kept[:count]
            else:
                count = _read(source, at, buffer[done : done + wanted])
            done += count
            if count < wanted:
                break
        return done

    def _source(self, address: int) -> tuple[ProcessReader | Memory, int]:
        """Who has the byte at an address, and the end of what it has in one piece."""
        index = bisect.bisect_right(self._uncopied, address, key=lambda hole: hole.start)
        if index and address < self._uncopied[index - 1].end:
            return self._there, self._uncopied[index - 1].end
        following = self._uncopied[index].start if index < len(self._uncopied) else _HIGHEST
        return self._reader, following

    def _kept_at(self, address: int) -> bytes:
        index = bisect.bisect_right(self._kept_starts, address) - 1
        if index < 0:
            return b""
        start = self._kept_starts[index]
        return self._kept[start][address - start :]

    def _next_kept(self, address: int) -> int:
        index = bisect.bisect_right(self._kept_starts, address)
        return self._kept_starts[index] if index < len(self._kept_starts) else _HIGHEST


def _read(source: ProcessReader | Memory, address: int, buffer: memoryview) -> int:
    try:
        return source.read_into(address, buffer)
    except ProcessLookupError:
        if not isinstance(source, ProcessReader):
            raise
        raise DumpError(E_OUTOFMEMORY, _ENDED, _REMEDY) from None
