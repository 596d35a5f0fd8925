"""CommentStreamA and CommentStreamW."""

from __future__ import annotations

from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format

MAX_COMMENT = 1 << 20  # bytes; more than that is no comment


def read_comments(file: DumpFile) -> tuple[str, ...]:
    """Return the comments of all such streams in file order; raises DumpError.

    A comment ends at its NUL or with its stream: writers do both.
    """
    codecs = {StreamType.CommentStreamA: "utf-8", StreamType.CommentStreamW: "utf-16-le"}
    comments = []
    for entry in file.entries:
        codec = codecs.get(entry.type)  # type: ignore[call-overload]  # an int finds its StreamType
        if codec is None:
            continue
        if entry.size > MAX_COMMENT:
            raise bad_format(f"A comment of {entry.size} bytes is too long.")
        data = file.source.piece(entry.rva, entry.size, "A comment")
        comments.append(data.decode(codec, "replace").split("\0", 1)[0])
    return tuple(comments)
