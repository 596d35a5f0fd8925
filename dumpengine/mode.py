"""How a target is held while its memory is copied."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """How the target is held while its memory is copied.

    SNAPSHOT copies from a frozen clone while the target runs on; STOP keeps it still; AUTO takes
    the snapshot when that is possible and worth it.
    """

    AUTO = "auto"
    SNAPSHOT = "snapshot"
    STOP = "stop"
