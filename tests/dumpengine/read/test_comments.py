"""Comments in both encodings."""

from __future__ import annotations

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.read.comments import MAX_COMMENT
from dumpengine.read.dump import read_dump
from tests.support.synth import Synth

A, W = StreamType.CommentStreamA, StreamType.CommentStreamW


def test_both_kinds_in_file_order_with_and_without_nul() -> None:
    synth = Synth().stream(W, "wide ü\0".encode("utf-16-le")).stream(A, b"narrow").stream(A, b"\0x")
    assert read_dump(synth.build()).comments == ("wide ü", "narrow", "")


def test_none() -> None:
    assert read_dump(Synth().build()).comments == ()


def test_undecodable_bytes_do_not_stop_it() -> None:
    (comment,) = read_dump(Synth().stream(A, b"a\xffb").build()).comments
    assert comment == "a\N{REPLACEMENT CHARACTER}b"


def test_a_comment_that_is_none_raises() -> None:
    with pytest.raises(DumpError, match="too long"):
        _ = read_dump(Synth().stream(A, bytes(MAX_COMMENT + 1)).build()).comments
