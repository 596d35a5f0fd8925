"""What a capture could not do, in the dump itself: a comment in words and a stream as JSON.

The JSON stream is ours (0x44440001), UTF-8:
``{"version": 1, "skipped": [{"where", "what", "address", "skipped"}], "warnings": [text]}``.
Failures to read are known only after the file was laid out, so both have room reserved; what does
not fit is summed up, never dropped silently.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from dumpengine.snapshot import SoftError

ROOM_FOR_JSON = 4096
ROOM_FOR_WORDS = 1024
_LEAST_WORDS = 16


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes kept for both until it is known what there is to say."""

    json: int = ROOM_FOR_JSON
    words: int = ROOM_FOR_WORDS


def room_for(problems: Sequence[SoftError], warnings: Sequence[str]) -> Room:
    """Return the room these take, for who knows everything beforehand."""
    return Room(
        len(notes_json(problems, warnings)),
        len(notes_words(problems, warnings, (), ROOM_FOR_WORDS)),
    )


def notes_json(
    problems: Sequence[SoftError], warnings: Sequence[str], room: int = ROOM_FOR_JSON
) -> bytes:
    """Return the JSON stream, at most ``room`` bytes; empty when there is nothing to say."""
    if not problems and not warnings:
        return b""
    kept = list(problems)

    def fits(text: bytes) -> bool:
        return len(text) <= room

    while True:
        data = _encode(kept, warnings, problems[len(kept) :])
        if len(data) <= room or not kept:
            return next(filter(fits, (data, _encode([], [], problems))), b"")
        kept = kept[: len(kept) // 2]


def _encode(
    kept: Sequence[SoftError], warnings: Sequence[str], left_out: Sequence[SoftError]
) -> bytes:
    skipped = [asdict(problem) for problem in kept]
    if left_out:
        rest = SoftError(
            "more", f"{len(left_out)} more of the kind", None, sum(p.skipped for p in left_out)
        )
        skipped.append(asdict(rest))
    return json.dumps({"version": 1, "skipped": skipped, "warnings": list(warnings)}).encode()


def notes_words(
    problems: Sequence[SoftError], warnings: Sequence[str], first: Sequence[str], room: int
) -> bytes:
    """Return the comment, NUL-terminated ASCII of at most ``room`` bytes; ``first`` stands first.

    Empty when nothing is missing: that a flag has no meaning here is no news to a debugger's user.
    """
    if room < _LEAST_WORDS or not (problems or first):
        return b""
    lines = [*first, *(_missing(problems) if problems else ()), *warnings]
    text = "\n".join(lines).encode("ascii", "backslashreplace")
    if len(text) >= room:
        text = text[: room - 5] + b" ..."
    return text + b"\0"


def _missing(problems: Sequence[SoftError]) -> list[str]:
    lines = ["This dump is not complete:"]
    if missing := sum(problem.skipped for problem in problems):
        lines.append(f"{missing} bytes of memory could not be read.")
    return lines + [f"{problem.where}: {problem.what}" for problem in problems]
