"""The plan of the house: what a newcomer may count on when looking for a place.

An import under ``TYPE_CHECKING`` counts for nothing here: it is gone when the program runs, and a
name in an annotation binds no room to another. An import inside a function counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import groupby
from pathlib import Path
from statistics import median

import pytest

grimp = pytest.importorskip("grimp")  # not on Windows, where the house is the same

REPOSITORY = Path(__file__).parents[1]
ROOTS = ("dumpengine", "gui", "packaging")
FILES = sorted(path for root in ROOTS for path in (REPOSITORY / root).rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

MOST_LINES = 400
MOST_LOOSE = 8
MOST_MEDIAN = 7  # lines of a function
MOST_OF_ONE_TYPE = 3  # neighbouring fields that may be given by position

# Where it is asked which system this is: for the engine and the window, for the tools, and in what
# PyInstaller runs on its own.
ASKS_THE_SYSTEM = {
    "dumpengine/system.py",
    "packaging/devtools/system.py",
    "packaging/pyinstaller/restore_environment.py",
    "packaging/pyinstaller/trim.py",
}

# Rows of tables, as long as what they list. The lists below only get shorter.
LONG_FUNCTIONS = {"__init__": 45, "make_actions": 60, "_usual_columns": 90, "_more_columns": 90}
BY_POSITION = {
    "MINIDUMP_CALLBACK_INPUT",  # the API's own structures
    "MINIDUMP_CALLBACK_OUTPUT",
    "MINIDUMP_MEMORY_INFO",
    "MINIDUMP_MODULE_CALLBACK",
    "DumpFlag",  # a row of our table
    "FunctionTable",  # made of a row of a file, in its order
    "ProgramHeader",
    "Section",
    "Segment",
    "ThreadRow",
    "_Columns",
    "_SignalFrame",
    "Forker",
    "Hold",
}


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def functions() -> Iterator[tuple[str, int]]:
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, (node.end_lineno or 0) - node.lineno + 1


def circle(edges: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_is_no_circle() -> None:
    graph = grimp.build_graph(
        "dumpengine", "gui", exclude_type_checking_imports=True, cache_dir=None
    )
    edges = {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}
    assert sum(map(len, edges.values())) > 1000
    assert circle(edges) == []


def test_the_tools_have_no_circle_either() -> None:
    folder = REPOSITORY / "packaging"
    modules = {
        ".".join(path.relative_to(folder).with_suffix("").parts): tree
        for path, tree in TREES.items()
        if path.is_relative_to(folder)
    }
    edges = {name: set(_imported(tree)) & set(modules) for name, tree in modules.items()}
    assert edges["dev"] >= {"devtools.environment", "windows_tests"}
    assert circle(edges) == []


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_functions_are_short() -> None:
    sizes = list(functions())
    assert median(lines for _name, lines in sizes) <= MOST_MEDIAN
    long = {(name, lines) for name, lines in sizes if lines > LONG_FUNCTIONS.get(name, 40)}
    assert long == set()


def test_few_modules_lie_beside_the_rooms() -> None:
    loose = {path.name for path in (REPOSITORY / "dumpengine").glob("*.py")}
    assert len(loose - {"__init__.py", "__main__.py"}) <= MOST_LOOSE


def test_the_system_is_asked_for_in_one_place() -> None:
    asks = re.compile(r"\b(sys\.platform|os\.name|platform\.system)\b")
    found = {name_of(path) for path in FILES if asks.search(path.read_text(encoding="utf-8"))}
    assert found == ASKS_THE_SYSTEM


def dataclasses() -> Iterator[ast.ClassDef]:
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                made = [ast.unparse(each) for each in node.decorator_list]
                if any("dataclass" in text and "kw_only" not in text for text in made):
                    yield node


def test_neighbours_of_one_type_are_given_by_name() -> None:
    """Else whoever swaps two of them is told by nobody."""
    found = set()
    for node in dataclasses():
        fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        runs = groupby(ast.unparse(field.annotation) for field in fields)
        if max((len(list(run)) for _type, run in runs), default=0) > MOST_OF_ONE_TYPE:
            found.add(node.name)
    assert found - BY_POSITION == set()
