"""What the desk tells of windows, by process. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessWindows:
    """The titles of a process's windows; ``hung``: the system says that one does not answer."""

    titles: tuple[str, ...] = ()
    hung: bool = False


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """One window as the system shows it. A ``pid`` of 0 is not known."""

    pid: int
    title: str
    hung: bool = False


NO_WINDOWS = ProcessWindows()

# Tells the windows by process id. Never raises; each call is a new look. All in one thread.
LookAtWindows = Callable[[], Mapping[int, ProcessWindows]]


def no_windows() -> Mapping[int, ProcessWindows]:
    """See nothing: where no windows are, or nobody tells."""
    return {}


def gather(windows: Iterable[SeenWindow]) -> dict[int, ProcessWindows]:
    """Bring the windows together by process, each title once, in the order they are seen."""
    titles: dict[int, dict[str, None]] = {}
    hung = set()
    for window in windows:
        title = one_line(window.title)
        if not window.pid or not (title or window.hung):
            continue
        known = titles.setdefault(window.pid, {})
        if title:
            known[title] = None
        if window.hung:
            hung.add(window.pid)
    return {pid: ProcessWindows(tuple(known), pid in hung) for pid, known in titles.items()}


def one_line(title: str) -> str:
    """Return a title on one line, without the marks that cannot be seen.

    Browsers put no-break spaces and marks for the direction of writing into titles; whoever looks
    for the words does not type them.
    """
    return "".join(c for c in " ".join(title.split()) if c.isprintable())
