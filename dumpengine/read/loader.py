"""LinuxDsoDebug: the dynamic loader's list as Breakpad's and similar writers store it.

Breakpad: src/google_breakpad/common/minidump_format.h (MDRawDebug).
"""

from __future__ import annotations

from dumpengine.errors import DumpError
from dumpengine.format.extensions import PackedRawDebug64, PackedRawLinkMap64
from dumpengine.format.layout import Struct
from dumpengine.format.linux import (
    MDRawDebug32,
    MDRawDebug64,
    MDRawLinkMap32,
    MDRawLinkMap64,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Absent, Architecture, LinkMapEntry, LoaderDebug

MAX_ENTRIES = 1 << 16
_DYNAMIC_ENTRY = 16  # bytes of an Elf64_Dyn


def read_loader(file: DumpFile, architecture: Architecture) -> LoaderDebug | Absent:
    """Return the loader's list; raises DumpError when it is malformed.

    The stream does not tell where r_debug's list began: ``map_address`` is 0.
    """
    body = file.body(StreamType.LinuxDsoDebug)
    if not body:
        return Absent("not asked for")
    head_kind, entry_kind = _kinds(body, architecture)
    if len(body) < head_kind.SIZE:
        raise bad_format("The loader's list is too short for its head.")
    head = dict(zip(head_kind.OFFSETS, next(head_kind.rows(body[: head_kind.SIZE])), strict=True))
    if head["dso_count"] > MAX_ENTRIES:
        raise bad_format(f"The loader's list has {head['dso_count']} entries.")
    size = head["dso_count"] * entry_kind.SIZE
    entries = file.source.piece(head["map"], size, "The loader's list")
    return LoaderDebug(
        version=head["version"],
        map_address=0,
        breakpoint=head["brk"],
        loader_base=head["ldbase"],
        dynamic_address=head["dynamic"],
        dynamic=body[head_kind.SIZE :],
        entries=tuple(_entry(file, row) for row in entry_kind.rows(entries)),
    )


def _kinds(body: bytes, architecture: Architecture) -> tuple[type[Struct], type[Struct]]:
    """Choose the layout of head and entries.

    Folklore: Breakpad's 64-bit head has 40 bytes, minidump-writer packs it to 36. A copy of the
    dynamic section follows, whose entries have 16 bytes, so the stream's length tells them apart.
    """
    if architecture not in (Architecture.AMD64, Architecture.ARM64):
        return MDRawDebug32, MDRawLinkMap32
    if len(body) % _DYNAMIC_ENTRY == PackedRawDebug64.SIZE % _DYNAMIC_ENTRY:
        return PackedRawDebug64, PackedRawLinkMap64
    return MDRawDebug64, MDRawLinkMap64


def _entry(file: DumpFile, row: tuple[int, ...]) -> LinkMapEntry:
    address, name, dynamic = row[0], row[1], row[-1]
    try:
        text = file.source.string(name, "A name in the loader's list") if name else ""
    except DumpError as error:
        file.note("LinuxDsoDebug", error)
        text = ""
    return LinkMapEntry(address, text, dynamic)
