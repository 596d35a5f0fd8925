"""Source: bounds, strings, the allowance against bombs."""

from __future__ import annotations

import pytest

from dumpengine.errors import E_BAD_FORMAT, DumpError
from dumpengine.format.header import MINIDUMP_DIRECTORY
from dumpengine.read.source import MAX_STRING, Source
from tests.support.synth import utf16_string


def test_reads_inside_the_file() -> None:
    assert Source(b"0123456789").read(2, 3, "it") == b"234"
    assert Source(b"0123456789").read(10, 0, "it") == b""


@pytest.mark.parametrize(("rva", "size"), [(8, 3), (11, 0), (0, 11), (2**32 - 1, 1), (-1, 2)])
def test_refuses_to_read_outside(rva: int, size: int) -> None:
    with pytest.raises(DumpError, match="It lies outside the file") as caught:
        Source(b"0123456789").read(rva, size, "It")
    assert caught.value.hresult == E_BAD_FORMAT


def test_a_struct_at_the_very_end_is_read_and_one_byte_later_is_not() -> None:
    source = Source(bytes(4) + MINIDUMP_DIRECTORY(7).pack())
    assert source.unpack(MINIDUMP_DIRECTORY, 4, "It").StreamType == 7
    with pytest.raises(DumpError):
        source.unpack(MINIDUMP_DIRECTORY, 5, "It")


def test_strings_are_utf16_without_their_nul() -> None:
    source = Source(utf16_string("libø\U0001f600.so") + b"rest")
    assert source.string(0, "It") == "libø\U0001f600.so"
    assert source.string(0, "It") is source.string(0, "It")


def test_a_string_of_odd_length_loses_its_half_character() -> None:
    assert Source(b"\3\0\0\0a\0b").string(0, "It") == "a"


def test_an_unpaired_surrogate_becomes_the_replacement_character() -> None:
    assert Source(b"\4\0\0\0\0\xd8a\0").string(0, "It") == "\N{REPLACEMENT CHARACTER}a"


def test_a_string_longer_than_any_name_is_refused() -> None:
    data = (MAX_STRING + 2).to_bytes(4, "little") + bytes(MAX_STRING + 2)
    with pytest.raises(DumpError, match="more than any name"):
        Source(data).string(0, "It")


def test_lists_cannot_refer_to_the_same_bytes_without_end() -> None:
    source = Source(bytes(1 << 20))
    for _ in range(60):
        source.piece(0, 1 << 20, "It")
    with pytest.raises(DumpError, match="refer too often"):
        [source.piece(0, 1 << 20, "It") for _ in range(10)]


def test_copying_ends_where_the_file_does() -> None:
    buffer = bytearray(8)
    assert Source(b"abcdef").copy_into(4, memoryview(buffer)) == 2
    assert buffer == b"ef" + bytes(6)
    assert Source(b"abcdef").copy_into(7, memoryview(buffer)) == 0
