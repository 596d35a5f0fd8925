"""Which DLL writes the dump: chosen here and nowhere else.

An explicit path (``--dll``, DUMPENGINE_DLL) is taken or the capture fails; else the first of
dbgcore.dll and dbghelp.dll in the application's folder, then in System32. Only full paths are
loaded: a bare name would search folders that others may write to.
https://learn.microsoft.com/windows/win32/debug/dbghelp-versions
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import VS_FIXEDFILEINFO
from dumpengine.errors import E_FILE_NOT_FOUND, E_NOTIMPL, DumpError, ErrorKind

VARIABLE = "DUMPENGINE_DLL"
NAMES = ("dbgcore.dll", "dbghelp.dll")
_SIGNATURE = 0xFEEF04BD
_WINE = b"Wine builtin DLL"  # where Microsoft's linker says what does not run in DOS mode
_DOS_HEADER = 256


@dataclass(frozen=True, slots=True)
class Library:
    """A loaded DLL and its MiniDumpWriteDump."""

    path: str
    version: str
    write_dump: Any

    def __str__(self) -> str:
        name = self.path.replace("/", "\\").rpartition("\\")[2]
        return f"{name} {self.version or 'of unknown version'} ({self.path})"


def choose() -> Library:
    """Return the DLL to use; raises DumpError when there is none."""
    explicit = os.environ.get(VARIABLE, "")
    if explicit:
        return _load_explicit(explicit)
    for path in candidates():
        if path.is_file() and (library := _try(str(path))):
            return library
    raise DumpError(
        E_NOTIMPL,
        "Neither Microsoft's dbgcore.dll nor its dbghelp.dll could be loaded.",
        f"Name a DLL with --dll or {VARIABLE}.",
    )


def candidates() -> Iterator[Path]:
    """Yield the places to look at, in order."""
    folders = [Path(sys.executable).parent]
    if bundle := getattr(sys, "_MEIPASS", None):
        folders.insert(0, Path(bundle))
    folders.append(_system_folder())
    for folder in folders:
        for name in NAMES:
            yield folder / name


def _system_folder() -> Path:
    buffer = ctypes.create_unicode_buffer(260)
    api.kernel32().GetSystemDirectoryW(buffer, len(buffer))
    return Path(buffer.value)


def _load_explicit(path: str) -> Library:
    if not Path(path).is_file():
        usage = ErrorKind.USAGE
        raise DumpError(E_FILE_NOT_FOUND, f"There is no DLL {path}.", "Check --dll.", kind=usage)
    full = str(Path(path).resolve())
    library = _try(full)
    if library is None:
        kind = (
            "Wine's own" if _is_wines(path) else "not a DLL with MiniDumpWriteDump for this system"
        )
        raise DumpError(
            E_NOTIMPL,
            f"{path} is {kind}.",
            "Name the dbgcore.dll or dbghelp.dll of the Debugging Tools for Windows.",
            kind=ErrorKind.USAGE,
        )
    return library


def _is_wines(path: str) -> bool:
    """Wine's imitation writes no dump through callbacks, and takes minutes for it."""
    with open(path, "rb") as file:
        return _WINE in file.read(_DOS_HEADER)


@cache
def _try(path: str) -> Library | None:
    try:
        if _is_wines(path):
            return None
        loaded = api.load(path)
        api.declare(loaded, {"MiniDumpWriteDump": api.MINIDUMP_WRITE_DUMP})
    except (OSError, AttributeError):
        return None
    return Library(path, file_version(path), loaded.MiniDumpWriteDump)


def file_version(path: str) -> str:
    """Return a file's version resource as ``10.0.22621.2428``, empty when it has none."""
    library = api.version()
    size = library.GetFileVersionInfoSizeW(path, None)
    data = ctypes.create_string_buffer(size or 1)
    if not size or not library.GetFileVersionInfoW(path, 0, size, data):
        return ""
    at, length = ctypes.c_void_p(), ctypes.c_uint32()
    if not library.VerQueryValueW(data, "\\", ctypes.byref(at), ctypes.byref(length)):
        return ""
    info = VS_FIXEDFILEINFO.from_address(at.value or 0)
    if info.dwSignature != _SIGNATURE:
        return ""
    high, low = info.dwFileVersionMS, info.dwFileVersionLS
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"
