"""Streams of the caller's own: which types they may have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.options import UserStream

COMMENTS = frozenset({StreamType.CommentStreamA, StreamType.CommentStreamW})
_OURS = frozenset(StreamType) - COMMENTS


def check_user_streams(streams: Sequence[UserStream]) -> None:
    """Raise DumpError 0x80070057 for a type that is ours or reserved."""
    for stream in streams:
        reserved = stream.type in _OURS or not 0 <= stream.type <= 0xFFFFFFFF
        if reserved or (
            stream.type <= StreamType.LastReservedStream and stream.type not in COMMENTS
        ):
            raise DumpError(
                E_INVALIDARG,
                f"The user stream type {stream_name(stream.type)} is reserved.",
                "Use a number above 0xFFFF, or 10 or 11 for a comment.",
            )


def duplicates(streams: Sequence[UserStream]) -> tuple[str, ...]:
    """Return a sentence for every type that is given more than once.

    Both streams are written, as Windows does.
    """
    return tuple(
        f"There are {count} user streams of type {stream_name(kind)}: "
        "LLDB and udmp-parser refuse such a file, and most others show the first one only."
        for kind, count in Counter(stream.type for stream in streams).items()
        if count > 1
    )
