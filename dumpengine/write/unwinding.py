"""What a reader needs to follow the stacks through modules that it will find no file of."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.snapshot import PAGE_SIZE, Module, Range, Snapshot, read_memory, region_at
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.eh_frame import CallFrames
from dumpengine.stacks.elf import PT_GNU_EH_FRAME, ElfError, ElfFile

_DELETED = " (deleted)"  # the kernel's remark on a file that is gone: proc_pid_maps(5)
_MOST_BYTES = 4 << 20  # of one module; the largest browsers have as much


def without_file(snapshot: Snapshot, module: Module) -> bool:
    """Whether nobody will find the module's file: it was deleted, or replaced by an update."""
    region = region_at(snapshot.regions, module.base)
    return region is not None and region.name.endswith(_DELETED)


def unwind_tables(snapshot: Snapshot, module: Module) -> Iterator[Range]:
    """Yield headers, ``.eh_frame_hdr`` and ``.eh_frame`` of a module in memory.

    The end of ``.eh_frame`` is in no header: it is taken up to the end of what is mapped alike.
    """
    try:
        tables = _tables(snapshot, module)
    except (ElfError, UnwindDataError):
        return
    yield Range(module.base, module.base + PAGE_SIZE)
    for table in tables:
        region = region_at(snapshot.regions, table)
        if region is not None and region.readable:
            yield Range(table, min(region.end, table + _MOST_BYTES))


def _tables(snapshot: Snapshot, module: Module) -> tuple[int, ...]:
    """Where index and entries begin, as the process itself has them."""

    def read(address: int, size: int) -> bytes:
        return read_memory(snapshot.memory, address, size)

    elf = ElfFile(read(module.base, PAGE_SIZE))
    bias = module.base - elf.base
    headers = [segment.address for segment in elf.segments if segment.type == PT_GNU_EH_FRAME]
    return CallFrames(read, headers[0] + bias, word=elf.word).extent() if headers else ()
