"""Colours, icons and fonts. Only this module knows a colour; all else asks the palette."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

import resources

_VISIBLE = 20  # of 255, a difference in lightness
_ICONS = Path(resources.__file__).with_name("icons")


class Scheme(Enum):
    """What the user chose under View > Appearance."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Tone(Enum):
    """What a mark means; always shown with an icon or a word as well."""

    PLAIN = "plain"
    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


_TONES = {  # (on light, on dark); each at least 4.5:1 on the base colour
    Tone.GOOD: ("#1b7f3b", "#5fd38a"),
    Tone.CAUTION: ("#8a5a00", "#f0b849"),
    Tone.BAD: ("#b3261e", "#ff8a80"),
}

# Kinds of memory in the viewer's picture: told apart by brightness too, and named in the legend.
SERIES = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#edc948", "#76b7b2", "#e15759", "#9c755f")

_LIGHT = {
    QPalette.ColorRole.Window: "#f3f4f6",
    QPalette.ColorRole.WindowText: "#1b1d21",
    QPalette.ColorRole.Base: "#ffffff",
    QPalette.ColorRole.AlternateBase: "#f7f8fa",
    QPalette.ColorRole.Text: "#1b1d21",
    QPalette.ColorRole.Button: "#eceef1",
    QPalette.ColorRole.ButtonText: "#1b1d21",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#fffde9",
    QPalette.ColorRole.ToolTipText: "#1b1d21",
    QPalette.ColorRole.PlaceholderText: "#6b7078",
    QPalette.ColorRole.Highlight: "#1f5fbf",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: "#1a56b0",
    QPalette.ColorRole.LinkVisited: "#6b3fa0",
    QPalette.ColorRole.Light: "#ffffff",
    QPalette.ColorRole.Midlight: "#f0f1f3",
    QPalette.ColorRole.Mid: "#c3c7cd",
    QPalette.ColorRole.Dark: "#9aa0a8",
    QPalette.ColorRole.Shadow: "#5f646b",
}
_DARK = {
    QPalette.ColorRole.Window: "#34373c",
    QPalette.ColorRole.WindowText: "#e7e9ec",
    QPalette.ColorRole.Base: "#17191c",
    QPalette.ColorRole.AlternateBase: "#1d1f23",
    QPalette.ColorRole.Text: "#e7e9ec",
    QPalette.ColorRole.Button: "#45494f",
    QPalette.ColorRole.ButtonText: "#e7e9ec",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#45494f",
    QPalette.ColorRole.ToolTipText: "#e7e9ec",
    QPalette.ColorRole.PlaceholderText: "#a9afb7",
    QPalette.ColorRole.Highlight: "#2f6fd0",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: "#7fb0ff",
    QPalette.ColorRole.LinkVisited: "#c4a3ff",
    QPalette.ColorRole.Light: "#3f4349",
    QPalette.ColorRole.Midlight: "#4c5057",
    QPalette.ColorRole.Mid: "#565b62",
    QPalette.ColorRole.Dark: "#15161a",
    QPalette.ColorRole.Shadow: "#0c0d0f",
}
_DISABLED = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.HighlightedText,
)


def _palette(colours: dict[QPalette.ColorRole, str], disabled: str, accent_off: str) -> QPalette:
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(accent_off))
    return palette


def palette_for(scheme: Scheme) -> QPalette:
    """Return the palette of a fixed scheme; for SYSTEM the platform's own, untouched."""
    if scheme is Scheme.LIGHT:
        return _palette(_LIGHT, "#7b8088", "#b9c0ca")
    if scheme is Scheme.DARK:
        return _palette(_DARK, "#959ba3", "#565b62")
    return QPalette()


def apply(app: QApplication, scheme: Scheme) -> None:
    """Use Fusion, the one style that follows the palette everywhere, with ``scheme``."""
    if app.style().name() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette_for(scheme))
    if scheme is Scheme.SYSTEM:
        _show_choice_behind(app)
    _show_boxes(app)


def _show_boxes(app: QApplication) -> None:
    """Let an unticked box be seen.

    Fusion draws its frame in the colour of the window made darker: in the dark, next to nothing. A
    box has no background of its own, so that its colour of the window is free to be another.
    """
    palette = QPalette(app.palette())
    seen = QPalette.ColorRole.WindowText if is_dark(palette) else QPalette.ColorRole.Dark
    palette.setColor(QPalette.ColorRole.Window, palette.color(seen))
    for kind in ("QCheckBox", "QRadioButton"):
        app.setPalette(palette, kind)  # type: ignore[arg-type]  # the stub says bytes, Qt takes str


def _show_choice_behind(app: QApplication) -> None:
    """Let what is chosen be seen in a window that is not in front.

    Windows gives it a grey (#f5f5f5 of Windows 10) that cannot be told from white.
    """
    inactive, highlight = QPalette.ColorGroup.Inactive, QPalette.ColorRole.Highlight
    palette = app.palette()
    base = palette.color(inactive, QPalette.ColorRole.Base)
    if abs(palette.color(inactive, highlight).lightness() - base.lightness()) >= _VISIBLE:
        return
    ours = QPalette()
    ours.setColor(inactive, highlight, _mixed(base, palette.color(highlight)))
    text = palette.color(inactive, QPalette.ColorRole.Text)
    ours.setColor(inactive, QPalette.ColorRole.HighlightedText, text)
    app.setPalette(ours)


def is_dark(palette: QPalette | None = None) -> bool:
    """Return whether text is lighter than what it stands on."""
    palette = palette or QApplication.palette()
    text = palette.color(QPalette.ColorRole.WindowText).lightness()
    return bool(text > palette.color(QPalette.ColorRole.Window).lightness())


def tone_colour(tone: Tone, palette: QPalette) -> QColor:
    """Return the colour of a mark on this palette's background."""
    if tone is Tone.PLAIN:
        return palette.color(QPalette.ColorRole.WindowText)
    return QColor(_TONES[tone][is_dark(palette)])


def icon(name: str, tone: Tone = Tone.PLAIN) -> QIcon:
    """Return one of our icons in the colour of the current palette."""
    palette = QApplication.palette()
    faint = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    selected = palette.color(QPalette.ColorRole.HighlightedText)
    return _icon(name, tone_colour(tone, palette).name(), faint.name(), selected.name())


@lru_cache(maxsize=256)
def _icon(name: str, colour: str, faint: str, selected: str) -> QIcon:
    colours = {QIcon.Mode.Disabled: faint, QIcon.Mode.Selected: selected}
    return QIcon(_Drawn(name, colour, colours))


class _Drawn(QIconEngine):
    """Draws an icon in the size and the colour that are shown, once they are: most never are."""

    def __init__(self, name: str, colour: str, colours: dict[QIcon.Mode, str]) -> None:
        super().__init__()
        self._name = name
        self._colour = colour
        self._colours = colours

    def clone(self) -> QIconEngine:
        return _Drawn(self._name, self._colour, self._colours)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        del state  # our icons do not tell on from off
        return _pixmap(self._name, self._colours.get(mode, self._colour), size.toTuple())

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        pixmap = self.pixmap(rect.size() * ratio, mode, state)
        painter.drawPixmap(rect, pixmap)


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, size: tuple[int, int]) -> QPixmap:
    pixmap = QPixmap(QSize(*size))
    pixmap.fill(Qt.GlobalColor.transparent)
    drawing = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", colour).encode()))
    painter = QPainter(pixmap)
    drawing.render(painter, QRectF(0, 0, *size))
    painter.end()
    return pixmap


@lru_cache(maxsize=64)
def _svg(name: str) -> str:
    return (_ICONS / f"{name}.svg").read_text(encoding="utf-8")


def app_icon() -> QIcon:
    """Return the program's own icon, in its own colours."""
    return QIcon(str(_ICONS / "dumpdesk.svg"))


def accent(widget: QWidget) -> None:
    """Give a button the palette's accent; it is the only coloured control of the window."""
    around = QApplication.palette()
    active = around.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight)
    text = around.color(QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText)
    palette = QPalette()
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        palette.setColor(group, QPalette.ColorRole.Button, active)
        palette.setColor(group, QPalette.ColorRole.ButtonText, text)
    _set_palette(widget, palette)


def plain(widget: QWidget) -> None:
    """Give a widget the palette it inherits."""
    _set_palette(widget, QPalette())


def tint(widget: QWidget, tone: Tone) -> None:
    """Give a label the colour of a mark; its text says the same in words."""
    palette = QPalette()
    colour = tone_colour(tone, QApplication.palette())
    palette.setColor(QPalette.ColorRole.WindowText, colour)
    _set_palette(widget, palette)


def faint(widget: QWidget) -> None:
    """Let secondary text step back, still readable (the placeholder colour is 4.5:1)."""
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.WindowText, faint_colour())
    _set_palette(widget, palette)


def faint_colour() -> QColor:
    """Return the colour of secondary text."""
    around = QApplication.palette()
    colour = around.color(QPalette.ColorRole.PlaceholderText)
    if colour.alpha() == 255:
        return colour
    return _mixed(  # Fusion's default is half transparent text
        around.color(QPalette.ColorRole.WindowText), around.color(QPalette.ColorRole.Window)
    )


def _set_palette(widget: QWidget, palette: QPalette) -> None:
    """Set a palette once: every change is an event, which may lead here again."""
    roles = (
        QPalette.ColorRole.Button,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    )
    now = widget.palette()
    same = all(now.color(role) == palette.color(role) for role in roles)
    if not same or now.resolveMask() & ~palette.resolveMask():
        widget.setPalette(palette)


def _mixed(front: QColor, back: QColor) -> QColor:
    def part(over: int, under: int) -> int:
        return round(over * 0.68 + under * 0.32)

    return QColor(
        part(front.red(), back.red()),
        part(front.green(), back.green()),
        part(front.blue(), back.blue()),
    )


def fixed_font() -> QFont:
    """Return the system's font with equal widths."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
