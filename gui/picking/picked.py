"""What a way of pointing at windows is, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Picked:
    """The process of a window. ``note`` says how far the answer can be trusted; may be empty."""

    pid: int
    note: str = ""


class WindowPicker(Protocol):
    """Tells the process of the window under the pointer."""

    def pick(self) -> Picked | None:
        """Return None when no window is there or it does not tell."""
        ...
