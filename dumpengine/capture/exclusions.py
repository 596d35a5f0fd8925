"""Leaves out threads and modules by the include callbacks, as the API means it."""

from __future__ import annotations

from dumpengine.callbacks import (
    DumpCallback,
    IncludeThread,
    ModuleCallback,
    ModuleWriteFlags,
    ThreadWriteFlags,
)
from dumpengine.capture.forwarding import ForwardingCallback


class Exclusions(ForwardingCallback):
    """Leaves out threads by id and modules by file name (case-insensitive, without folder)."""

    def __init__(
        self, inner: DumpCallback, threads: frozenset[int], modules: frozenset[str]
    ) -> None:
        super().__init__(inner)
        self._threads = threads
        self._modules = frozenset(name.lower() for name in modules)
        self._met: set[int | str] = set()

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        if event.thread_id in self._threads:
            self._met.add(event.thread_id)
            return None
        return super().include_thread(event)

    def module(self, event: ModuleCallback) -> ModuleWriteFlags | None:
        name = event.path.replace("\\", "/").rsplit("/", 1)[-1].lower()
        if name in self._modules:
            self._met.add(name)
            return None
        return super().module(event)

    def not_found(self) -> tuple[str, ...]:
        """Say in sentences, after the capture, what was to be left out and was not there."""
        return (
            *(
                f"There was no thread {tid} to leave out."
                for tid in sorted(self._threads - self._met)
            ),
            *(
                f"There was no module {name} to leave out."
                for name in sorted(self._modules - self._met)
            ),
        )
