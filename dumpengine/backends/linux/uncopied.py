"""Memory that copies of a process do not get (MADV_DONTFORK), or get as zeros (MADV_WIPEONFORK).

V8 keeps its heap out of copies, others what a device writes; so that is never switched off.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from dumpengine.backends.linux.image import Image
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.backends.linux.procfs import read_bytes
from dumpengine.format.proc_maps import parse_maps
from dumpengine.snapshot import Absent, Range, Registers
from dumpengine.snapshot.ranges import RangeSet

_KEPT_LIMIT = 32 << 20
_STACK = 1 << 20  # of a stack, from its pointer upwards
_RED_ZONE = 128
_WINDOW = 128  # before and behind an instruction pointer
_FEW_MAPPINGS = 2000  # to ask about one by one
# An entry of smaps: the line of maps, lines with a capital, then the flags with "wf" among them.
_WIPED = re.compile(rb"(?m)^([0-9a-f]+-.*)\n(?:[A-Z].*\n)*?VmFlags:.* wf\b")


def holes(image: int, maps: bytes, ours: Range) -> tuple[Range, ...]:
    """Return the memory that the image of a process lacks.

    ``maps`` is the text of the process's /proc/PID/maps, ``ours`` the page only the image has.
    """
    lines = read_bytes(f"/proc/{image}/maps").splitlines(keepends=True)
    copied = b"".join(line for line in lines if not line.startswith(b"%x-" % ours.start))
    if copied == maps:
        return ()
    there = {mapping.start for mapping in parse_maps(copied)}
    return tuple(
        Range(mapping.start, mapping.end)
        for mapping in parse_maps(maps)
        if mapping.start not in there and mapping.name[:2] != "[v"
    )


def around_registers(
    pid: int, missing: Iterable[Range], registers: Mapping[int, Registers | Absent]
) -> dict[int, bytes]:
    """Return what stack traces need of the memory the image lacks, by address; mostly nothing.

    It is read now, while the process stands still.
    """
    pointed = RangeSet(
        Range(max(start, 0), end)
        for found in registers.values()
        if isinstance(found, Registers)
        for start, end in (
            (found.sp - _RED_ZONE, found.sp + _STACK),
            (found.pc - _WINDOW, found.pc + _WINDOW),
        )
    )
    return _read_now(pid, pointed.intersection(missing)) or {}


def with_wiped(image: Image, target: int) -> Image:
    """Add memory that clones get as zeros (MADV_WIPEONFORK), read from the target as it is now.

    Only smaps tells which it is, and walks all page tables for it: too long for a stop.
    """
    try:
        if not _may_be_wiped(image.pid, target):
            return image
        smaps = read_bytes(f"/proc/{image.pid}/smaps")
        wiped = _read_now(target, _ranges_of(entry[1] for entry in _WIPED.finditer(smaps)))
    except OSError:  # the target has ended since
        return image
    return replace(image, kept={**image.kept, **(wiped or {})})


def _ranges_of(lines: Iterable[bytes]) -> Iterator[Range]:
    for line in lines:
        yield from (Range(mapping.start, mapping.end) for mapping in parse_maps(line))


def _may_be_wiped(image: int, target: int) -> bool:
    """Return whether some anonymous memory is empty in the image and not in the target.

    It may have been touched since; but where there is none, no need to walk all page tables.
    """
    maps = read_bytes(f"/proc/{image}/maps")
    if maps.count(b"\n") > _FEW_MAPPINGS:
        return True
    with (
        contextlib.closing(PageMap(image)) as copied,
        contextlib.closing(PageMap(target)) as there,
    ):
        # Without scanning, memory that was only reserved would take longer than smaps does.
        return not copied.can_scan() or any(
            not copied.holds_any(each.start, each.end) and there.holds_any(each.start, each.end)
            for each in parse_maps(maps)
            if not each.inode and not each.shared and not each.name.startswith("[v")
        )


def _read_now(pid: int, ranges: Iterable[Range]) -> dict[int, bytes] | None:
    """Return what the process holds in these ranges, by address; None for more than 32 MiB."""
    reader, pages = ProcessReader(pid), PageMap(pid)
    kept: dict[int, bytes] = {}
    room = _KEPT_LIMIT
    try:
        for piece in (p for whole in ranges for p in pages.populated(whole.start, whole.end)):
            room -= piece.size
            if room < 0:
                return None
            buffer = bytearray(piece.size)
            size = reader.read_into(piece.start, memoryview(buffer))
            kept[piece.start] = bytes(buffer[:size])
    finally:
        reader.close()
        pages.close()
    return kept
