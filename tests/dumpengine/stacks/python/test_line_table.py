"""Lines of instructions, against what the interpreter that runs the tests says itself."""

from __future__ import annotations

import argparse
import random
import types
from collections.abc import Iterator

import pytest

from dumpengine.stacks.python.line_table import line_at


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def module_code() -> types.CodeType:
    with open(argparse.__file__, encoding="utf-8") as source:
        return compile(source.read(), "argparse.py", "exec")


def test_every_instruction_of_a_large_module_has_the_line_that_python_says():
    seen = 0
    for code in codes(module_code()):
        for start, end, line in code.co_lines():
            for offset in range(start, end, 2):
                found = line_at(code.co_linetable, code.co_firstlineno, offset)
                assert found == (line or None)  # 0: in front of the first line
                seen += 1
    assert seen > 5_000


@pytest.mark.parametrize("table", [b"", b"\0", b"\x78", b"\xf0" + b"\x7f" * 99, b"\xe8"])
def test_a_damaged_table_has_no_line_or_any(table):
    assert line_at(table, 1, 1000) is None


def test_random_tables_end():
    chance = random.Random(3)
    for _ in range(500):
        table = bytes(chance.choices(range(256), k=chance.randrange(300)))
        found = line_at(table, 1, chance.randrange(400))
        assert found is None or found > 0
