"""Finds the entry of ``.eh_frame`` for an address, one at a time.

``.eh_frame_hdr`` has a sorted table; decoding all of a C library's 3,700 entries instead takes
15 times as long as walking 60 threads. LSB Core, 10.6.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from dumpengine.stacks.cfi import Cie, Entry
from dumpengine.stacks.dwarf import Bytes, UnwindDataError

_TABLE = 0x3B  # DW_EH_PE_datarel | DW_EH_PE_sdata4: what every linker writes
_ROW = 8
_MOST_BYTES = 1 << 16  # of one entry; the longest seen has a few thousand
_MOST_ENTRIES = 1 << 24
_MOST_SCANNED = 1 << 14  # entries looked at one after the other where there is no table

Read = Callable[[int, int], bytes]


@dataclass(slots=True)
class CallFrames:
    """Call frame information of one module.

    ``read`` returns bytes by address, fewer where there are none. ``header`` is where
    ``.eh_frame_hdr`` lies, ``frames`` where ``.eh_frame`` does; 0 where there is none.
    """

    read: Read
    header: int
    frames: int = 0
    word: int = 8
    _cies: dict[int, Cie] = field(default_factory=dict)
    _scanned: list[tuple[int, int]] | None = None

    def find(self, pc: int) -> Entry | None:
        """Return the entry that covers ``pc``; raises UnwindDataError."""
        if self.header:
            found = self._by_table(pc)
            if found is not None:
                return found if found.start <= pc < found.end else None
        return self._by_scan(pc) if self.frames else None

    def extent(self) -> tuple[int, int]:
        """Return where index and entries begin; raises UnwindDataError."""
        self._head()
        return self.header, self.frames

    def _head(self) -> tuple[Bytes, int, int]:
        """Read the index's head; returns what follows, and how count and table are encoded."""
        head = self._bytes(self.header, 4 + 3 * 8)
        version, frames, count, table = head.take(4)
        if version != 1:
            raise UnwindDataError(f"its index has the unknown version {version}")
        self.frames = head.pointer(frames, self.header)
        return head, count, table

    def _bytes(self, address: int, size: int) -> Bytes:
        return Bytes(self.read(address, size), address, word=self.word)

    def _by_table(self, pc: int) -> Entry | None:
        head, count, table = self._head()
        if table != _TABLE:
            return None
        entries = head.pointer(count, self.header)
        if not 0 < entries <= _MOST_ENTRIES:
            raise UnwindDataError("its index has an impossible length")
        return self._entry(self._bisect(self.header + head.at, entries, pc))

    def _bisect(self, table: int, entries: int, pc: int) -> int:
        """Return the address of the last entry that starts at or below ``pc``."""
        low, high = 0, entries
        while high - low > 1:
            middle = (low + high) // 2
            if self._cell(table + middle * _ROW) <= pc:
                low = middle
            else:
                high = middle
        return self._cell(table + low * _ROW + 4)

    def _cell(self, address: int) -> int:
        return self._bytes(address, 4).pointer(_TABLE, self.header)

    def _by_scan(self, pc: int) -> Entry | None:
        """Look through all entries once, where no table tells which one it is."""
        if self._scanned is None:
            self._scanned = sorted(self._starts())
        place = bisect_right(self._scanned, (pc, math.inf)) - 1
        found = self._entry(self._scanned[place][1]) if place >= 0 else None
        return found if found and found.start <= pc < found.end else None

    def _starts(self) -> Iterator[tuple[int, int]]:
        """Yield where the code of each entry starts, and the entry; up to one that is damaged."""
        with suppress(UnwindDataError):
            for record in self._records():
                entry = self._entry(record)
                if entry is not None:
                    yield entry.start, record

    def _records(self) -> Iterator[int]:
        at = self.frames
        for _ in range(_MOST_SCANNED):
            length = self._bytes(at, 4).number(4)
            if length in (0, 0xFFFFFFFF):
                return
            yield at
            at += 4 + length

    def _entry(self, address: int) -> Entry | None:
        """Read an FDE; None for a CIE."""
        body = self._body(address)
        cie_at = body.address + body.at
        distance = body.number(4)
        if distance == 0:
            return None
        cie = self._cie(cie_at - distance)
        start = body.pointer(cie.encoding)
        size = body.pointer(cie.encoding & 0x0F)
        if cie.has_augmentation:
            body.take(body.uleb())
        return Entry(cie, start, start + size, body)

    def _body(self, address: int) -> Bytes:
        head = self._bytes(address, 12)
        size = head.number(4)
        if size == 0xFFFFFFFF:
            size = head.number(8)
        if not 4 <= size <= _MOST_BYTES:
            raise UnwindDataError("an entry has an impossible length")
        body = self._bytes(address + head.at, size)
        if len(body.data) < size:
            raise UnwindDataError("an entry is not there as a whole")
        return body

    def _cie(self, address: int) -> Cie:
        if address not in self._cies:
            self._cies[address] = _parse_cie(self._body(address))
        return self._cies[address]


def _parse_cie(body: Bytes) -> Cie:
    if body.number(4) != 0:
        raise UnwindDataError("an entry refers to what is no CIE")
    version = body.number(1)
    letters = body.text()
    if version == 4:
        body.take(2)  # sizes of addresses and of segment selectors
    if version not in (1, 3, 4) or letters[:1] not in (b"", b"z"):
        raise UnwindDataError(f"a CIE has version {version} and augmentation {letters!r}")
    code_align, data_align = body.uleb(), body.sleb()
    column = body.number(1) if version == 1 else body.uleb()
    encoding = 0
    if letters:
        size = body.uleb()
        end = body.at + size
        encoding = _augmentation(body, letters[1:])
        body.at = end
    return Cie(
        code_align=code_align,
        data_align=data_align,
        return_column=column,
        encoding=encoding,
        has_augmentation=bool(letters),
        signal=b"S" in letters,
        program=body,
    )


def _augmentation(body: Bytes, letters: bytes) -> int:
    """Return how pointers to code are encoded."""
    encoding = 0
    for letter in letters:
        if letter == ord("R"):
            encoding = body.number(1)
        elif letter == ord("L"):
            body.number(1)  # how pointers to language data are encoded
        elif letter == ord("P"):
            # The personality routine may be reached indirectly; it is not needed.
            body.pointer(body.number(1) & 0x7F, body.address)
        elif letter not in b"SBG":
            raise UnwindDataError(f"the augmentation {chr(letter)!r} is unknown")
    return encoding
