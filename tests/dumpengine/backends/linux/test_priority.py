"""The tracer's priority during a stop."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.children import needs_root

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux priorities")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.priority import first_in_line


def nice() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


@needs_root
def test_raised_for_the_moment_only():
    before = nice()
    with first_in_line():
        assert nice() == -20
    assert nice() == before


def test_where_it_may_not_be_raised_nothing_fails(monkeypatch):
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    monkeypatch.setattr("dumpengine.backends.linux.priority._AUTOGROUP", "/nowhere/autogroup")
    before = nice()
    with first_in_line():
        assert nice() == before
