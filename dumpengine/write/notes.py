"""What a capture could not do, in the dump itself: a comment in words and a stream as JSON.

The JSON stream is ours (0x44440001), UTF-8:
``{"version": 1, "skipped": [{"where", "what", "address", "skipped"}], "warnings": [text]}``.
Failures to read are known only after the file was laid out, so both have room reserved; what does
not fit is summed up, never dropped silently.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from dumpengine.snapshot import SoftError

ROOM_FOR_JSON = 4096
ROOM_FOR_WORDS = 1024


def notes_json(
    problems: Sequence[SoftError], warnings: Sequence[str], room: int = ROOM_FOR_JSON
) -> bytes:
    """Return the JSON stream, at most ``room`` bytes; empty when there is nothing to say."""
    if not problems and not warnings:
        return b""
    kept = list(problems)
    while True:
        data = _encode(kept, warnings, problems[len(kept) :])
        if len(data) <= room or not kept:
            return data if len(data) <= room else _encode([], [], problems)
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
    if not problems and not first:
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
