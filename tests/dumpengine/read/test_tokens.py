"""TokenStream."""

from __future__ import annotations

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.handles import MINIDUMP_TOKEN_INFO_HEADER, MINIDUMP_TOKEN_INFO_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.read.tokens import Token, read_tokens
from tests.support.synth import Synth


def tokens_in(body: bytes) -> tuple[Token, ...]:
    return read_tokens(read_dump(Synth().stream(StreamType.TokenStream, body).build()).file)


def listed(count: int, *tokens: bytes) -> bytes:
    body = b"".join(tokens)
    return MINIDUMP_TOKEN_INFO_LIST(16 + len(body), count).pack() + body


def token(owner: int, data: bytes, size: int | None = None) -> bytes:
    whole = 16 + len(data) if size is None else size
    return MINIDUMP_TOKEN_INFO_HEADER(whole, owner, 0x40).pack() + data


def test_tokens_follow_each_other() -> None:
    body = listed(2, token(7, b"first"), token(8, b""))
    assert tokens_in(body) == (Token(7, 0x40, b"first"), Token(8, 0x40, b""))


def test_none() -> None:
    assert tokens_in(listed(0)) == ()
    assert read_tokens(read_dump(Synth().build()).file) == ()


@pytest.mark.parametrize(
    "body",
    [
        bytes(15),
        listed(1),
        listed(2, token(7, b"")),
        listed(1, token(7, b"", size=0)),
        listed(1, token(7, b"", size=99)),
    ],
)
def test_lists_that_do_not_add_up_raise(body: bytes) -> None:
    with pytest.raises(DumpError):
        tokens_in(body)
