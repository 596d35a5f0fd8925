"""The presets one chooses from: the engine's and one's own."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from dumpengine import PRESETS, DumpError, MinidumpType, parse_dump_type
from gui import settings as options
from gui.i18n import tr
from gui.settings import Settings


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of the preset box."""

    title: str
    value: MinidumpType
    sentence: str
    own: bool = False


class Presets(QObject):
    """Keeps one's own presets in the settings, as ``title=0x...``.

    Signals:
        changed: a preset was added or removed.
    """

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def choices(self) -> tuple[Choice, ...]:
        """Return the engine's presets, then one's own."""
        return (*engine_choices(), *self.own())

    def own(self) -> tuple[Choice, ...]:
        """Return one's own presets."""
        found = (read_line(line) for line in self._settings.get(options.OWN_PRESETS))
        return tuple(choice for choice in found if choice)

    def save(self, title: str, value: MinidumpType) -> None:
        """Keep a preset; one of the same title is replaced."""
        title = " ".join(title.replace("=", " ").split())
        if title:
            kept = [choice for choice in self.own() if choice.title != title]
            self._write([*kept, _own(title, value)])

    def remove(self, title: str) -> None:
        """Forget one of one's own presets."""
        self._write([choice for choice in self.own() if choice.title != title])

    def import_text(self, text: str) -> int:
        """Take over presets, one ``title=type`` a line; returns how many there were."""
        found = [choice for choice in map(read_line, text.splitlines()) if choice]
        titles = {choice.title for choice in found}
        self._write([*(c for c in self.own() if c.title not in titles), *found])
        return len(found)

    def export_text(self) -> str:
        """Return one's own presets in the form :meth:`import_text` reads."""
        return "".join(f"{line}\n" for line in map(_write_line, self.own()))

    def _write(self, choices: list[Choice]) -> None:
        self._settings.set(options.OWN_PRESETS, tuple(map(_write_line, choices)))
        self.changed.emit()


def engine_choices() -> tuple[Choice, ...]:
    """Return the engine's presets."""
    return tuple(
        Choice(tr(preset.title), preset.value, tr(preset.sentence)) for preset in PRESETS.values()
    )


def _own(title: str, value: MinidumpType) -> Choice:
    return Choice(title, value, tr("One of your own presets."), own=True)


def read_line(line: str) -> Choice | None:
    """Read ``title=type``; None when it is not one."""
    title, equals, text = line.partition("=")
    if not equals or not title.strip():
        return None
    try:
        return _own(title.strip(), parse_dump_type(text))
    except DumpError:
        return None


def _write_line(choice: Choice) -> str:
    return f"{choice.title}=0x{int(choice.value):X}"
