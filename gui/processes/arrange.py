"""Which rows are shown, under which parent, in which order. Pure functions, no Qt.

Sorting and filtering are done here in one pass over plain values. A QSortFilterProxyModel would
ask the model for a sort key at every comparison: with 5,000 rows that is some 120,000 calls from
C++ into Python for each look at the processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from gui.processes.columns import SortKey
from gui.processes.entry import Entry, Ident
from gui.processes.search import Query, parse

Tree = dict[Ident | None, list[Ident]]
_NONE: frozenset[Ident] = frozenset()


@dataclass(frozen=True, slots=True)
class Order:
    """By what the siblings are sorted."""

    sort: Callable[[Entry], SortKey]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What the user wants to see."""

    query: Query = field(default_factory=lambda: parse(""))
    only_mine: bool = False
    kernel_threads: bool = True

    def in_scope(self, entry: Entry) -> bool:
        """Whether the row belongs to what is looked at, before the search."""
        if self.only_mine and not entry.row.mine:
            return False
        return self.kernel_threads or not entry.row.kernel


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a row stands in the tree: below how many, and whether its own children are shown.

    ``opened`` is None for a row without children. Not a ``hit``: it is there for the sake of what
    was searched for, above or below it.
    """

    depth: int
    opened: bool | None = None
    hit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """The rows from top to bottom, and how many are not among them and why.

    ``branches`` is empty for a flat list. ``shown`` counts the rows in closed branches, too;
    ``hidden_hits`` what the search finds among those out of scope.
    """

    rows: list[Ident]
    branches: Mapping[Ident, Branch]
    shown: int
    total: int
    out_of_scope: int
    not_found: int
    hidden_hits: int = 0

    @property
    def first_hit(self) -> Ident | None:
        """The first row that was searched for."""
        return next((key for key in self.rows if self.branches.get(key, _FLAT).hit), None)


def arrange(
    entries: Mapping[Ident, Entry],
    wanted: Filter,
    order: Order,
    nested: bool,
    closed: frozenset[Ident] = _NONE,
) -> Arrangement:
    """Arrange the rows; nested keeps the ancestors and the children of what is found.

    The children of ``closed`` rows are left out, but not during a search: what it finds is seen.
    """
    scope = {key for key, entry in entries.items() if wanted.in_scope(entry)}
    found = {key for key in scope if wanted.query.matches(entries[key])}
    parents = find_parents(entries) if nested else {}
    visible = _with_relatives(found, scope, parents) if nested else found
    tree = _tree(visible, entries, order, parents)
    searching = bool(wanted.query.text)
    branches = _branches(tree, _NONE if searching else closed, found) if nested else {}
    return Arrangement(
        rows=list(branches) if nested else tree.get(None, []),
        branches=branches,
        shown=len(visible),
        total=len(entries),
        out_of_scope=len(entries.keys() - scope - visible),
        not_found=len(scope - visible),
        hidden_hits=_count_hits(entries, entries.keys() - scope, wanted.query) if searching else 0,
    )


def find_parents(entries: Mapping[Ident, Entry]) -> dict[Ident, Ident]:
    """Return each process's parent.

    A parent started before its child: a process id that was reused is nobody's parent, and there
    are no cycles.
    """
    by_pid: dict[int, list[Ident]] = {}
    for key in entries:
        by_pid.setdefault(key[0], []).append(key)
    parents = {}
    for key, entry in entries.items():
        parent = _parent_of(key, by_pid.get(entry.row.ppid, ()))
        if parent is not None:
            parents[key] = parent
    return parents


def _parent_of(child: Ident, candidates: Iterable[Ident]) -> Ident | None:
    pid, started = child
    older = [each for each in candidates if (each[1], each[0]) < (started, pid)]
    return max(older, key=lambda each: each[1]) if older else None


def descendants(entries: Mapping[Ident, Entry], key: Ident) -> tuple[Ident, ...]:
    """Return ``key`` and all that descend from it, the deepest first."""
    children: dict[Ident, list[Ident]] = {}
    for child, parent in find_parents(entries).items():
        children.setdefault(parent, []).append(child)
    found = [key]
    for each in found:
        found.extend(sorted(children.get(each, ())))
    return tuple(reversed(found))


def _with_relatives(
    found: set[Ident], scope: set[Ident], parents: Mapping[Ident, Ident]
) -> set[Ident]:
    below = {
        key
        for key in scope - found
        if any(ancestor in found for ancestor in _ancestors(key, parents))
    }
    visible = found | below
    for key in found | below:
        visible.update(_ancestors(key, parents))
    return visible


def _ancestors(key: Ident, parents: Mapping[Ident, Ident]) -> Iterable[Ident]:
    while (parent := parents.get(key)) is not None:
        yield parent
        key = parent


def _tree(
    visible: set[Ident],
    entries: Mapping[Ident, Entry],
    order: Order,
    parents: Mapping[Ident, Ident],
) -> Tree:
    children: Tree = {}
    for key in visible:
        children.setdefault(parents.get(key), []).append(key)
    for parent, keys in children.items():
        children[parent] = _sorted(keys, entries, order)
    return children


def _count_hits(entries: Mapping[Ident, Entry], keys: Iterable[Ident], query: Query) -> int:
    return sum(query.matches(entries[key]) for key in keys)


def _branches(tree: Tree, closed: frozenset[Ident], found: set[Ident]) -> dict[Ident, Branch]:
    """Return the rows that are seen, from top to bottom."""
    seen: dict[Ident, Branch] = {}
    pending = [(key, 0) for key in reversed(tree.get(None, []))]
    while pending:
        key, depth = pending.pop()
        children = tree.get(key)
        opened = key not in closed if children else None
        seen[key] = _branch(depth, opened, key in found)
        if children and opened:
            pending.extend((child, depth + 1) for child in reversed(children))
    return seen


@cache  # one object for each, so that the list sees at a glance that nothing has changed
def _branch(depth: int, opened: bool | None, hit: bool) -> Branch:
    return Branch(depth, opened, hit)


_FLAT = Branch(0)


def row_after(before: Sequence[Ident], after: Sequence[Ident], row: int) -> int:
    """Return where to scroll so that as much is above as before, less what went, plus what came."""
    if not row:
        return 0
    known, there = set(before), set(after)
    left = sum(key in there for key in before[:row])
    for place, key in enumerate(after):
        if not left and key in known:
            return place
        left -= key in known
    return len(after)


def _sorted(keys: list[Ident], entries: Mapping[Ident, Entry], order: Order) -> list[Ident]:
    keys.sort()
    known: list[tuple[SortKey, Ident]] = []
    unknown: list[tuple[SortKey, Ident]] = []
    for key in keys:
        value = order.sort(entries[key])
        (unknown if value is None else known).append((value, key))
    known.sort(key=lambda pair: pair[0], reverse=order.descending)  # type: ignore[arg-type,return-value]
    return [key for _, key in known] + [key for _, key in unknown]
