"""Our own notes: what a capture could not do."""

from __future__ import annotations

import json

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.read.capture_notes import CaptureNotes
from dumpengine.read.dump import Dump, read_dump
from dumpengine.snapshot import SoftError
from tests.support.synth import Synth


def dump_with(body: bytes) -> Dump:
    return read_dump(Synth().system().stream(StreamType.DumpDeskCaptureNotes, body).build())


NOTES = {
    "version": 1,
    "skipped": [{"where": "memory", "what": "unreadable", "address": 4096, "skipped": 8192}],
    "warnings": ["Careful."],
}


def test_what_was_skipped_becomes_the_snapshots_problems() -> None:
    dump = dump_with(json.dumps(NOTES).encode())
    skipped = SoftError("memory", "unreadable", 4096, 8192)
    assert dump.capture_notes == CaptureNotes((skipped,), ("Careful.",))
    assert dump.snapshot().problems == (skipped,)


def test_an_address_may_be_missing_and_the_stream_may_be_padded() -> None:
    body = json.dumps({"skipped": [{"where": "a", "what": "b", "address": None}]}).encode()
    assert dump_with(body + bytes(64)).capture_notes == CaptureNotes((SoftError("a", "b"),))


def test_dumps_of_others_have_none() -> None:
    assert read_dump(Synth().build()).capture_notes is None


def test_an_empty_stream_says_nothing() -> None:
    assert dump_with(b"").capture_notes == CaptureNotes()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"3",
        b"\xff\xfe",
        b'{"skipped": 3}',
        b'{"skipped": [3]}',
        b'{"skipped": [{"where": "a"}]}',
        b'{"skipped": [{"where": "a", "what": "b", "address": "x"}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_that_json_is_a_dump_error(body: bytes) -> None:
    dump = dump_with(body)
    with pytest.raises(DumpError, match="not the JSON"):
        _ = dump.capture_notes
    assert dump.snapshot().problems[0].where == "DumpDeskCaptureNotes"
