"""Which system this is; the only place of the tools that asks."""

import sys

PLATFORM = sys.platform
ON_WINDOWS = PLATFORM == "win32"
ON_LINUX = PLATFORM.startswith("linux")
