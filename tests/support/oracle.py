"""The recordings of Microsoft's MiniDumpWriteDump in ``tests/samples/oracle``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "samples" / "oracle"
DLL = "dbgcore-10.0.22621"

# How often these come depends on the size of the process, not on the flags.
COUNTLESS = frozenset({"Cancel", "IoWriteAll", "IncludeVmRegion"})


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of a recorded file; ``count`` for lists."""

    type: int
    size: int
    count: int | None


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded dump. ``callbacks`` are names in order, runs unfolded."""

    dump_type: int
    ok: bool
    size: int
    streams: tuple[Stream, ...]
    callbacks: tuple[str, ...]


def recordings(kind: str = "") -> tuple[Recording, ...]:
    """Return the recordings: ``""``, ``"io"`` or ``"cancel"``."""
    path = FOLDER / f"{DLL}{'-' if kind else ''}{kind}.json"
    return tuple(_recording(item) for item in json.loads(path.read_text()))


def _recording(item: dict) -> Recording:  # type: ignore[type-arg]
    return Recording(
        dump_type=int(item["type"], 16),
        ok=item["ok"],
        size=item["size"],
        streams=tuple(Stream(*fields) for fields in item["streams"]),
        callbacks=tuple(_unfold(item["callbacks"].split())),
    )


def _unfold(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        name, x, count = word.rpartition("x")
        if x and count.isdigit():
            yield from [name] * int(count)
        else:
            yield word


def order(callbacks: Iterable[str], without: Iterable[str] = ()) -> list[str]:
    """Return the order of callbacks in a form that two processes of one kind share.

    Names in ``without`` are left out; runs are folded into ``Namex4``, and into ``Name`` alone
    where the number depends on the size of the process.
    """
    kept = [name for name in callbacks if name not in set(without)]
    folded = []
    for name, run in groupby(kept):
        count = len(list(run))
        folded.append(name if name in COUNTLESS or count == 1 else f"{name}x{count}")
    return folded
