"""A live process as procfs shows it; looked at before the stop, brought up to date during it.

Whatever a look has found out already costs nothing the second time, so the stop is short.
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.backends.linux import procfs, texts
from dumpengine.backends.linux.handles import open_handles
from dumpengine.backends.linux.mappings import regions
from dumpengine.backends.linux.memory import LiveMemory
from dumpengine.backends.linux.modules import Image, ImageReader
from dumpengine.backends.linux.threads import affinity
from dumpengine.snapshot import Absent, Handle, Region, read_memory

_AT_ENTRY = 9


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """What procfs tells of a thread; ``stat`` is None when it had left."""

    name: str
    stat: procfs.Stat | None
    affinity: int


class ProcessView:
    """Facts about process ``pid`` that need no stop. Close it when done.

    ``task`` is the thread whose address space is read, see :func:`procfs.living_task`.

    ``maps`` (the text), ``mappings`` and ``images`` are those of the last :meth:`look`;
    ``memory`` reads the process as it is now.
    """

    def __init__(self, pid: int, *, handles: bool = False) -> None:
        self.pid = pid
        self.task = procfs.living_task(pid)
        self.mappings: tuple[procfs.Mapping, ...] = ()
        self.images: list[Image] = []
        self.streams: dict[int, bytes] = texts.read_texts(pid, self.task)
        self.handles: tuple[Handle, ...] | Absent = (
            open_handles(pid) if handles else Absent("not asked for")
        )
        self.maps = b""
        self._threads: dict[int, ThreadFacts] = {}
        self._entry = procfs.auxv(procfs.read_optional(f"/proc/{self.task}/auxv")).get(_AT_ENTRY, 0)
        self._image_reader = ImageReader(self._read)
        self.memory = LiveMemory(self.task, ())

    def close(self) -> None:
        """Close all files behind it."""
        self.memory.close()

    def look(self) -> None:
        """Read the address space as it is now."""
        self.look_again(procfs.read_bytes(f"/proc/{self.task}/maps"))

    def look_again(self, maps: bytes) -> None:
        """Bring everything up to date with these maps; what did not change is kept."""
        changed = maps != self.maps
        if changed:
            self.maps = maps
            self.mappings = procfs.parse_maps(maps)
        # Which pages are populated may have changed all the same: a new memory asks again.
        self.memory.close()
        self.memory = LiveMemory(self.task, regions(self.mappings, ()))
        if changed:
            self.images = self._image_reader.images(self.mappings, self._entry)

    def look_at_threads(self) -> None:
        """Remember the facts of all threads there are now."""
        for tid in procfs.task_ids(self.pid):
            self.thread(tid)

    def thread(self, tid: int) -> ThreadFacts:
        """Return a thread's facts, as they were when first asked for."""
        if tid not in self._threads:
            self._threads[tid] = self._read_thread(tid)
        return self._threads[tid]

    def regions(self) -> tuple[Region, ...]:
        """Describe the address space, modules marked as images."""
        return regions(
            self.mappings,
            sorted((image.module.base, image.module.end) for image in self.images),
        )

    def _read_thread(self, tid: int) -> ThreadFacts:
        try:
            stat = procfs.read_stat(self.pid, tid)
        except (OSError, ValueError):
            return ThreadFacts("", None, 0)
        return ThreadFacts(stat.name, stat, affinity(tid))

    def _read(self, address: int, size: int) -> bytes:
        return read_memory(self.memory, address, size)
