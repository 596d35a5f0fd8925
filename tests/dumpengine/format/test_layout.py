"""The struct tables: derived from field order, checked against the documented numbers."""

import ctypes
import importlib
import pkgutil
import struct
from dataclasses import astuple, fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dumpengine.format
from dumpengine.format.header import (
    MINIDUMP_DIRECTORY,
    MINIDUMP_HEADER,
    MINIDUMP_LOCATION_DESCRIPTOR,
    encode_string,
)
from dumpengine.format.layout import U16, U32, U64, Struct, layout, pack_many
from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.format.threads import MINIDUMP_THREAD


def all_structs() -> list[type[Struct]]:
    for module in pkgutil.iter_modules(dumpengine.format.__path__):
        importlib.import_module(f"dumpengine.format.{module.name}")
    declared = {cls.__qualname__: cls for cls in Struct.__subclasses__() if hasattr(cls, "SIZE")}
    return [declared[name] for name in sorted(declared) if "<locals>" not in name]


@pytest.mark.parametrize("kind", all_structs(), ids=lambda kind: kind.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_any_bytes_survive_a_round_trip(kind: type[Struct], data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=kind.SIZE, max_size=kind.SIZE))
    assert kind.unpack(raw).pack() == raw
    assert pack_many(kind.unpack_many(raw * 3)) == raw * 3


@pytest.mark.parametrize("kind", all_structs(), ids=lambda kind: kind.__name__)
def test_defaults_can_be_packed_and_offsets_ascend(kind: type[Struct]) -> None:
    assert len(kind().pack()) == kind.SIZE
    offsets = list(kind.OFFSETS.values())
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 0
    assert list(kind.OFFSETS) == [field.name for field in fields(kind)]  # type: ignore[arg-type]


_CTYPES = {"B": ctypes.c_uint8, "H": ctypes.c_uint16, "I": ctypes.c_uint32, "Q": ctypes.c_uint64}


@pytest.mark.parametrize("kind", all_structs(), ids=lambda kind: kind.__name__)
def test_a_c_compiler_with_pack_4_lays_it_out_the_same(kind: type[Struct]) -> None:
    """Each flat value as a C member under ``#pragma pack(4)``, as the SDK has around its header.

    The structs that are unaligned on purpose (a 64-bit offset behind a 32-bit id) agree because
    pack(4) lowers the alignment of 64-bit members to four.
    """
    codes = kind._codec.format[1:]
    members = list(_members(codes))

    class Packed(ctypes.Structure):
        _pack_ = 4
        _fields_ = members

    assert ctypes.sizeof(Packed) - kind.SIZE in range(4)


def _members(codes: str) -> list[tuple[str, type]]:
    members: list[tuple[str, type]] = []
    count = ""
    for code in codes:
        if code.isdigit():
            count += code
            continue
        repeat = int(count or 1)
        count = ""
        base = ctypes.c_uint8 if code == "s" else _CTYPES.get(code.upper())
        assert base is not None, code
        wide = base if repeat == 1 and code != "s" else base * repeat
        members.append((f"m{len(members)}", wide))
    return members


def test_nested_structs_and_arrays_are_flat_in_the_file() -> None:
    entry = MINIDUMP_DIRECTORY(7, MINIDUMP_LOCATION_DESCRIPTOR(56, 0x1234))
    assert entry.pack() == struct.pack("<III", 7, 56, 0x1234)
    assert MINIDUMP_DIRECTORY.unpack(b"junk" + entry.pack(), 4) == entry


def test_rows_are_the_flat_values() -> None:
    entry = MINIDUMP_DIRECTORY(7, MINIDUMP_LOCATION_DESCRIPTOR(56, 0x1234))
    assert list(MINIDUMP_DIRECTORY.rows(entry.pack() * 2)) == [(7, 56, 0x1234)] * 2
    assert astuple(entry) == (7, (56, 0x1234))


def test_data_that_end_too_early_raise() -> None:
    with pytest.raises(struct.error):
        MINIDUMP_THREAD.unpack(bytes(47))


def test_a_wrong_size_or_offset_fails_at_the_declaration() -> None:
    with pytest.raises(AssertionError, match="6 bytes, not 8"):

        @layout(size=8)
        class Wrong(Struct):
            a: U32 = 0
            b: U16 = 0

    with pytest.raises(AssertionError, match=r"\.b at 4, not 8"):

        @layout(size=12, b=8)
        class Shifted(Struct):
            a: U32 = 0
            b: U64 = 0


def test_the_header_as_documented() -> None:
    raw = MINIDUMP_HEADER(0x504D444D, 0xA793, 3, 32, 0, 1_700_000_000, 0x2).pack()
    assert raw[:4] == b"MDMP"
    assert raw[24:32] == b"\2\0\0\0\0\0\0\0"


@given(st.text(max_size=50))
def test_strings_say_their_length_without_the_nul(text: str) -> None:
    raw = encode_string(text)
    assert int.from_bytes(raw[:4], "little") == len(raw) - 6
    assert raw[-2:] == b"\0\0"
    assert raw[4:-2].decode("utf-16-le") == text


def test_undecodable_bytes_of_a_name_become_the_replacement_character() -> None:
    name = b"a\xffb".decode("utf-8", "surrogateescape")
    assert encode_string(name)[4:-2].decode("utf-16-le") == "a\N{REPLACEMENT CHARACTER}b"


def test_streams_have_names_or_numbers() -> None:
    assert stream_name(3) == "ThreadListStream"
    assert stream_name(0x4767000A) == "LinuxDsoDebug"
    assert stream_name(0xABCDEF) == "0xABCDEF"
    assert StreamType(24).name == "ThreadNamesStream"
