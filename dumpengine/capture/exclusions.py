"""Which threads and modules a capture leaves out, and which of them were never met."""

from __future__ import annotations

from dumpengine.options import CaptureOptions


class Exclusions:
    """Leaves out threads by id and modules by file name (case-insensitive, without folder)."""

    def __init__(self, options: CaptureOptions) -> None:
        self._threads = options.exclude_threads
        self._modules = frozenset(name.lower() for name in options.exclude_modules)
        self._met: set[int | str] = set()

    def thread(self, thread_id: int) -> bool:
        """Whether this thread is left out."""
        return self._leaves_out(thread_id, thread_id in self._threads)

    def module(self, path: str) -> bool:
        """Whether the module of this path is left out."""
        name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
        return self._leaves_out(name, name in self._modules)

    def _leaves_out(self, which: int | str, is_out: bool) -> bool:
        if is_out:
            self._met.add(which)
        return is_out

    def not_found(self) -> tuple[str, ...]:
        """Say in sentences, after the capture, what was to be left out and was not there."""
        threads = sorted(self._threads - self._met)
        modules = sorted(self._modules - self._met)
        return (
            *(f"There was no thread {tid} to leave out." for tid in threads),
            *(f"There was no module {name} to leave out." for name in modules),
        )
