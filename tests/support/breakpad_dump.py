"""The output of Breakpad's minidump_dump as data, to hold ours against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FIELD = re.compile(r"^ +(\S.*?) += ?(.*)$")
_ITEM = re.compile(r"^(\w+)\[(\d+)\]$")
_NUMBER = re.compile(r"^(-?(?:0x[0-9a-f]+|\d+))\b")


@dataclass
class Block:
    """The fields between two headings. ``kind`` is the heading: thread, MDRawSystemInfo, ..."""

    kind: str
    fields: dict[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.fields and not self.fields[name].startswith("(invalid)")

    def number(self, name: str) -> int:
        """Return a field's leading number; unsigned, as the file stores it."""
        match = _NUMBER.match(self.fields[name])
        assert match, f"{self.kind}.{name} = {self.fields[name]}"
        return int(match[1], 0) & 0xFFFFFFFFFFFFFFFF

    def text(self, name: str) -> str:
        """Return a quoted field without its quotes."""
        return self.fields[name].strip('"')


def parse(output: str) -> list[Block]:
    """Return the blocks in order; a context's fields are a block after their thread's."""
    blocks = [Block("")]
    for line in output.splitlines():
        if item := _ITEM.match(line):
            blocks.append(Block(item[1]))
        elif line.startswith(("MD", "Minidump")) and " " not in line:
            if blocks[-1].fields or not line.startswith("MD") or blocks[-1].kind.startswith("M"):
                blocks.append(Block(line))
        elif match := _FIELD.match(line):
            blocks[-1].fields.setdefault(match[1], match[2])
    return blocks


def of_kind(blocks: list[Block], kind: str) -> Iterator[Block]:
    """Yield the blocks under one heading."""
    return (block for block in blocks if block.kind == kind)


def contexts_after(blocks: list[Block], kind: str) -> Iterator[Block | None]:
    """Yield for each block of ``kind`` the context printed behind it, None when there is none."""
    for block, following in zip(blocks, [*blocks[1:], Block("")], strict=True):
        if block.kind == kind:
            yield following if following.kind.startswith("MDRawContext") else None
