"""The list as Qt sees it: rows of a flat list or of a tree, changed by difference, never reset.

A tree is a list, too: each row says how deep it stands and whether its children follow. A view of
a real tree asks for the place and the children of every row whenever one comes or goes: with 5,000
processes that is some 10,000 calls from C++ into Python for each look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from dumpengine import ProcessKey
from gui import theme
from gui.i18n import tr
from gui.plain import tip
from gui.processes.arrange import Arrangement, Branch
from gui.processes.columns import Column, ColumnId
from gui.processes.entry import Entry, Ident, Mark, ident
from gui.processes.icons import process_icon

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Role(IntEnum):
    """Our own roles."""

    KEY = Qt.ItemDataRole.UserRole + 1
    BRANCH = Qt.ItemDataRole.UserRole + 2


class _Row:
    """A row. ``texts`` are those that were painted, until the entry is another one."""

    __slots__ = ("branch", "entry", "key", "position", "texts")

    def __init__(self, key: Ident, entry: Entry, branch: Branch | None) -> None:
        self.key = key
        self.entry = entry
        self.branch = branch
        self.position = 0
        self.texts: list[str] | None = None


class ProcessModel(QAbstractTableModel):
    """Shows an arrangement of entries.

    :meth:`show` turns what is shown into what is wanted with the fewest signals: removals, at most
    one layout change, inserts, one data change over all that is painted otherwise now.
    """

    def __init__(self, columns: tuple[Column, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self._rows: list[_Row] = []
        self._by_key: dict[Ident, _Row] = {}
        self._bold = QFont()
        self._italic = QFont()
        self._bold.setBold(True)
        self._italic.setItalic(True)

    # -- what is shown ---------------------------------------------------------------------------

    def show(self, entries: Mapping[Ident, Entry], arrangement: Arrangement) -> None:
        """Make the rows be those of ``arrangement``, with the facts of ``entries``."""
        wanted, branches = arrangement.rows, arrangement.branches
        self._remove(self._by_key.keys() - set(wanted))
        changed = self._take_over(entries, branches)
        self._rearrange([self._by_key[key] for key in wanted if key in self._by_key])
        for first, run in _runs(wanted, self._by_key):
            self._insert(first, [_Row(key, entries[key], branches.get(key)) for key in run])
        self._number()
        self._announce(changed)

    def _take_over(
        self, entries: Mapping[Ident, Entry], branches: Mapping[Ident, Branch]
    ) -> list[tuple[_Row, set[int]]]:
        """Give the rows their new facts; return those that are painted otherwise, and where."""
        changed = []
        for row in self._rows:
            entry, branch = entries[row.key], branches.get(row.key)
            if row.entry is entry and row.branch is branch:
                continue
            columns = self._give(row, entry)
            if row.branch != branch:
                row.branch = branch
                columns.add(0)
            if columns:
                changed.append((row, columns))
        return changed

    def _give(self, row: _Row, entry: Entry) -> set[int]:
        """Give a row another entry; return the columns that were painted and are others now."""
        known, before = row.entry, row.texts
        if known is entry or before is None:
            row.entry = entry
            return set()
        row.entry, row.texts = entry, None
        if known.mark is not entry.mark or known.dumpable != entry.dumpable:
            return set(range(len(self.columns)))
        after = self._texts(row)
        return {column for column, text in enumerate(after) if before[column] != text}

    def _remove(self, gone: Container[Ident]) -> None:
        for first, last in reversed(_gone_runs(self._rows, gone)):
            self.beginRemoveRows(_ROOT, first, last)
            for row in self._rows[first : last + 1]:
                del self._by_key[row.key]
            del self._rows[first : last + 1]
            self.endRemoveRows()

    def _rearrange(self, rows: list[_Row]) -> None:
        """Bring the rows there are into this order."""
        if rows == self._rows:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self._rows[index.row()] for index in before]
        self._rows = rows
        self._number()
        after = [
            self.createIndex(row.position, index.column())
            for row, index in zip(held, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _insert(self, first: int, run: list[_Row]) -> None:
        self.beginInsertRows(_ROOT, first, first + len(run) - 1)
        self._rows[first:first] = run
        self._by_key.update((row.key, row) for row in run)
        self.endInsertRows()

    def _number(self) -> None:
        for position, row in enumerate(self._rows):
            row.position = position

    def _announce(self, changed: Iterable[tuple[_Row, set[int]]]) -> None:
        """Tell the view with one signal, over the rows and columns that changed."""
        places = [row.position for row, _ in changed]
        touched = set().union(*(columns for _, columns in changed))
        if places:
            first = self.createIndex(min(places), min(touched))
            self.dataChanged.emit(first, self.createIndex(max(places), max(touched)))

    def repaint(self) -> None:
        """The palette has changed: icons and colours are others now."""
        if self._rows:
            last = self.createIndex(len(self._rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.createIndex(0, 0), last)

    # -- finding ---------------------------------------------------------------------------------

    def index_of(self, key: ProcessKey, column: int = 0) -> QModelIndex:
        """Return where a process is shown, invalid when it is not."""
        row = self._by_key.get(ident(key))
        return self.createIndex(row.position, column) if row else QModelIndex()

    def key_at(self, index: Index) -> ProcessKey | None:
        """Return the process of a row."""
        row = self._row(index)
        return row.entry.key if row else None

    def branch_at(self, index: Index) -> Branch | None:
        """Return where a row stands in the tree; None in a flat list."""
        row = self._row(index)
        return row.branch if row else None

    def parent_of(self, index: Index) -> QModelIndex:
        """Return the row a row stands below, invalid for one at the top."""
        branch = self.branch_at(index)
        for row in reversed(self._rows[: index.row()] if branch else ()):
            if row.branch and branch and row.branch.depth < branch.depth:
                return self.createIndex(row.position, 0)
        return QModelIndex()

    def shows(self, key: ProcessKey) -> bool:
        """Return whether a process is shown."""
        return ident(key) in self._by_key

    def order(self) -> list[Ident]:
        """Return what is shown, from top to bottom."""
        return [row.key for row in self._rows]

    def column_number(self, column: ColumnId) -> int:
        """Return a column's number."""
        return [each.id for each in self.columns].index(column)

    def _row(self, index: Index) -> _Row | None:
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    # -- Qt overrides ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._row(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(row)[index.column()]
        answer = _ANSWERS.get(role)
        return answer(self, row, index.column()) if answer else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tooltip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        return None

    def _texts(self, row: _Row) -> list[str]:
        if row.texts is None:
            row.texts = [column.text(row.entry) for column in self.columns]
        return row.texts

    def _alignment(self, _row: _Row, column: int) -> int:
        return _RIGHT if self.columns[column].numeric else _LEFT

    def _tip(self, row: _Row, column: int) -> str:
        words = self.columns[column].tip
        return tip(words(row.entry)) if words else ""

    def _decoration(self, row: _Row, column: int) -> Any:
        return process_icon(row.entry.row) if column == 0 else None

    def _font(self, row: _Row, _column: int) -> QFont | None:
        if row.entry.mark is Mark.NONE:
            return None
        return self._bold if row.entry.mark is Mark.NEW else self._italic

    def _foreground(self, row: _Row, _column: int) -> Any:
        hit = row.branch is None or row.branch.hit
        return None if row.entry.dumpable and hit else theme.faint_colour()

    def _key_data(self, row: _Row, _column: int) -> ProcessKey:
        return row.entry.key

    def _branch_data(self, row: _Row, _column: int) -> Branch | None:
        return row.branch

    def _spoken(self, row: _Row, column: int) -> str:
        text = self._texts(row)[column]
        if column:
            return f"{self.columns[column].title}: {text}"
        return f"{text}, {_branch_words(row.branch)}" if row.branch else text


_ANSWERS: dict[int, Callable[[ProcessModel, _Row, int], Any]] = {
    Qt.ItemDataRole.TextAlignmentRole: ProcessModel._alignment,
    Qt.ItemDataRole.ToolTipRole: ProcessModel._tip,
    Qt.ItemDataRole.DecorationRole: ProcessModel._decoration,
    Qt.ItemDataRole.FontRole: ProcessModel._font,
    Qt.ItemDataRole.ForegroundRole: ProcessModel._foreground,
    Qt.ItemDataRole.AccessibleTextRole: ProcessModel._spoken,
    Role.KEY: ProcessModel._key_data,
    Role.BRANCH: ProcessModel._branch_data,
}


def _branch_words(branch: Branch) -> str:
    level = tr("level {n}").format(n=branch.depth + 1)
    if branch.opened is None:
        return level
    return f"{level}, {tr('expanded') if branch.opened else tr('collapsed')}"


def _runs(keys: list[Ident], known: Mapping[Ident, object]) -> list[tuple[int, list[Ident]]]:
    """Return the unknown keys in runs of neighbours, each with the place of its first."""
    runs: list[tuple[int, list[Ident]]] = []
    for place, key in enumerate(keys):
        if key in known:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == place:
            runs[-1][1].append(key)
        else:
            runs.append((place, [key]))
    return runs


def _gone_runs(rows: Sequence[_Row], gone: Container[Ident]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, row in enumerate(rows):
        if row.key not in gone:
            continue
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
