"""Numbers as DWARF stores them. DWARF 5, section 7.6; pointer encodings: LSB Core, 10.5."""

from __future__ import annotations

from dataclasses import dataclass

_ABSENT = 0xFF  # DW_EH_PE_omit
_INDIRECT = 0x80
_SIZES = {0x02: 2, 0x03: 4, 0x04: 8, 0x0A: 2, 0x0B: 4, 0x0C: 8}
_SIGNED = 0x08
_PC_RELATIVE, _DATA_RELATIVE = 0x10, 0x30


class UnwindDataError(ValueError):
    """Call frame information that cannot be meant, or is of a kind nobody writes."""


@dataclass(slots=True)
class Bytes:
    """Bytes read from front to back; ``address`` is where the first one was.

    Reading behind the end raises :class:`UnwindDataError`.
    """

    data: bytes
    address: int = 0
    at: int = 0
    word: int = 8

    @property
    def left(self) -> bool:
        """Whether there is more."""
        return self.at < len(self.data)

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        end = self.at + size
        if size < 0 or end > len(self.data):
            raise UnwindDataError("it ends too early")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def number(self, size: int, *, signed: bool = False) -> int:
        """Return a little-endian number of ``size`` bytes."""
        return int.from_bytes(self.take(size), "little", signed=signed)

    def uleb(self) -> int:
        """Return an unsigned LEB128 number of at most 64 bits."""
        return self._leb()[0]

    def sleb(self) -> int:
        """Return a signed LEB128 number of at most 64 bits."""
        value, bits, last = self._leb()
        return value - (1 << bits) if last & 0x40 else value

    def _leb(self) -> tuple[int, int, int]:
        value = 0
        for bits in range(0, 70, 7):
            byte = self.number(1)
            value |= (byte & 0x7F) << bits
            if not byte & 0x80:
                return value, bits + 7, byte
        raise UnwindDataError("a number has too many digits")

    def text(self) -> bytes:
        """Return the bytes up to a NUL."""
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise UnwindDataError("a string has no end")
        piece = self.data[self.at : end]
        self.at = end + 1
        return piece

    def pointer(self, encoding: int, data_base: int = 0) -> int:
        """Return a pointer encoded as ``encoding`` (DW_EH_PE_*) says; 0 where it is left out."""
        if encoding == _ABSENT:
            return 0
        if encoding & _INDIRECT:
            raise UnwindDataError("an indirect pointer cannot be followed")
        base = self._base(encoding & 0x70, data_base)
        return (base + self._value(encoding & 0x0F)) & ((1 << (8 * self.word)) - 1)

    def _base(self, relative: int, data_base: int) -> int:
        if relative == 0:
            return 0
        if relative == _PC_RELATIVE:
            return self.address + self.at
        if relative == _DATA_RELATIVE:
            return data_base
        raise UnwindDataError(f"pointers relative to 0x{relative:x} are unknown")

    def _value(self, form: int) -> int:
        if form == 0:
            return self.number(self.word)
        if form in (0x01, 0x09):
            return self.sleb() if form & _SIGNED else self.uleb()
        if form not in _SIZES:
            raise UnwindDataError(f"pointers of form 0x{form:x} are unknown")
        return self.number(_SIZES[form], signed=bool(form & _SIGNED))
