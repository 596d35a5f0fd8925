"""An image's headers as WithModuleHeaders takes them; runs everywhere."""

from __future__ import annotations

import struct

import pytest

from dumpengine.backends.windows.images import header_bytes

BASE, SIZE = 0x10000, 0x9000


def image(magic: int = 0x20B, count: int = 16, **change: bytes) -> bytes:
    """An image of which every directory has its index * 0x10 bytes."""
    count_at = {0x20B: 108, 0x10B: 92}.get(magic, 0)
    optional = bytearray(300)
    struct.pack_into("<H", optional, 0, magic)
    struct.pack_into("<I", optional, 60, 0x400)
    struct.pack_into("<I", optional, count_at, count)
    for index in range(16):
        struct.pack_into("<II", optional, count_at + 4 + 8 * index, 0x1000 * index, 0x10 * index)
    head = change.get("head", b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80))
    signature = change.get("signature", b"PE\0\0")
    return head.ljust(0x80, b"\0") + signature + bytes(20) + bytes(optional)


def measured(data: bytes) -> int:
    def read(address: int, size: int) -> bytes:
        return data[address - BASE : address - BASE + size]

    return header_bytes(read, BASE, SIZE)


@pytest.mark.parametrize("magic", [0x20B, 0x10B])
def test_headers_and_directories_but_no_certificates(magic: int) -> None:
    # Directories 9 and later lie beyond the image, and 4 is a place in the file.
    assert measured(image(magic)) == 0x400 + 0x10 * (1 + 2 + 3 + 5 + 6 + 7 + 8)
    assert measured(image(magic, count=3)) == 0x400 + 0x10 * 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ",
        image()[:0x90],
        image(magic=0x107),
        image(signature=b"NE\0\0"),
        image(head=b"ZM" + bytes(0x3A) + struct.pack("<I", 0x80)),
        image(head=b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0xFFFFFFF0)),
    ],
)
def test_what_is_no_image_has_none(data: bytes) -> None:
    assert measured(data) == 0
