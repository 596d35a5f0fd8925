"""What a watch does: for what it waits, what it writes then, how often, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.options import CaptureOptions
from dumpengine.watch.conditions import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A watch as it was asked for. Sizes are bytes, times seconds.

    ``count`` firings of each process, at least ``spacing`` apart; each writes ``series`` dumps
    ``apart`` from each other: the first as in ``options``, the others of the preset mini. The watch
    ends when its dumps take ``most_size`` together (0: never) or ``least_free`` or less is free.
    """

    conditions: tuple[Condition, ...]
    options: CaptureOptions
    folder: Path
    count: int = 1
    spacing: float = 10.0
    series: int = 1
    apart: float = 10.0
    most_size: int = 0
    least_free: int = 0

    def __post_init__(self) -> None:
        if not self.conditions:
            raise DumpError(
                E_INVALIDARG,
                "Nothing was said that is to be waited for.",
                "Give a condition, such as --memory 2G or --crash.",
            )
        if self.count < 1 or self.series < 1 or min(self.spacing, self.apart) < 0:
            raise DumpError(
                E_INVALIDARG,
                "A watch fires at least once, and writes at least one dump then.",
                "Give numbers above zero.",
            )

    @property
    def words(self) -> str:
        """What is waited for: "memory at 3.0 GB or more, or a crash"."""
        return ", or ".join(condition.words for condition in self.conditions)
