"""One process's row facts."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.children import python_child, zombie

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's processes")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.vitals import LinuxVitals, architecture, elf_architecture


def elf(machine: int, order: str = "little") -> bytes:
    header = b"\x7fELF\x02" + (b"\x01" if order == "little" else b"\x02") + bytes(12)
    return header + machine.to_bytes(2, order)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (elf(62), "x64"),
        (elf(3), "x86"),
        (elf(183), "arm64"),
        (elf(40), "arm"),
        (elf(40, "big"), "arm"),
        (elf(243), ""),
        (elf(62)[:19], ""),
        (b"#!/bin/sh\n" + bytes(20), ""),
        (b"", ""),
    ],
)
def test_elf_architecture(header, name):
    assert elf_architecture(header) == name


def test_architecture_of_nothing_is_unknown():
    assert architecture(4194305) == ""


def test_vitals_of_a_child():
    with python_child() as child:
        seen = LinuxVitals().read(child.pid)
    assert seen.ppid == os.getpid()
    assert seen.threads == 1
    assert seen.rss is not None
    assert seen.cpu_seconds is not None
    assert seen.obstacle is None
    assert not seen.kernel


def test_vitals_of_a_zombie():
    with zombie() as pid:
        seen = LinuxVitals().read(pid)
    assert (seen.status, seen.rss) == ("zombie", None)
    assert seen.obstacle is not None


def test_vitals_of_nothing_raise():
    with pytest.raises(OSError, match="4194305"):
        LinuxVitals().read(4194305)
