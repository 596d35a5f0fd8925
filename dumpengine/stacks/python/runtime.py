"""Finds the interpreter in a process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.snapshot import Architecture, Snapshot, read_memory
from dumpengine.stacks.dynamic_symbols import exported
from dumpengine.stacks.elf_image import ElfImage
from dumpengine.stacks.images import Images
from dumpengine.stacks.python.layout import (
    HEAD_SIZE,
    Layout,
    described_layout,
    described_version,
    known_layout,
)

_LIBRARY = re.compile(r"(lib)?python", re.IGNORECASE)  # an extension is a cpython-311-...so


@dataclass(frozen=True, slots=True)
class Runtime:
    """``_PyRuntime`` at ``address``; ``version`` as "3.13.0"."""

    address: int
    version: str
    layout: Layout


def find_runtime(snapshot: Snapshot, images: Images) -> Runtime | None:
    """Return the CPython interpreter of a process, None when there is none that we know.

    It is in the program itself or in a library of Python.
    """
    if snapshot.system.architecture not in (Architecture.AMD64, Architecture.ARM64):
        return None
    for image in _candidates(snapshot, images):
        address = exported(image, b"_PyRuntime")
        if address:
            return _runtime(snapshot, image, address)
    return None


def _candidates(snapshot: Snapshot, images: Images) -> Iterator[ElfImage]:
    for number, module in enumerate(snapshot.modules):
        if number == 0 or _LIBRARY.match(module.name):
            image = images.at(module.base)
            if isinstance(image, ElfImage):
                yield image


def _runtime(snapshot: Snapshot, image: ElfImage, address: int) -> Runtime | None:
    head = read_memory(snapshot.memory, address, HEAD_SIZE)
    version = described_version(head)
    layout = described_layout(head)
    if not version:
        at = exported(image, b"Py_Version")
        version = int.from_bytes(image.read(at, 8), "little") if at else 0
        layout = known_layout(version)
    if layout is None:
        return None
    words = f"{version >> 24}.{version >> 16 & 0xFF}.{version >> 8 & 0xFF}"
    return Runtime(address, words, layout)
