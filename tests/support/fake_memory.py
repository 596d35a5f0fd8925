"""Memory made of a few pieces of bytes."""

from __future__ import annotations

from collections.abc import Iterable

from dumpengine.snapshot import Range


class FakeMemory:
    """Bytes by address; every region given is populated whole."""

    def __init__(self, pieces: dict[int, bytes]) -> None:
        self.pieces = dict(sorted(pieces.items()))

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :class:`dumpengine.snapshot.Memory`."""
        done = 0
        for start, data in self.pieces.items():
            at = address + done - start
            if 0 <= at < len(data) and done < len(buffer):
                part = data[at : at + len(buffer) - done]
                buffer[done : done + len(part)] = part
                done += len(part)
        return done

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :class:`dumpengine.snapshot.Memory`."""
        for base, data in self.pieces.items():
            low, high = max(start, base), min(end, base + len(data))
            if low < high:
                yield Range(low, high)
