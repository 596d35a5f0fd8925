"""Live tests capture real processes on Linux."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.capturing import Capturer

collect_ignore_glob = [] if sys.platform.startswith("linux") else ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a live test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.fixture(autouse=True)
def collection_by_the_main_thread() -> Iterator[None]:
    """Windows of tests before lie in cycles: on a copier's thread, collecting them crashes Qt."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[Capturer]:
    """Capture processes: ``result, dump, path = capture(pid, type, ...)``."""
    capturer = Capturer(tmp_path)
    yield capturer
    capturer.close()
