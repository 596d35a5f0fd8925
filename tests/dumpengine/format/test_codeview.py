"""CodeView records: RSDS, NB10, BpEL, and what is none."""

from __future__ import annotations

import struct
import uuid

import pytest

from dumpengine.format.codeview import CodeView, decode_codeview, without_folders

GUID = uuid.UUID("12345678-9abc-def0-1122-334455667788")


def test_rsds() -> None:
    record = b"RSDS" + GUID.bytes_le + struct.pack("<I", 26) + "D:\\ü.pdb".encode() + b"\0pad"
    assert decode_codeview(record) == CodeView(
        "RSDS", str(GUID), 26, "D:\\ü.pdb", "123456789ABCDEF011223344556677881A"
    )


def test_nb10() -> None:
    record = b"NB10" + struct.pack("<III", 0, 0x3C0FFEE0, 2) + b"old.pdb\0"
    assert decode_codeview(record) == CodeView("NB10", "3c0ffee0", 2, "old.pdb", "3C0FFEE02")


def test_a_build_id_of_twenty_bytes() -> None:
    build_id = bytes(range(20))
    view = decode_codeview(b"LEpB" + build_id)
    assert view == CodeView("BpEL", build_id.hex(), debug_id="030201000504070608090A0B0C0D0E0F0")


def test_a_build_id_of_eight_bytes_is_filled_up_for_symbol_stores() -> None:
    view = decode_codeview(b"LEpB" + bytes(range(1, 9)))
    assert view == CodeView(
        "BpEL", "0102030405060708", debug_id="040302010605080700000000000000000"
    )


@pytest.mark.parametrize("record", [b"R", b"RSDS", b"RSDS" + bytes(19), b"NB10" + bytes(11), b"??"])
def test_what_is_no_record_is_unknown(record: bytes) -> None:
    view = decode_codeview(record)
    assert view is not None
    assert view.kind == "unknown"


def test_no_record() -> None:
    assert decode_codeview(b"") is None


RSDS = b"RSDS" + bytes(range(16)) + b"\2\0\0\0"
NB10 = b"NB10" + bytes(12)


@pytest.mark.parametrize("head", [RSDS, NB10])
@pytest.mark.parametrize("path", [rb"C:\Users\zoe\x\app.pdb", b"/home/zoe/x/app.pdb", b"app.pdb"])
def test_the_symbol_file_keeps_its_name_only(head: bytes, path: bytes) -> None:
    whole, bare = head + path + b"\0rest", without_folders(head + path + b"\0rest")
    assert bare == head + b"app.pdb\0"
    before, after = decode_codeview(whole), decode_codeview(bare)
    assert before is not None
    assert after is not None
    assert (after.identifier, after.debug_id) == (before.identifier, before.debug_id)


def test_build_ids_stay_and_what_nobody_knows_goes() -> None:
    assert without_folders(b"LEpB" + bytes(20)) == b"LEpB" + bytes(20)
    assert without_folders(b"what/is this") == b""
    assert without_folders(b"RSDS/short") == b""
    assert without_folders(b"") == b""
