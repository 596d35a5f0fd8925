"""Every option of the window, declared once with its type and default."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from dumpengine import PRESETS, MinidumpType, Mode
from gui.theme import Scheme

SCHEMA = 1
T = TypeVar("T")
_log = logging.getLogger("dumpdesk.settings")


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """A setting: its key in the file, its default, how it is read from and written as text."""

    key: str
    default: T
    read: Callable[[str], T]
    write: Callable[[T], str] = str


def _read_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _write_bool(value: bool) -> str:
    return "true" if value else "false"


def _read_texts(text: str) -> tuple[str, ...]:
    return tuple(str(item) for item in json.loads(text))


def _write_texts(value: tuple[str, ...]) -> str:
    return json.dumps(value)


def _read_seconds(text: str) -> int:
    if int(text) not in RATES:
        raise ValueError(text)
    return int(text)


def _read_state(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode())


def _write_state(value: QByteArray) -> str:
    return bytes(value.toBase64().data()).decode()


def _state(key: str) -> Option[QByteArray]:
    return Option(key, QByteArray(), _read_state, _write_state)


def _flag(key: str, default: bool) -> Option[bool]:
    return Option(key, default, _read_bool, _write_bool)


def _read_type(text: str) -> MinidumpType:
    return MinidumpType(int(text, 0))


def _write_type(value: MinidumpType) -> str:
    return f"0x{int(value):X}"


def ticked(name: str) -> Option[bool]:
    """Return the setting for a capture option that is a flag."""
    return _flag(f"dump/{name}", False)


RATES = (1, 2, 5)
DEFAULT_TEMPLATE = "{name}_{pid}_{date}_{time}.dmp"

SCHEME = Option("window/scheme", Scheme.SYSTEM, Scheme, lambda scheme: scheme.value)
GEOMETRY = _state("state/geometry")
MAIN_SPLITTER = _state("state/main_splitter")
TOP_SPLITTER = _state("state/top_splitter")
COLUMNS = _state("state/columns")
COLUMN_COUNT = Option("state/column_count", 13, int)  # there were 13 before it was kept
TREE = _flag("list/tree", False)
ONLY_MINE = _flag("list/only_mine", True)
KERNEL_THREADS = _flag("list/kernel_threads", False)
RATE = Option("list/seconds", 2, _read_seconds)
FOLDER = Option("dump/folder", "", str)
TEMPLATE = Option("dump/file_name", DEFAULT_TEMPLATE, str)
DUMP_TYPE = Option("dump/type", PRESETS["mini"].value, _read_type, _write_type)
MODE = Option("dump/mode", Mode.AUTO, Mode, lambda mode: mode.value)
_NO_TEXTS: tuple[str, ...] = ()
OWN_PRESETS = Option("dump/own_presets", _NO_TEXTS, _read_texts, _write_texts)
CONFIRM_SENSITIVE = _flag("dump/confirm_sensitive", True)
_HOME: tuple[str, ...] = (str(Path.home()),)
SYMBOL_FOLDERS = Option("stacks/folders", _HOME, _read_texts, _write_texts)
KEEP_DAYS = Option("history/keep_days", 0, int)
KEEP_GIGABYTES = Option("history/keep_gigabytes", 0, int)


class Settings:
    """Typed access to an INI file. A value that cannot be read is its default, and is logged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = QSettings(str(path), QSettings.Format.IniFormat)
        if not self._file.contains("schema"):
            self._file.setValue("schema", SCHEMA)

    @property
    def folder(self) -> Path:
        """Where the window keeps its own files: settings and history."""
        return self.path.parent

    def get(self, option: Option[T]) -> T:
        """Return the stored value, or the default."""
        if not self._file.contains(option.key):
            return option.default
        text = str(self._file.value(option.key))
        try:
            return option.read(text)
        except (ValueError, TypeError) as error:
            _log.info("%s: %r is not valid (%s); using the default", option.key, text, error)
            return option.default

    def set(self, option: Option[T], value: T) -> None:
        """Store a value."""
        self._file.setValue(option.key, option.write(value))

    def save(self) -> None:
        """Write the file now."""
        self._file.sync()

    def symbol_folders(self) -> tuple[Path, ...]:
        """Where programs, libraries and debug files are looked for, besides the system's."""
        return tuple(Path(folder) for folder in self.get(SYMBOL_FOLDERS) if folder)

    def dump_folder(self) -> Path:
        """Where dumps go: the chosen folder, or ``Dumps`` in the user's documents."""
        chosen = self.get(FOLDER)
        if chosen:
            return Path(chosen)
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        return Path(documents or Path.home()) / "Dumps"


def settings_path(portable: bool) -> Path:
    """Return the settings file: beside the program when portable, else where the system wants."""
    if portable:
        return program_folder() / "dumpdesk-data" / "dumpdesk.ini"
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(place) / "dumpdesk" / "dumpdesk.ini"


def program_folder() -> Path:
    """Return the folder of the program: of the frozen executable, else of the start script."""
    program = sys.executable if getattr(sys, "frozen", False) else sys.argv[0]
    return Path(os.path.realpath(program)).parent
