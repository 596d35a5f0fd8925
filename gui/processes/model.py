"""The list as Qt sees it: flat or a tree, changed by difference, never reset."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Set
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from dumpengine import ProcessKey
from gui import theme
from gui.processes.arrange import Arrangement, Tree
from gui.processes.columns import Column, ColumnId
from gui.processes.entry import Entry, Ident, Mark, ident
from gui.processes.icons import process_icon

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_FEW = 8
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Role(IntEnum):
    """Our own roles."""

    KEY = Qt.ItemDataRole.UserRole + 1
    ENTRY = Qt.ItemDataRole.UserRole + 2


class _Node:
    """A row. ``position`` is its place among its parent's children."""

    __slots__ = ("before", "children", "entry", "id", "key", "parent", "position")

    def __init__(self, key: Ident | None, entry: Entry | None, number: int) -> None:
        self.key = key
        self.entry = entry
        self.id = number
        self.parent: _Node | None = None
        self.children: list[_Node] = []
        self.position = 0
        self.before: list[str] = []  # the texts last painted, while they are compared


def _renumber(parent: _Node) -> None:
    for position, child in enumerate(parent.children):
        child.position = position
        child.parent = parent


class ProcessModel(QAbstractItemModel):
    """Shows an arrangement of entries.

    :meth:`show` turns what is shown into what is wanted with the fewest signals: inserts, at most
    one layout change, removals, merged data changes. Indexes carry a number rather than a pointer,
    so an index kept too long finds nothing instead of something else.
    """

    def __init__(self, columns: tuple[Column, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self._width = len(columns)
        self._root = _Node(None, None, 0)
        self._by_id = {0: self._root}  # an invalid index carries 0
        self._by_key: dict[Ident, _Node] = {}
        self._next = 1
        self._texts: dict[int, list[str]] = {}
        self._bold = QFont()
        self._italic = QFont()
        self._bold.setBold(True)
        self._italic.setItalic(True)

    # -- what is shown ---------------------------------------------------------------------------

    def show(self, entries: Mapping[Ident, Entry], arrangement: Arrangement) -> None:
        """Make the rows be those of ``arrangement``, with the facts of ``entries``."""
        wanted = arrangement.children
        new_keys = {key for keys in wanted.values() for key in keys}
        gone = self._by_key.keys() - new_keys
        changed = self._take_over(entries, new_keys)
        if self._scattered(wanted, gone) or not self._survivors_in_place(wanted, gone):
            self._insert_all(entries, [key for key in new_keys if key not in self._by_key])
            self._rearrange(wanted, gone)
        self._remove(gone)
        self._insert(wanted, entries)
        self._announce(changed)

    def _take_over(self, entries: Mapping[Ident, Entry], keys: Iterable[Ident]) -> list[_Node]:
        """Give the nodes their new entries; return those whose painted text is another one."""
        changed = []
        for key in keys:
            node, entry = self._by_key.get(key), entries[key]
            if node is None or node.entry is entry:
                continue
            node.entry = entry
            before = self._texts.pop(node.id, None)
            if before is not None:
                node.before = before
                changed.append(node)
        return changed

    def _scattered(self, wanted: Tree, gone: Set[Ident]) -> bool:
        """Whether rows come and go in so many places that one layout change costs less."""
        coming = sum(len(keys) for keys in wanted.values()) - (len(self._by_key) - len(gone))
        return bool(self._by_key) and len(gone) + coming > _FEW

    def _branches(self) -> list[_Node]:
        return [self._root, *(node for node in self._by_key.values() if node.children)]

    def _survivors_in_place(self, wanted: Tree, gone: Set[Ident]) -> bool:
        for node in self._branches():
            survivors = [child.key for child in node.children if child.key not in gone]
            kept = [key for key in wanted.get(node.key, ()) if key in self._by_key]
            if survivors != (kept if node.key not in gone else []):
                return False
        return not any(
            key is not None and key in self._by_key and not self._by_key[key].children
            for key, children in wanted.items()
            if any(child in self._by_key for child in children)
        )

    def _rearrange(self, wanted: Tree, gone: Set[Ident]) -> None:
        """Bring the rows under their parents and in order; what is gone goes last, at the top.

        Every insertion or removal makes Qt look at the ancestors of all branches that are open.
        With many of them it is far cheaper to put all that comes or goes into one place.
        """
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        for node in self._branches():
            node.children = []
        for key, keys in wanted.items():
            self._parent_node(key).children = [self._by_key[child] for child in keys]
        self._root.children = self._root.children + [self._by_key[key] for key in gone]
        for node in self._branches():
            _renumber(node)
        self.changePersistentIndexList(before, [self._moved(index) for index in before])
        self.layoutChanged.emit()

    def _parent_node(self, key: Ident | None) -> _Node:
        return self._root if key is None else self._by_key[key]

    def _moved(self, index: QModelIndex) -> QModelIndex:
        node = self._by_id.get(index.internalId())
        return self._index(node, index.column()) if node else QModelIndex()

    def _insert_all(self, entries: Mapping[Ident, Entry], keys: list[Ident]) -> None:
        """Insert what is new behind the last row at the top, to be rearranged."""
        if keys:
            run = [(key, entries[key]) for key in keys]
            self._insert_run(self._root, len(self._root.children), run)

    def _insert(self, wanted: Tree, entries: Mapping[Ident, Entry]) -> None:
        """Insert what is new at its place, parents before their children."""
        pending: list[Ident | None] = [None]
        while pending:
            parent_key = pending.pop()
            keys = wanted.get(parent_key, [])
            parent = self._parent_node(parent_key)
            for first, run in _runs(keys, self._by_key):
                self._insert_run(parent, first, [(key, entries[key]) for key in run])
            pending.extend(key for key in keys if key in wanted)

    def _insert_run(self, parent: _Node, first: int, run: list[tuple[Ident, Entry]]) -> None:
        self.beginInsertRows(self._index(parent), first, first + len(run) - 1)
        parent.children[first:first] = [self._make(key, entry) for key, entry in run]
        _renumber(parent)
        self.endInsertRows()

    def _make(self, key: Ident, entry: Entry) -> _Node:
        node = _Node(key, entry, self._next)
        self._next += 1
        self._by_id[node.id] = node
        self._by_key[key] = node
        return node

    def _remove(self, gone: Set[Ident]) -> None:
        if not gone:
            return
        for parent in [node for node in self._branches() if node.key not in gone]:
            for first, last in reversed(_gone_runs(parent.children, gone)):
                self.beginRemoveRows(self._index(parent), first, last)
                for node in parent.children[first : last + 1]:
                    self._forget(node)
                del parent.children[first : last + 1]
                _renumber(parent)
                self.endRemoveRows()

    def _forget(self, node: _Node) -> None:
        for child in node.children:
            self._forget(child)
        if node.key is not None:
            del self._by_key[node.key]
        del self._by_id[node.id]
        self._texts.pop(node.id, None)

    def _announce(self, changed: Iterable[_Node]) -> None:
        """Tell the view: one signal per parent, over the rows and columns that changed."""
        by_parent: dict[_Node, list[tuple[int, _Node]]] = {}
        touched: set[int] = set()
        for node in changed:
            columns = self._changed_columns(node) if node.id in self._by_id else []
            if columns and node.parent is not None:
                by_parent.setdefault(node.parent, []).append((node.position, node))
                touched.update(columns)
        for nodes in by_parent.values():
            first, last = min(nodes)[1], max(nodes)[1]
            self.dataChanged.emit(self._index(first, min(touched)), self._index(last, max(touched)))

    def _changed_columns(self, node: _Node) -> list[int]:
        before, node.before = node.before, []
        after = self._display(node)
        return [column for column, text in enumerate(after) if before[column] != text]

    def repaint(self) -> None:
        """The palette has changed: icons and colours are others now."""
        for node in self._branches():
            if node.children:
                first, last = node.children[0], node.children[-1]
                self.dataChanged.emit(self._index(first), self._index(last, len(self.columns) - 1))

    # -- finding ---------------------------------------------------------------------------------

    def index_of(self, key: ProcessKey, column: int = 0) -> QModelIndex:
        """Return where a process is shown, invalid when it is not."""
        node = self._by_key.get(ident(key))
        return self._index(node, column) if node else QModelIndex()

    def key_at(self, index: Index) -> ProcessKey | None:
        """Return the process of a row."""
        entry = self.entry_at(index)
        return entry.key if entry else None

    def entry_at(self, index: Index) -> Entry | None:
        """Return the entry of a row."""
        node = self._node(index)
        return node.entry if node else None

    def shows(self, key: ProcessKey) -> bool:
        """Return whether a process is shown."""
        return ident(key) in self._by_key

    def keys(self) -> list[ProcessKey]:
        """Return what is shown, in no order."""
        return [ProcessKey(*key) for key in self._by_key]

    def branches(self) -> list[QModelIndex]:
        """Return the rows that have children."""
        return [self._index(node) for node in self._branches() if node is not self._root]

    def column_number(self, column: ColumnId) -> int:
        """Return a column's number."""
        return [each.id for each in self.columns].index(column)

    def _node(self, index: Index) -> _Node | None:
        return self._by_id.get(index.internalId())

    def _index(self, node: _Node, column: int = 0) -> QModelIndex:
        if node is self._root:
            return QModelIndex()
        return self.createIndex(node.position, column, node.id)

    # -- Qt overrides ----------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        node = self._by_id.get(parent.internalId())
        if node is None or not 0 <= row < len(node.children) or column >= self._width:
            return _ROOT
        return self.createIndex(row, column, node.children[row].id)

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        node = self._by_id.get(index.internalId())
        above = node.parent if node else None
        if above is None or above is self._root:
            return _ROOT
        return self.createIndex(above.position, 0, above.id)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if parent.column() > 0:
            return 0
        node = self._node(parent)
        return len(node.children) if node else 0

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        node = self._by_id.get(parent.internalId())
        return bool(node and node.children)

    def columnCount(self, parent: Index = _ROOT) -> int:
        del parent
        return self._width

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self._by_id.get(index.internalId())
        if node is None or node.entry is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._display(node)[index.column()]
        answer = _ANSWERS.get(role)
        return answer(self, node.entry, index.column()) if answer else None

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

    def _display(self, node: _Node) -> list[str]:
        return self._texts.get(node.id) or self._make_texts(node)

    def _make_texts(self, node: _Node) -> list[str]:
        entry = node.entry
        texts = [column.text(entry) for column in self.columns] if entry else []
        self._texts[node.id] = texts
        return texts

    def _alignment(self, _entry: Entry, column: int) -> int:
        return _RIGHT if self.columns[column].numeric else _LEFT

    def _tip(self, entry: Entry, column: int) -> str:
        tip = self.columns[column].tip
        return tip(entry) if tip else ""

    def _decoration(self, entry: Entry, column: int) -> Any:
        return process_icon(entry.row) if column == 0 else None

    def _font(self, entry: Entry, _column: int) -> QFont | None:
        if entry.mark is Mark.NONE:
            return None
        return self._bold if entry.mark is Mark.NEW else self._italic

    def _foreground(self, entry: Entry, _column: int) -> Any:
        return None if entry.dumpable else theme.faint_colour()

    def _key_data(self, entry: Entry, _column: int) -> ProcessKey:
        return entry.key

    def _entry_data(self, entry: Entry, _column: int) -> Entry:
        return entry

    def _spoken(self, entry: Entry, column: int) -> str:
        text = self.columns[column].text(entry)
        return f"{self.columns[column].title}: {text}" if column else text


_ANSWERS: dict[int, Callable[[ProcessModel, Entry, int], Any]] = {
    Qt.ItemDataRole.TextAlignmentRole: ProcessModel._alignment,
    Qt.ItemDataRole.ToolTipRole: ProcessModel._tip,
    Qt.ItemDataRole.DecorationRole: ProcessModel._decoration,
    Qt.ItemDataRole.FontRole: ProcessModel._font,
    Qt.ItemDataRole.ForegroundRole: ProcessModel._foreground,
    Qt.ItemDataRole.AccessibleTextRole: ProcessModel._spoken,
    Role.KEY: ProcessModel._key_data,
    Role.ENTRY: ProcessModel._entry_data,
}


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


def _gone_runs(children: list[_Node], lost: Container[Ident | None]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, node in enumerate(children):
        if node.key not in lost:
            continue
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
