"""Help > What is new."""

from __future__ import annotations

from typing import Any

from gui.news import News


def test_the_help_shows_what_is_new(desk: Any) -> None:
    desk.window.actions_.news.trigger()
    (shown,) = desk.window.findChildren(News)
    text = shown.page.toPlainText()
    assert text.startswith("What is new\n")
    assert "0.2.0" in text
    assert "##" not in text
    shown.close()
