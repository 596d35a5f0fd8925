"""Printable text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dumpengine.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("Ärger 猫", "Ärger 猫"),
        ("two\nlines", "two\\x0alines"),
        (b"latin \xe4".decode(errors="surrogateescape"), "latin \\xe4"),
        ("rtl\u202eexe", "rtl\\u202eexe"),
        ("\U000e0001", "\\U000e0001"),
        ("\ud800", "\\ud800"),
        ("esc\x1b[31m", "esc\\x1b[31m"),
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_printable_is_one_encodable_line(text):
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
