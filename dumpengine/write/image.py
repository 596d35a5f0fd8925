"""The small part of the file, built in memory: every offset is computed here and nowhere else."""

from __future__ import annotations

from dumpengine.errors import E_FILE_TOO_LARGE, DumpError
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, encode_string
from dumpengine.format.layout import Struct

_LIMIT = 0xFFFFFFFF  # offsets of everything but bulk memory are 32-bit


class FileImage:
    """Bytes of the file from its start on; pieces are appended, or reserved and patched later."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._strings: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._data)

    @property
    def data(self) -> bytearray:
        """The bytes so far."""
        return self._data

    def append(self, data: bytes, alignment: int = 4) -> MINIDUMP_LOCATION_DESCRIPTOR:
        """Add ``data`` and return where it is."""
        self._data += bytes(-len(self._data) % alignment)
        location = MINIDUMP_LOCATION_DESCRIPTOR(len(data), len(self._data))
        self._data += data
        if len(self._data) > _LIMIT:
            raise DumpError(E_FILE_TOO_LARGE, "The dump's lists outgrow 4 GiB.")
        return location

    def reserve(self, size: int, alignment: int = 4) -> MINIDUMP_LOCATION_DESCRIPTOR:
        """Add room for ``size`` bytes to be patched once they are known."""
        return self.append(bytes(size), alignment)

    def patch(self, rva: int, data: bytes) -> None:
        """Fill in reserved bytes."""
        self._data[rva : rva + len(data)] = data

    def add(self, item: Struct, alignment: int = 4) -> MINIDUMP_LOCATION_DESCRIPTOR:
        """Append a struct."""
        return self.append(item.pack(), alignment)

    def string(self, text: str) -> int:
        """Append a MINIDUMP_STRING once and return its offset."""
        if text not in self._strings:
            self._strings[text] = self.append(encode_string(text)).Rva
        return self._strings[text]
