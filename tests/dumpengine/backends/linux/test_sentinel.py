"""The tracer that stays: when it becomes a burden. What it catches: tests/dumpengine/watch."""

from __future__ import annotations

import sys

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("Linux's tracer", allow_module_level=True)

from dumpengine.backends.linux.sentinel import MOST_SIGNALS, Rate


def seconds_until_too_high(rates: list[int]) -> int | None:
    """After how many seconds with so many signals each it is too much."""
    now = 0.0
    rate = Rate(lambda: now)
    for second, signals in enumerate(rates, 1):
        for _ in range(signals):
            rate.count()
        now = second
        if rate.too_high():
            return second
    return None


def test_a_burst_is_no_burden():
    assert seconds_until_too_high([MOST_SIGNALS * 2, 10, MOST_SIGNALS * 2, 10]) is None
    assert seconds_until_too_high([MOST_SIGNALS] * 20) is None


def test_what_lasts_is():
    assert seconds_until_too_high([10] + [MOST_SIGNALS + 1] * 9) == 4
