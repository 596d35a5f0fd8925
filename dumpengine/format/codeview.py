"""CodeView records: what ties a module to its symbols.

RSDS and NB10 are Microsoft's, BpEL is Breakpad's for ELF files: a build id of any length.
"""

from __future__ import annotations

import re
import struct
import uuid
from dataclasses import dataclass

from dumpengine.format.modules import CV_SIGNATURE_ELF, CV_SIGNATURE_NB10, CV_SIGNATURE_RSDS

_RSDS = struct.Struct("<I16sI")
_NB10 = struct.Struct("<IIII")


@dataclass(frozen=True, slots=True)
class CodeView:
    """A decoded record. ``kind`` is "RSDS", "NB10", "BpEL" or "unknown".

    ``identifier`` is the GUID, timestamp or build id in lower-case hex, ``debug_id`` the name that
    symbol stores file it under, ``pdb`` the path of the symbol file as the linker noted it.
    """

    kind: str
    identifier: str = ""
    age: int = 0
    pdb: str = ""
    debug_id: str = ""


def decode_codeview(record: bytes) -> CodeView | None:
    """Decode a module's record; None when there is none. Never raises: bad ones are "unknown"."""
    if not record:
        return None
    signature = int.from_bytes(record[:4], "little")
    if signature == CV_SIGNATURE_RSDS and len(record) >= _RSDS.size:
        return _rsds(record)
    if signature == CV_SIGNATURE_NB10 and len(record) >= _NB10.size:
        _, _, timestamp, age = _NB10.unpack_from(record)
        debug_id = f"{timestamp:08X}{age:X}"
        return CodeView("NB10", f"{timestamp:08x}", age, _text(record[_NB10.size :]), debug_id)
    if signature == CV_SIGNATURE_ELF and len(record) >= 4:
        return _build_id(record[4:])
    return CodeView("unknown", record[:4].hex())


def without_folders(record: bytes) -> bytes:
    """Return a record whose symbol file has no folder: who linked it left a user's name there.

    Symbol servers and debuggers look for the file's name only. A record of no known kind is gone.
    """
    signature = int.from_bytes(record[:4], "little")
    if signature == CV_SIGNATURE_ELF:
        return record
    head = {CV_SIGNATURE_RSDS: _RSDS.size, CV_SIGNATURE_NB10: _NB10.size}.get(signature)
    if head is None or len(record) < head:
        return b""
    path = record[head:].partition(b"\0")[0]
    return record[:head] + re.split(rb"[\\/]", path)[-1] + b"\0"


def _rsds(record: bytes) -> CodeView:
    _, raw, age = _RSDS.unpack_from(record)
    guid = uuid.UUID(bytes_le=raw)
    debug_id = f"{guid.hex.upper()}{age:X}"
    return CodeView("RSDS", str(guid), age, _text(record[_RSDS.size :]), debug_id)


def _build_id(build_id: bytes) -> CodeView:
    """Breakpad files ELF symbols under the first 16 bytes read as a GUID, with age 0."""
    guid = uuid.UUID(bytes_le=build_id[:16].ljust(16, b"\0"))
    return CodeView("BpEL", build_id.hex(), debug_id=f"{guid.hex.upper()}0")


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")
