"""From a firing to a dump that says why it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from dumpengine.callbacks import DumpCallback
from dumpengine.capture.result import CaptureResult
from dumpengine.capture.write_dump import capture_dump
from dumpengine.dump_types import PRESETS
from dumpengine.errors import DumpError, unforeseen
from dumpengine.options import CaptureOptions
from dumpengine.watch.events import Dumped, Failed
from dumpengine.watch.places import Place
from dumpengine.watch.series import compared
from dumpengine.watch.watched import Reason, Watched


class StopCallback(DumpCallback):
    """Cancels a capture when the watch is to stop."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping

    def cancel(self) -> bool:
        """See DumpCallback."""
        return self._stopping()


def write(
    watched: Watched, reasons: Sequence[Reason], number: int, place: Place, callback: DumpCallback
) -> Dumped | Failed:
    """Write dump ``number`` of a firing; whatever goes wrong is told, not raised."""
    said = tuple(reason.words for reason in reasons)
    try:
        result = _capture(watched, reasons, number, place, callback)
    except Exception as error:  # a watch outlives a dump that fails
        failure = unforeseen(error)
        return Failed(pid=watched.key.pid, name=watched.name, reasons=said, error=failure)
    place.written += result.size
    watched.dumps += 1
    return Dumped(
        pid=watched.key.pid,
        name=watched.name,
        reasons=said,
        result=result,
        number=number,
        of=place.plan.series,
        finding=_finding(watched, result, number, place.plan.series),
    )


def _finding(watched: Watched, result: CaptureResult, number: int, of: int) -> str:
    """What the last dump of a series and its first tell together; empty for all others."""
    if number == 1:
        watched.first_of_series = result.path or ""
    if number == 1 or number < of or not result.path or not watched.first_of_series:
        return ""
    try:
        return compared(Path(watched.first_of_series), Path(result.path))
    except DumpError:  # somebody took the first away
        return ""


def _capture(
    watched: Watched, reasons: Sequence[Reason], number: int, place: Place, callback: DumpCallback
) -> CaptureResult:
    path = place.path(watched.name, watched.key.pid, tuple(reason.slug for reason in reasons))
    options = _options(place.plan.options, reasons, number, place.plan.series)
    return capture_dump(
        watched.key, path, options, callback=callback, numbered=True, through=watched.through()
    )


def _options(
    options: CaptureOptions, reasons: Sequence[Reason], number: int, of: int
) -> CaptureOptions:
    because = f"because: {' and '.join(reason.words for reason in reasons)}"
    series = f"dump {number} of {of}" if of > 1 else ""
    comment = "\n".join(filter(None, [because, series, options.comment]))
    dump_type = PRESETS["mini"].value if number > 1 else options.dump_type
    return replace(options, comment=comment, dump_type=dump_type)
