"""Secrets to plant in a process, and the search for what of them is in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick

# Nothing of them is in any file.
PLANTED = "Qz9vXw7u-Hd5sYb1r-Jk3pLm5n"
ARGUMENT = "--zq=Hy6tGr4f-Wd3cRf7k-Bn2mVc8x"
WIDE = "göxßqz-Üxwäjq-7qü"
ENVIRONMENT = {
    "PLANTED": PLANTED,
    "LATIN": WIDE,
    "HOME": "/home/zw8kqx4j",
    "PATH": "/opt/wq7zkx/zb9n:/home/zw8kqx4j/zb9n",
}
SECRETS = {*ENVIRONMENT.values(), ARGUMENT}


def pieces(secret: str) -> Iterator[str]:
    """Every piece of six bytes as UTF-8, and at least three characters."""
    for start in range(len(secret)):
        for end in range(start + 3, len(secret) + 1):
            if len(secret[start:end].encode()) >= 6:
                yield secret[start:end]
                break


ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
SOUGHT = [
    (piece, encoding) for secret in SECRETS for piece in pieces(secret) for encoding in ENCODINGS
] + [(WIDE[at : at + 6], "latin-1") for at in range(len(WIDE) - 5)]
SEARCH = BytesAhoCorasick([piece.encode(encoding) for piece, encoding in SOUGHT])


def leaks(path: Path) -> set[tuple[str, str]]:
    """What of the secrets is in a file, with its encoding."""
    found = SEARCH.find_matches_as_indexes(path.read_bytes(), overlapping=True)
    return {SOUGHT[number] for number, _, _ in found}
