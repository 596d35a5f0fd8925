"""Which DLL is taken, and how one that is no good is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from dumpengine.backends.windows import dll
from dumpengine.errors import DumpError, ErrorKind
from tests.support.windows import Dumper, needs_windows, target


def chosen(path: Path, monkeypatch: pytest.MonkeyPatch) -> DumpError:
    monkeypatch.setenv(dll.VARIABLE, str(path))
    with pytest.raises(DumpError) as caught:
        dll.choose()
    return caught.value


def contents(name: str) -> bytes | None:
    wine = b"MZ".ljust(0x40, b"\0") + b"Wine builtin DLL\0"
    return {"there is none": None, "text": b"hello", "empty": b"", "Wine's": wine}[name]


@pytest.mark.parametrize("name", ["there is none", "text", "empty", "Wine's"])
def test_a_dll_that_is_no_good_is_a_usage_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = tmp_path / "it.dll", contents(name)
    if data is not None:
        path.write_bytes(data)
    error = chosen(path, monkeypatch)
    assert error.kind is ErrorKind.USAGE
    assert str(path) in error.cause
    assert ("Wine's own" in error.cause) == (name == "Wine's")


@needs_windows
@pytest.mark.live
def test_another_dll_of_the_system(monkeypatch: pytest.MonkeyPatch, dumper: Dumper) -> None:
    import os

    path = Path(os.environ["SYSTEMROOT"], "System32", "kernel32.dll")
    assert chosen(path, monkeypatch).kind is ErrorKind.USAGE
    with target() as child, pytest.raises(DumpError, match="kernel32"):
        dumper(child)
