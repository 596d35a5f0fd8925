"""MiniDumpWriteDump for Python: the real one on Windows, a native one on Linux."""

from dumpengine._version import __version__

__all__ = ["__version__"]
