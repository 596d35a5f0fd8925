"""One way to every text: whole sentences, one translation context."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "DumpDesk"


def tr(text: str) -> str:
    """Return ``text`` in the user's language."""
    return QCoreApplication.translate(CONTEXT, text)


def tr_n(one: str, many: str, count: int) -> str:
    """Return the sentence for ``count``; ``%n`` in ``many`` becomes the number.

    English has no translation file, so both of its forms are given here; a translation's own
    plural forms belong to ``many``.
    """
    if count == 1:
        return tr(one)
    return QCoreApplication.translate(CONTEXT, many, None, count).replace("%n", f"{count:,}")
