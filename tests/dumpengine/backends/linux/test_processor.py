"""A machine whose processes cannot be dumped says so before anybody tries."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from dumpengine.capture.write_dump import write_dump
from dumpengine.errors import DumpError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.access import why_not
    from dumpengine.backends.linux.processor import unsupported_processor


@pytest.fixture
def other_processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="aarch64"))
    unsupported_processor.cache_clear()
    yield
    unsupported_processor.cache_clear()


def test_this_one_is_supported():
    assert unsupported_processor() is None


def test_the_row_says_no(other_processor):
    found = why_not(os.getppid())
    assert found is not None
    assert found.certain
    assert "aarch64" in found.sentence


def test_so_does_a_capture_and_leaves_nothing(other_processor, tmp_path):
    with pytest.raises(DumpError, match="aarch64"):
        write_dump(os.getppid(), tmp_path / "a.dmp")
    assert list(tmp_path.iterdir()) == []
