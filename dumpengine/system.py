"""Which system this is; the only place of engine and window that asks."""

from __future__ import annotations

import sys

ON_WINDOWS = sys.platform == "win32"
ON_LINUX = sys.platform.startswith("linux")
