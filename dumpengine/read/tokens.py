"""TokenStream: the access tokens of the process and its impersonating threads.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ne-minidumpapiset-minidump_stream_type
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.format.handles import MINIDUMP_TOKEN_INFO_HEADER, MINIDUMP_TOKEN_INFO_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format


@dataclass(frozen=True, slots=True)
class Token:
    """One token: process or thread id, handle value, the token's data as stored."""

    owner: int
    handle: int
    data: bytes


def read_tokens(file: DumpFile) -> tuple[Token, ...]:
    """Return the tokens, none when there is no such stream; raises DumpError."""
    body = file.body(StreamType.TokenStream)
    if not body:
        return ()
    if len(body) < MINIDUMP_TOKEN_INFO_LIST.SIZE:
        raise bad_format("The list of tokens is too short for its head.")
    head = MINIDUMP_TOKEN_INFO_LIST.unpack(body)
    tokens, at = [], head.ListHeaderSize
    for _ in range(head.TokenListEntries):
        if at + MINIDUMP_TOKEN_INFO_HEADER.SIZE > len(body):
            raise bad_format("The list of tokens ends before its last entry.")
        token = MINIDUMP_TOKEN_INFO_HEADER.unpack(body, at)
        if token.TokenSize < MINIDUMP_TOKEN_INFO_HEADER.SIZE or at + token.TokenSize > len(body):
            raise bad_format(f"A token of {token.TokenSize} bytes does not fit its list.")
        start = at + max(head.ElementHeaderSize, MINIDUMP_TOKEN_INFO_HEADER.SIZE)
        at += token.TokenSize
        tokens.append(Token(token.TokenId, token.TokenHandle, body[start:at]))
    return tuple(tokens)
