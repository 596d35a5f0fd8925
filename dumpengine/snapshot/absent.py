"""What is not there, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands where a fact is missing and says why, in a sentence without a full stop."""

    reason: str


@dataclass(frozen=True, slots=True)
class SoftError:
    """Something a capture could not do but survived: which part, and what happened.

    ``skipped`` counts the bytes of memory that are missing because of it; ``address`` is where.
    """

    where: str
    what: str
    address: int | None = None
    skipped: int = 0
