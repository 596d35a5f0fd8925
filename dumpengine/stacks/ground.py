"""What every way to find a caller stands on: the process's words and its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dumpengine.snapshot import Snapshot, read_memory, region_at
from dumpengine.stacks.cfi import Row, row_at
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.images import Images
from dumpengine.stacks.model import Trust
from dumpengine.stacks.processors import Processor

_BEFORE = 8  # bytes in front of a return address that a call is looked for in
OUTERMOST = 0  # the address that the first frame of a thread returns to


@dataclass(frozen=True, slots=True)
class State:
    """The registers of one frame as far as they are known, by name, and how it was found.

    ``exact`` means that the program counter is the instruction itself: the thread's own, or one
    that a signal interrupted. Otherwise it is a return address, one behind the call.
    """

    registers: Mapping[str, int]
    trust: Trust
    exact: bool = False


@dataclass(slots=True)
class Ground:
    """A snapshot's memory and modules, as a walk asks for them."""

    snapshot: Snapshot
    images: Images
    processor: Processor
    _rows: dict[int, Row | None] = field(default_factory=dict)
    _calls: dict[int, bool] = field(default_factory=dict)

    def word(self, address: int, size: int = 0) -> int:
        """Return a word of memory; raises UnwindDataError when it is not there."""
        size = size or self.processor.word
        data = read_memory(self.snapshot.memory, address & self.processor.mask, size)
        if len(data) < size:
            raise UnwindDataError(f"the word at 0x{address:x} is not there")
        return int.from_bytes(data, "little")

    def code(self, address: int, size: int) -> bytes:
        """Return bytes of code, fewer where there are none."""
        image = self.images.at(address)
        if image is not None:
            return image.read(address, size)
        return read_memory(self.snapshot.memory, address, size)

    def is_code(self, address: int) -> bool:
        """Whether the process may run what is at ``address``."""
        if self.snapshot.regions:
            region = region_at(self.snapshot.regions, address)
            return region is not None and region.executable
        return self.images.at(address) is not None

    def follows_call(self, address: int) -> bool:
        """Whether ``address`` may be a return address; where the code is not there it may."""
        if address not in self._calls:
            self._calls[address] = self.is_code(address) and self._after_call(address)
        return self._calls[address]

    def _after_call(self, address: int) -> bool:
        before = self.code(address - _BEFORE, _BEFORE)
        if len(before) < _BEFORE:
            return self.images.at(address) is not None or bool(self.snapshot.regions)
        return self.processor.follows_call(before)

    def row(self, address: int) -> Row | None:
        """Return the rules at an address, None where nothing tells them. Threads share code."""
        if address not in self._rows:
            self._rows[address] = self._find_row(address)
        return self._rows[address]

    def _find_row(self, address: int) -> Row | None:
        image = self.images.at(address)
        if image is None or image.frames is None:
            return None
        try:
            entry = image.frames.find(address)
            return row_at(entry, address) if entry else None
        except UnwindDataError:
            return None
