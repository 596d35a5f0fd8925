"""Streams of the caller's own: which types they may have."""

from __future__ import annotations

from collections.abc import Sequence

from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.options import UserStream

COMMENTS = frozenset({StreamType.CommentStreamA, StreamType.CommentStreamW})
_OURS = frozenset(StreamType) - COMMENTS


def check_user_streams(streams: Sequence[UserStream]) -> None:
    """Raise DumpError 0x80070057 for a type that is ours, reserved, or given twice.

    Windows lets duplicates pass; LLDB and udmp-parser then refuse the whole file, Breakpad too
    when it is one of the lists.
    """
    seen: set[int] = set()
    for stream in streams:
        name = stream_name(stream.type)
        if stream.type in seen:
            raise DumpError(
                E_INVALIDARG,
                f"The user stream {name} is given twice.",
                "Give each user stream a type of its own, above 0xFFFF.",
            )
        reserved = stream.type in _OURS or not 0 <= stream.type <= 0xFFFFFFFF
        if reserved or (
            stream.type <= StreamType.LastReservedStream and stream.type not in COMMENTS
        ):
            raise DumpError(
                E_INVALIDARG,
                f"The user stream type {name} is reserved.",
                "Use a number above 0xFFFF, or 10 or 11 for a comment.",
            )
        seen.add(stream.type)
