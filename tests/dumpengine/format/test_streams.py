"""The table of streams: every type has its row, and what has none goes nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dumpengine.capture.shrink import shrink_dump
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.format.streams import STREAMS, Origin, Shrink, Stream, stream_row
from dumpengine.privacy.redaction import redact
from dumpengine.read.dump import open_dump, read_dump
from tests.support.fake_snapshot import snapshot, written
from tests.support.synth import small_dump

T = MinidumpType
NOBODYS = 0x47670123
ENGINE = Path(__file__).parents[3] / "dumpengine"
MARKS = {StreamType.UnusedStream, StreamType.LastReservedStream}


def test_every_stream_type_has_one_row() -> None:
    assert sorted(row.type for row in STREAMS) == sorted(StreamType)


@pytest.mark.parametrize("row", STREAMS, ids=lambda row: row.name)
def test_rows_agree_with_themselves(row: Stream) -> None:
    assert bool(row.texts) == (row.origin is Origin.PROCFS)
    assert not (row.holds and not row.private), "what is worth a warning is private"
    assert not row.reader or (ENGINE / row.reader).is_file()
    assert row.shrink is not Shrink.REWRITTEN or row.reader, "who rewrites it has read it"


def test_what_has_no_row_is_private_and_stays_behind() -> None:
    row = stream_row(NOBODYS)
    assert (row.private, row.shrink, row.name) == (True, Shrink.DROPPED, "0x47670123")
    assert row.wanted(T.WithFullMemory)
    assert not row.wanted(PRESETS["triage"].value)


def test_flags_bring_streams_in_and_keep_them_out() -> None:
    environment = stream_row(StreamType.LinuxEnviron)
    assert environment.wanted(T.WithFullMemory)
    assert environment.wanted(T.WithProcessThreadData | T.WithHandleData)
    assert not environment.wanted(T.WithHandleData)
    assert not environment.wanted(T.WithFullMemory | T.WithoutOptionalData)
    assert not environment.wanted(T.WithProcessThreadData | T.FilterTriage)


def test_a_stream_without_a_row_is_in_plain_dumps_only(tmp_path: Path) -> None:
    """Whoever adds a stream and forgets the rest leaks nothing."""
    live = replace(snapshot(), streams={NOBODYS: b"0::/user.slice/of-somebody"})
    assert written(live, T.Normal)[0].stream(NOBODYS) == b"0::/user.slice/of-somebody"
    assert written(live, PRESETS["triage"].value)[0].stream(NOBODYS) is None
    clean = redact(live, T.Normal)
    assert written(clean.snapshot, clean.dump_type)[0].stream(NOBODYS) is None
    source, target = tmp_path / "a.dmp", tmp_path / "b.dmp"
    source.write_bytes(small_dump().stream(NOBODYS, b"somebody").build() + bytes(1 << 16))
    assert read_dump(source.read_bytes()).stream(NOBODYS) == b"somebody"
    assert "0x47670123" in shrink_dump(source, target, T.Normal).dropped
    with open_dump(target) as dump:
        assert dump.stream(NOBODYS) is None
