"""Turns what is chosen into capture requests. The choice is frozen before anything is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dumpengine
from dumpengine import CaptureOptions, MinidumpType
from gui.captures.service import CaptureService
from gui.options.destination import Destination
from gui.processes.entry import Entry

if TYPE_CHECKING:
    from dumpengine import CaptureRequest


TOGETHER_LIMIT = 32  # captures of one moment all run side by side, each in a process


class Launcher:
    """Starts captures into the destination's folder, each under a name of its own."""

    def __init__(self, service: CaptureService, destination: Destination) -> None:
        self._service = service
        self._destination = destination

    def requests(
        self, entries: tuple[Entry, ...], chosen: CaptureOptions
    ) -> tuple[CaptureRequest, ...]:
        """Freeze the choice: identity, options, path."""
        taken = {item.request.path for item in self._service.active()}
        chosen = chosen if len(entries) == 1 else chosen.for_many()
        requests = []
        for entry in entries:
            path = self._destination.file_for(entry.row.name, entry.key.pid, frozenset(taken))
            taken.add(path)
            requests.append(_request(entry, path, chosen))
        return tuple(requests)

    def of_one_moment(self, requests: tuple[CaptureRequest, ...]) -> tuple[CaptureRequest, ...]:
        """Have these processes stand still together, in this order; too many go one by one."""
        if not 1 < len(requests) <= TOGETHER_LIMIT:
            return requests
        together = dumpengine.Together(len(requests))
        return tuple(
            replace(request, place=place)
            for request, place in zip(requests, together.places, strict=True)
        )

    def start(self, requests: tuple[CaptureRequest, ...]) -> None:
        """Begin them all; the folder is made when it is not there."""
        for request in requests:
            _make_folder(request.path.parent)
            self._service.start(request)

    def again(
        self,
        request: CaptureRequest,
        dump_type: MinidumpType | None = None,
        elevated: bool | None = None,
    ) -> None:
        """Try once more, in the folder chosen now, perhaps with another type or more rights."""
        taken = frozenset(item.request.path for item in self._service.active())
        path = self._destination.file_for(request.name, request.key.pid, taken)
        wanted = request.options
        if dump_type is not None:
            wanted = replace(wanted, dump_type=dump_type)
        rights = request.elevated if elevated is None else elevated
        again = replace(request, path=path, options=wanted, elevated=rights, place=None)
        self.start((again,))


def _make_folder(folder: Path) -> None:
    """A folder that cannot be made is reported by the capture itself, with its remedy."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return


def _request(entry: Entry, path: Path, chosen: CaptureOptions) -> CaptureRequest:
    return dumpengine.CaptureRequest(
        key=entry.key, name=entry.row.name, path=path, numbered=True, options=chosen
    )
