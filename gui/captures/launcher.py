"""Turns what is chosen into capture requests. The choice is frozen before anything is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dumpengine
from dumpengine import MinidumpType
from gui.captures.extras import Extras
from gui.captures.service import CaptureService
from gui.options.destination import Destination
from gui.processes.entry import Entry

if TYPE_CHECKING:
    from dumpengine import CaptureRequest


class Launcher:
    """Starts captures into the destination's folder, each under a name of its own."""

    def __init__(self, service: CaptureService, destination: Destination) -> None:
        self._service = service
        self._destination = destination

    def requests(
        self, entries: tuple[Entry, ...], dump_type: MinidumpType, extras: Extras
    ) -> tuple[CaptureRequest, ...]:
        """Freeze the choice: identity, type, path."""
        taken = {item.request.path for item in self._service.active()}
        extras = extras if len(entries) == 1 else extras.for_many()
        requests = []
        for entry in entries:
            path = self._destination.file_for(entry.row.name, entry.key.pid, frozenset(taken))
            taken.add(path)
            requests.append(_request(entry, path, dump_type, extras))
        return tuple(requests)

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
        wanted = request.dump_type if dump_type is None else dump_type
        rights = request.elevated if elevated is None else elevated
        self.start((replace(request, path=path, dump_type=wanted, elevated=rights),))


def _make_folder(folder: Path) -> None:
    """A folder that cannot be made is reported by the capture itself, with its remedy."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return


def _request(entry: Entry, path: Path, dump_type: MinidumpType, extras: Extras) -> CaptureRequest:
    return dumpengine.CaptureRequest(
        key=entry.key,
        name=entry.row.name,
        path=path,
        dump_type=dump_type,
        mode=extras.mode,
        comment=extras.comment,
        user_streams=extras.user_streams,
        exclude_threads=extras.exclude_threads,
        exclude_modules=extras.exclude_modules,
        redact=extras.redact,
    )
