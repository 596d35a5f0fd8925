"""Colours that must be told apart."""

from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QCheckBox, QRadioButton, QWidget

from gui import theme

ROLE = QPalette.ColorRole


@pytest.fixture
def app(qapp):
    yield qapp
    qapp.setPalette(QPalette())


def chosen(palette: QPalette) -> tuple[QColor, QColor, QColor]:
    """Return what is chosen in a window behind: its text, itself, and what it lies on."""
    roles = (ROLE.HighlightedText, ROLE.Highlight, ROLE.Base)
    return tuple(palette.color(QPalette.ColorGroup.Inactive, role) for role in roles)  # type: ignore[return-value]


@pytest.mark.parametrize("scheme", theme.Scheme)
def test_what_is_chosen_is_seen_in_a_window_behind(app, scheme):
    theme.apply(app, scheme)
    text, itself, base = (colour.lightness() for colour in chosen(app.palette()))
    assert abs(itself - base) >= 20
    assert abs(text - itself) >= 80


@pytest.mark.parametrize(("base", "text"), [("#ffffff", "#000000"), ("#202020", "#ffffff")])
def test_a_system_that_hides_it_is_corrected(app, monkeypatch, base, text):
    system = QPalette(app.palette())
    for role, colour in ((ROLE.Base, base), (ROLE.Text, text), (ROLE.Highlight, "#0078d7")):
        system.setColor(role, QColor(colour))
    system.setColor(QPalette.ColorGroup.Inactive, ROLE.Highlight, QColor(base).darker(104))
    monkeypatch.setattr(theme, "palette_for", lambda _: system)
    theme.apply(app, theme.Scheme.SYSTEM)
    itself = chosen(app.palette())[1].lightness()
    assert abs(itself - QColor(base).lightness()) >= 20
    assert abs(itself - QColor(text).lightness()) >= 80


@pytest.mark.parametrize("edge", [16, 21, 48, 200])
@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled, QIcon.Mode.Selected])
def test_an_icon_is_drawn_in_the_size_that_is_shown(app, edge, mode):
    theme.apply(app, theme.Scheme.LIGHT)
    drawn = theme.icon("dump").pixmap(QSize(edge, edge), 1.0, mode)
    assert drawn.size() == QSize(edge, edge)

    group = QPalette.ColorGroup.Disabled
    colour = {
        QIcon.Mode.Normal: app.palette().color(ROLE.WindowText),
        QIcon.Mode.Disabled: app.palette().color(group, ROLE.WindowText),
        QIcon.Mode.Selected: app.palette().color(ROLE.HighlightedText),
    }[mode]
    assert colour.name() in colours(drawn)


def colours(drawn: QPixmap) -> set[str]:
    """Return the colours of the pixels that are not see-through."""
    image = drawn.toImage()
    places = product(range(image.width()), range(image.height()))
    pixels = (image.pixelColor(x, y) for x, y in places)
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("scheme", [theme.Scheme.LIGHT, theme.Scheme.DARK])
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_an_unticked_box_is_seen(app, qtbot, scheme, kind):
    """At least 3:1 between its frame and what it stands on (WCAG 2.2, 1.4.11)."""
    theme.apply(app, scheme)
    window = QWidget()
    qtbot.addWidget(window)
    box = kind("", window)
    box.setGeometry(4, 4, 24, 24)
    window.resize(40, 40)
    box.clearFocus()
    picture = window.grab().toImage()
    ground = picture.pixelColor(1, 1)
    best = max(
        contrast(picture.pixelColor(x, y), ground)
        for x in range(picture.width())
        for y in range(picture.height())
    )
    assert best >= 3


def contrast(one: QColor, other: QColor) -> float:
    """Return the ratio of WCAG 2.2."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
