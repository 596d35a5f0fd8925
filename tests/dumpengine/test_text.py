"""Sizes as a person says them, and printable text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dumpengine.text import part_text, printable, size_text


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


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KB"),
        (1536, "1.5 KB"),
        (99_900, "99.9 KB"),
        (99_960, "100 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (5 << 20, "5.2 MB"),
        (2_100_000_000, "2.1 GB"),
        (7 * 10**12, "7.0 TB"),
        (5 * 10**15, "5.0 PB"),
        (5 * 10**21, "5000 EB"),
    ],
)
def test_size(size, text):
    assert size_text(size) == text


@given(st.integers(min_value=0, max_value=1 << 64))
def test_a_size_is_short(size):
    assert len(size_text(size)) <= len("999 bytes")


@given(st.integers(min_value=1, max_value=1 << 63), st.floats(0, 1))
def test_a_part_never_looks_larger_than_its_whole(total, share):
    done, whole = part_text(total * share, total)
    assert float(done) <= float(whole.split()[0])
    assert whole == size_text(total)
