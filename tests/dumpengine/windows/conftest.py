"""The DLL under test is Microsoft's, also where the system brings an imitation of it."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def microsoft_dll(monkeypatch: pytest.MonkeyPatch) -> None:
    """MS_DBGCORE names Microsoft's dbgcore.dll on a system that is not Windows itself."""
    if path := os.environ.get("MS_DBGCORE"):
        monkeypatch.setenv("DUMPENGINE_DLL", path)
