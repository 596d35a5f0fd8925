"""Names of dump files."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from dumpengine.errors import E_INVALIDARG, DumpError

DEFAULT_TEMPLATE = "{name}_{pid}_{date}_{time}.dmp"

# 255 bytes is the limit of ext4, NTFS counts 255 UTF-16 units; the rest is left for a number
# behind the name and for the `.NAME.partial` a capture may write first.
MAX_NAME_BYTES = 200
_MAX_PROCESS_NAME_BYTES = 100  # so that what follows the name is kept

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)")


def dump_file_name(template: str, name: str, pid: int, when: datetime) -> str:
    """Fill ``{name} {pid} {date} {time}`` of ``template``; return a safe file name.

    Safe on Linux and Windows: no separators, control or reserved characters, no leading dash or
    dot, no device name, not too long. ``.dmp`` is added when the template names no extension.
    Raises DumpError (usage) for a placeholder that does not exist.
    """
    values = {
        "name": cut(name, _MAX_PROCESS_NAME_BYTES),
        "pid": str(pid),
        "date": when.strftime("%Y-%m-%d"),
        "time": when.strftime("%H-%M-%S"),
    }

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise DumpError(
                E_INVALIDARG,
                f"The file-name template has an unknown placeholder {match[0]}.",
                "There are " + ", ".join(f"{{{word}}}" for word in values) + ".",
            )
        return values[match[1]]

    # What the process is called must not decide what the extension is.
    stem, dot, extension = template.rpartition(".")
    if not dot or not extension or "{" in extension:
        stem, extension = template, "dmp"
    return safe_file_name(_PLACEHOLDER.sub(value, stem), "." + extension)


def safe_file_name(stem: str, extension: str = "") -> str:
    """Return ``stem + extension`` as a file name that every system takes, never an empty one."""
    stem = _clean(stem).strip().lstrip(".-").strip()
    extension = _clean(extension).rstrip(". ")
    if not stem or _RESERVED.match(stem):
        stem = "_" + stem
    room = MAX_NAME_BYTES - len(extension.encode())
    stem = cut(stem, max(room, 1)).rstrip()
    # Windows drops dots and spaces at the end of a name.
    return stem + extension if extension else stem.rstrip(". ") or "_"


def cut(text: str, size: int) -> str:
    """Return the longest start of ``text`` that takes ``size`` bytes."""
    return text.encode(errors="replace")[:size].decode(errors="ignore")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("_", "".join(c if c.isprintable() else "_" for c in text))


def free_path(path: Path) -> Path:
    """Return ``path``, or the first of ``path_2``, ``path_3`` ... that does not exist."""
    number, candidate = 1, path
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return candidate
