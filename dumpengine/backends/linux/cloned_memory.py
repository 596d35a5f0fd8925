"""Memory of a process read from its copy-on-write image."""

from __future__ import annotations

import bisect
import contextlib
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from dumpengine.backends.linux.clone import Image
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.backends.linux.procfs import Mapping as MemoryMapping
from dumpengine.snapshot import Range

_HIGHEST = 1 << 64


class ClonedMemory:
    """The image's memory. Pages the image lacks are asked of the target itself: those of files
    and shared memory, which a clone does not copy and nothing can freeze."""

    def __init__(self, image: Image, target: int, mappings: Sequence[MemoryMapping]) -> None:
        self._reader = ProcessReader(image.pid)
        self._image_pages = PageMap(image.pid)
        self._target_pages = PageMap(target)
        self._kept = image.kept
        self._kept_starts = sorted(image.kept)
        self._elsewhere = [m for m in mappings if m.shared or m.file_backed or self._holds_kept(m)]

    def _holds_kept(self, mapping: MemoryMapping) -> bool:
        return self._next_kept(mapping.start - 1) < mapping.end

    def close(self) -> None:
        """Close the files behind it; the image ends with its tracer."""
        self._reader.close()
        self._image_pages.close()
        self._target_pages.close()

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        found = set(self._image_pages.populated(start, end))
        first = bisect.bisect_right(self._elsewhere, start, key=lambda mapping: mapping.end)
        for mapping in takewhile(lambda m: m.start < end, islice(self._elsewhere, first, None)):
            low, high = max(mapping.start, start), min(mapping.end, end)
            with contextlib.suppress(OSError):  # the target may have ended since
                found.update(self._target_pages.populated(low, high))
        return sorted(found)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        done = 0
        while done < buffer.nbytes:
            at = address + done
            kept = self._kept_at(at)
            wanted = min(buffer.nbytes - done, self._next_kept(at) - at)
            if kept:
                wanted = count = min(len(kept), buffer.nbytes - done)
                buffer[done : done + count] = kept[:count]
            else:
                count = self._reader.read_into(at, buffer[done : done + wanted])
            done += count
            if count < wanted:
                break
        return done

    def _kept_at(self, address: int) -> bytes:
        index = bisect.bisect_right(self._kept_starts, address) - 1
        if index < 0:
            return b""
        start = self._kept_starts[index]
        return self._kept[start][address - start :]

    def _next_kept(self, address: int) -> int:
        index = bisect.bisect_right(self._kept_starts, address)
        return self._kept_starts[index] if index < len(self._kept_starts) else _HIGHEST
