"""What is said below the list of processes, and in its middle when it is empty. Pure functions."""

from __future__ import annotations

from gui.i18n import tr, tr_n
from gui.processes.arrange import Arrangement


def status_words(arranged: Arrangement, mine: bool, paused: bool) -> str:
    """Say how many processes are shown, and what hides the others; ``mine`` hides other users'."""
    shown = tr("{shown} of {total} shown").format(
        shown=f"{arranged.shown:,}", total=f"{arranged.total:,}"
    )
    parts = [tr("Paused"), shown] if paused else [shown]
    if arranged.out_of_scope:
        parts.append(_scope_words(arranged.out_of_scope, mine))
    if arranged.not_found:
        parts.append(tr_n("1 hidden by the search", "%n hidden by the search", arranged.not_found))
    return " · ".join(parts)


def _scope_words(count: int, mine: bool) -> str:
    if mine:
        return tr_n("1 hidden by “Mine”", "%n hidden by “Mine”", count)
    return tr_n("1 kernel thread hidden", "%n kernel threads hidden", count)


def empty_words(arranged: Arrangement, search: str, mine: bool) -> str:
    """Say why the list is empty; ``mine`` hides other users' processes."""
    if not arranged.total:
        return tr("Looking at the processes…")
    if arranged.hidden_hits:
        return _hidden_words(arranged.hidden_hits, mine)
    if search:
        return tr("Nothing matches “{text}”. Press Esc to clear the search.").format(text=search)
    return tr("None of the processes is yours. Choose “All” to see them.")


def _hidden_words(hits: int, mine: bool) -> str:
    if mine:
        return tr_n(
            "1 match belongs to another user. “Show all” shows it.",
            "%n matches belong to other users. “Show all” shows them.",
            hits,
        )
    return tr_n(
        "1 match is a kernel thread. “Show all” shows it.",
        "%n matches are kernel threads. “Show all” shows them.",
        hits,
    )
