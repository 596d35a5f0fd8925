"""DumpDeskCaptureNotes: what our own capture could not do, as UTF-8 JSON.

``{"version": 1, "skipped": [{"where", "what", "address", "skipped"}], "warnings": [...]}``
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.snapshot import SoftError

_MAX_NOTES = 8 << 20


@dataclass(frozen=True, slots=True)
class CaptureNotes:
    """What was skipped and why, and sentences the capture left."""

    skipped: tuple[SoftError, ...] = ()
    warnings: tuple[str, ...] = ()


def read_capture_notes(file: DumpFile) -> CaptureNotes | None:
    """Return the notes, None when the dump is not ours; raises DumpError."""
    entry = file.find(StreamType.DumpDeskCaptureNotes)
    if entry is None:
        return None
    if entry.size > _MAX_NOTES:
        raise bad_format("The capture notes are too long.")
    try:
        fields = json.loads((file.body(entry.type) or b"").rstrip(b"\0") or b"{}")
        return CaptureNotes(
            tuple(map(_skipped, fields.get("skipped", ()))),
            tuple(map(str, fields.get("warnings", ()))),
        )
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise bad_format("The capture notes are not the JSON they should be.") from error


def _skipped(item: dict[str, Any]) -> SoftError:
    address = item.get("address")
    return SoftError(
        str(item["where"]),
        str(item["what"]),
        None if address is None else int(address),
        int(item.get("skipped", 0)),
    )
