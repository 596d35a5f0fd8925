"""How much of a loaded image WithModuleHeaders takes: its headers, and what they point to.

dbgcore 10.0.22621 takes the data directories' contents too (exports, resources, unwind tables ...),
but not certificates, which are not loaded.
https://learn.microsoft.com/windows/win32/debug/pe-format
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Read = Callable[[int, int], bytes]  # address, size: as many bytes as can be read

_SECURITY = 4  # index of the only directory that names a place in the file
_DIRECTORIES = 16
_HEADER_BYTES = 4096
_COUNT_AT = {0x10B: 92, 0x20B: 108}  # Magic -> NumberOfRvaAndSizes, in the optional header
_SIZE_OF_HEADERS = 60


def header_bytes(read: Read, base: int, size: int) -> int:
    """Return the bytes WithModuleHeaders takes of the image at ``base``; 0 when it is none."""
    data = read(base, _HEADER_BYTES)
    try:
        return _bytes(data, size)
    except struct.error:
        return 0


def _bytes(data: bytes, size: int) -> int:
    (at,) = struct.unpack_from("<I", data, 0x3C)
    if data[:2] != b"MZ" or data[at : at + 4] != b"PE\0\0":
        return 0
    optional = at + 24
    (magic,) = struct.unpack_from("<H", data, optional)
    if magic not in _COUNT_AT:
        return 0
    total: int
    (total,) = struct.unpack_from("<I", data, optional + _SIZE_OF_HEADERS)
    counted = optional + _COUNT_AT[magic]
    (count,) = struct.unpack_from("<I", data, counted)
    for index in range(min(count, _DIRECTORIES)):
        rva, length = struct.unpack_from("<II", data, counted + 4 + 8 * index)
        if index != _SECURITY and rva + length <= size:
            total += length
    return min(total, size)
