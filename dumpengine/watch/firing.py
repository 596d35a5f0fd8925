"""From a firing to a dump that says why it is there."""

from __future__ import annotations

from collections.abc import Callable
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
from dumpengine.watch.watched import Shot, Watched


class StopCallback(DumpCallback):
    """Cancels a capture when the watch is to stop."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping

    def cancel(self) -> bool:
        """See DumpCallback."""
        return self._stopping()


def write(watched: Watched, shot: Shot, place: Place, callback: DumpCallback) -> Dumped | Failed:
    """Write a dump; whatever goes wrong is told, not raised."""
    try:
        result = _capture(watched, shot, place, callback)
    except Exception as error:  # a watch outlives a dump that fails
        failure = unforeseen(error)
        return Failed(pid=watched.key.pid, name=watched.name, reasons=shot.words, error=failure)
    place.written += result.size
    watched.dumps += 1
    return Dumped(
        pid=watched.key.pid,
        name=watched.name,
        reasons=shot.words,
        result=result,
        number=shot.number,
        of=shot.of,
        finding=_finding(watched, shot, Path(result.path or "")),
    )


def _finding(watched: Watched, shot: Shot, path: Path) -> str:
    """What the last dump of a series and its first tell together; empty for all others."""
    if shot.number == 1:
        watched.first_of_series = path
    if shot.number == 1 or shot.number < shot.of:
        return ""
    try:
        return compared(watched.first_of_series, path)
    except DumpError:  # somebody took the first away
        return ""


def _capture(watched: Watched, shot: Shot, place: Place, callback: DumpCallback) -> CaptureResult:
    return capture_dump(
        watched.key,
        place.path(watched.name, watched.key.pid, shot.slugs),
        _options(place.plan.options, shot),
        callback=callback,
        numbered=True,
        through=watched.through(),
    )


def _options(options: CaptureOptions, shot: Shot) -> CaptureOptions:
    because = f"because: {' and '.join(shot.words)}"
    series = f"dump {shot.number} of {shot.of}" if shot.of > 1 else ""
    comment = "\n".join(filter(None, [because, series, options.comment]))
    dump_type = PRESETS["mini"].value if shot.number > 1 else options.dump_type
    return replace(options, comment=comment, dump_type=dump_type)
