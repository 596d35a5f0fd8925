"""The list as Qt sees it: flat or a tree, changed by difference, never reset."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from dumpengine import ProcessKey
from gui import theme
from gui.processes.arrange import Arrangement, Tree
from gui.processes.columns import Column, ColumnId
from gui.processes.entry import Entry, Mark
from gui.processes.icons import process_icon

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Role(IntEnum):
    """Our own roles."""

    KEY = Qt.ItemDataRole.UserRole + 1
    ENTRY = Qt.ItemDataRole.UserRole + 2


class _Node:
    """A row. ``position`` is its place among its parent's children."""

    __slots__ = ("children", "entry", "id", "key", "parent", "position")

    def __init__(self, key: ProcessKey | None, entry: Entry | None, number: int) -> None:
        self.key = key
        self.entry = entry
        self.id = number
        self.parent: _Node | None = None
        self.children: list[_Node] = []
        self.position = 0


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
        self._root = _Node(None, None, 0)
        self._by_id: dict[int, _Node] = {}
        self._by_key: dict[ProcessKey, _Node] = {}
        self._next = 1
        self._texts: dict[int, list[str]] = {}
        self._bold = QFont()
        self._italic = QFont()
        self._bold.setBold(True)
        self._italic.setItalic(True)

    # -- what is shown ---------------------------------------------------------------------------

    def show(self, entries: Mapping[ProcessKey, Entry], arrangement: Arrangement) -> None:
        """Make the rows be those of ``arrangement``, with the facts of ``entries``."""
        wanted = arrangement.children
        new_keys = {key for keys in wanted.values() for key in keys}
        gone = self._by_key.keys() - new_keys
        changed = self._take_over(entries, new_keys)
        if not self._survivors_in_place(wanted, gone):
            self._rearrange(wanted, gone)
        self._remove(gone)
        self._insert(wanted, entries)
        self._announce(changed)

    def _take_over(
        self, entries: Mapping[ProcessKey, Entry], keys: Iterable[ProcessKey]
    ) -> dict[_Node, tuple[int, int]]:
        changed: dict[_Node, tuple[int, int]] = {}
        for key in keys:
            node = self._by_key.get(key)
            if node is None or node.entry is entries[key]:
                continue
            node.entry = entries[key]
            if columns := self._changed_columns(node):
                changed[node] = columns
        return changed

    def _changed_columns(self, node: _Node) -> tuple[int, int] | None:
        """Return the first and last column whose text is another one; all when marked anew."""
        before = self._texts.get(node.id)
        if before is None:
            return None  # never painted: nobody has to be told
        after = self._make_texts(node)
        columns = [
            i for i, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]
        ]
        return (columns[0], columns[-1]) if columns else None

    def _survivors_in_place(self, wanted: Tree, gone: Iterable[ProcessKey]) -> bool:
        lost = set(gone)
        for node in self._nodes():
            survivors = [child.key for child in node.children if child.key not in lost]
            kept = [key for key in wanted.get(node.key, ()) if key in self._by_key]
            if survivors != (kept if node.key not in lost else []):
                return False
        return True

    def _nodes(self) -> Iterator[_Node]:
        yield self._root
        yield from self._by_key.values()

    def _rearrange(self, wanted: Tree, gone: Iterable[ProcessKey]) -> None:
        """Bring the surviving rows under their parents and in order; what is gone goes last.

        A survivor whose new parent has not been inserted yet waits at the top.
        """
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        lost = set(gone)
        parent_of = {key: parent for parent, keys in wanted.items() for key in keys}
        leaving = {
            node: [child for child in node.children if child.key in lost] for node in self._nodes()
        }
        for node in self._nodes():
            kept = [self._by_key[key] for key in wanted.get(node.key, ()) if key in self._by_key]
            node.children = ([] if node.key in lost else kept) + leaving[node]
        waiting = [
            node
            for key, node in self._by_key.items()
            if key not in lost
            and (parent := parent_of[key]) is not None
            and parent not in self._by_key
        ]
        self._root.children.extend(waiting)
        for node in self._nodes():
            _renumber(node)
        self.changePersistentIndexList(before, [self._moved(index) for index in before])
        self.layoutChanged.emit()

    def _moved(self, index: QModelIndex) -> QModelIndex:
        node = self._by_id.get(index.internalId())
        return self._index(node, index.column()) if node else QModelIndex()

    def _insert(self, wanted: Tree, entries: Mapping[ProcessKey, Entry]) -> None:
        pending: list[ProcessKey | None] = [None]
        while pending:
            parent_key = pending.pop()
            keys = wanted.get(parent_key, [])
            if keys:
                parent = self._root if parent_key is None else self._by_key[parent_key]
                self._insert_children(parent, keys, entries)
                pending.extend(key for key in keys if key in wanted)

    def _insert_children(
        self, parent: _Node, keys: list[ProcessKey], entries: Mapping[ProcessKey, Entry]
    ) -> None:
        self._adopt(parent, keys)
        for first, run in _runs(keys, self._by_key):
            self.beginInsertRows(self._index(parent), first, first + len(run) - 1)
            parent.children[first:first] = [self._make(key, entries[key]) for key in run]
            _renumber(parent)
            self.endInsertRows()

    def _adopt(self, parent: _Node, keys: list[ProcessKey]) -> None:
        """Move the rows that waited at the top for this parent to be inserted."""
        waiting = [
            self._by_key[key]
            for key in keys
            if key in self._by_key and self._by_key[key].parent is not parent
        ]
        for node in waiting:
            old = node.parent or self._root
            place = len(parent.children)
            self.beginMoveRows(
                self._index(old), node.position, node.position, self._index(parent), place
            )
            old.children.pop(node.position)
            parent.children.append(node)
            _renumber(old)
            _renumber(parent)
            self.endMoveRows()

    def _make(self, key: ProcessKey, entry: Entry) -> _Node:
        node = _Node(key, entry, self._next)
        self._next += 1
        self._by_id[node.id] = node
        self._by_key[key] = node
        return node

    def _remove(self, gone: Iterable[ProcessKey]) -> None:
        lost = set(gone)
        for parent in [node for node in self._nodes() if node.key not in lost]:
            for first, last in reversed(_gone_runs(parent.children, lost)):
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

    def _announce(self, changed: Mapping[_Node, tuple[int, int]]) -> None:
        by_parent: dict[int, list[_Node]] = {}
        for node in changed:
            if node.parent is not None and node.id in self._by_id:
                by_parent.setdefault(node.parent.id, []).append(node)
        for nodes in by_parent.values():
            nodes.sort(key=lambda node: node.position)
            for run in _neighbours(nodes):
                first = min(changed[node][0] for node in run)
                last = max(changed[node][1] for node in run)
                self.dataChanged.emit(self._index(run[0], first), self._index(run[-1], last))

    def repaint(self) -> None:
        """The palette has changed: icons and colours are others now."""
        for node in self._nodes():
            if node.children:
                first, last = node.children[0], node.children[-1]
                self.dataChanged.emit(self._index(first), self._index(last, len(self.columns) - 1))

    # -- finding ---------------------------------------------------------------------------------

    def index_of(self, key: ProcessKey, column: int = 0) -> QModelIndex:
        """Return where a process is shown, invalid when it is not."""
        node = self._by_key.get(key)
        return self._index(node, column) if node else QModelIndex()

    def key_at(self, index: Index) -> ProcessKey | None:
        """Return the process of a row."""
        node = self._node(index)
        return node.key if node else None

    def entry_at(self, index: Index) -> Entry | None:
        """Return the entry of a row."""
        node = self._node(index)
        return node.entry if node else None

    def keys(self) -> frozenset[ProcessKey]:
        """Return what is shown."""
        return frozenset(self._by_key)

    def shows(self, key: ProcessKey) -> bool:
        """Return whether a process is shown."""
        return key in self._by_key

    def branches(self) -> list[ProcessKey]:
        """Return the rows that have children."""
        return [key for key, node in self._by_key.items() if node.children]

    def column_number(self, column: ColumnId) -> int:
        """Return a column's number."""
        return [each.id for each in self.columns].index(column)

    def _node(self, index: Index) -> _Node | None:
        return self._by_id.get(index.internalId()) if index.isValid() else self._root

    def _index(self, node: _Node, column: int = 0) -> QModelIndex:
        if node is self._root:
            return QModelIndex()
        return self.createIndex(node.position, column, node.id)

    # -- Qt overrides ----------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        node = self._node(parent)
        if node is None or not 0 <= row < len(node.children) or column >= len(self.columns):
            return QModelIndex()
        return self.createIndex(row, column, node.children[row].id)

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        node = self._by_id.get(index.internalId()) if index.isValid() else None
        if node is None or node.parent is None:
            return QModelIndex()
        return self._index(node.parent)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if parent.column() > 0:
            return 0
        node = self._node(parent)
        return len(node.children) if node else 0

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        return self.rowCount(parent) > 0

    def columnCount(self, parent: Index = _ROOT) -> int:
        del parent
        return len(self.columns)

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


def _runs(
    keys: list[ProcessKey], known: Mapping[ProcessKey, object]
) -> list[tuple[int, list[ProcessKey]]]:
    """Return the unknown keys in runs of neighbours, each with the place of its first."""
    runs: list[tuple[int, list[ProcessKey]]] = []
    for place, key in enumerate(keys):
        if key in known:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == place:
            runs[-1][1].append(key)
        else:
            runs.append((place, [key]))
    return runs


def _gone_runs(children: list[_Node], lost: Container[ProcessKey | None]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, node in enumerate(children):
        if node.key not in lost:
            continue
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _neighbours(nodes: list[_Node]) -> list[list[_Node]]:
    runs: list[list[_Node]] = []
    for node in nodes:
        if runs and runs[-1][-1].position == node.position - 1:
            runs[-1].append(node)
        else:
            runs.append([node])
    return runs
