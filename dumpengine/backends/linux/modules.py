"""Loaded programs and libraries, found in the address space and described from memory.

Memory, not the file, is asked: the file may have been deleted or replaced, and may not be visible
from our mount namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dumpengine.backends.linux import elf
from dumpengine.backends.linux.elf import ElfImage, ReadMemory
from dumpengine.format.modules import CV_SIGNATURE_ELF
from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import PAGE_SIZE, Module, Section, SectionKind

VDSO_NAME = "linux-gate.so"  # the name Breakpad and LLDB know it by


@dataclass(frozen=True, slots=True)
class Image:
    """A module with its ELF image and the mappings it lies in."""

    module: Module
    elf: ElfImage
    mappings: tuple[Mapping, ...]


@dataclass(slots=True)
class ImageReader:
    """Finds modules; remembers them, so that a second look during a stop is quick.

    ``read`` returns memory of the process; it may be replaced between two looks.
    """

    read: ReadMemory
    _known: dict[tuple[int, int, str, int], Image] = field(default_factory=dict)

    def images(self, mappings: Sequence[Mapping], entry: int = 0) -> list[Image]:
        """Return the modules in address order, the program (which holds ``entry``) first."""
        found: list[Image] = []
        for group in _groups(mappings):
            image = self._image(group)
            if image and not (found and image.module.base < found[-1].module.end):
                found.append(image)
        found.sort(key=lambda image: not image.module.base <= entry < image.module.end)
        return found

    def _image(self, group: tuple[Mapping, ...]) -> Image | None:
        first = group[0]
        key = (first.start, group[-1].end, first.name, first.inode)
        if key in self._known:
            return self._known[key]
        image = elf.parse(first.start, self.read)
        if image is None or not image.headers:
            return None
        described = Image(_describe(image, group), image, group)
        self._known[key] = described
        return described


def _groups(mappings: Sequence[Mapping]) -> Iterator[tuple[Mapping, ...]]:
    """Yield the mappings of each image: it begins at offset 0 of a file and goes on upwards.

    Between its pieces there may be reserved holes and the anonymous pages of .bss. The same file
    at offset 0 again is another image (dlmopen, or a program that maps its own file as data).
    """
    group: list[Mapping] = []
    for mapping in mappings:
        if group and _continues(group, mapping):
            group.append(mapping)
            continue
        if group:
            yield tuple(group)
        group = [mapping] if _may_begin(mapping) else []
    if group:
        yield tuple(group)


def _may_begin(mapping: Mapping) -> bool:
    if mapping.name == "[vdso]":
        return True
    return mapping.file_backed and mapping.offset == 0 and mapping.permissions[0] == "r"


def _continues(group: list[Mapping], mapping: Mapping) -> bool:
    first, last = group[0], group[-1]
    if mapping.start != last.end and mapping.inode != first.inode:
        return False
    if mapping.file_backed:
        same = (mapping.inode, mapping.device, mapping.name) == (
            first.inode,
            first.device,
            first.name,
        )
        return same and mapping.offset > 0
    anonymous = not mapping.name or mapping.name.startswith("[anon")
    return first.file_backed and anonymous and mapping.start == last.end


def _describe(image: ElfImage, group: tuple[Mapping, ...]) -> Module:
    first = group[0]
    build_id = image.build_id
    end = min(max(image.end, first.end), _last_end(image, group))
    size = min(end - first.start, 0xFFFFFFFF)
    return Module(
        base=first.start,
        size=size,
        path=_path(first),
        codeview=CV_SIGNATURE_ELF.to_bytes(4, "little") + build_id if build_id else b"",
        sections=tuple(_sections(image, first.start, first.start + size)),
    )


def _last_end(image: ElfImage, group: tuple[Mapping, ...]) -> int:
    """Where the mappings that belong to the image end; anonymous memory behind it may be a heap."""
    return max((m.end for m in group if m.start < image.end), default=group[0].end)


def _path(mapping: Mapping) -> str:
    """The path readers look the file up by; LLDB loses it when the kernel's remark stays."""
    if mapping.name == "[vdso]":
        return VDSO_NAME
    return mapping.name.removesuffix(" (deleted)")


def _sections(image: ElfImage, base: int, limit: int) -> Iterator[Section]:
    """Name the pieces; what the headers claim beyond the module (a file mapped flat) is cut off."""
    for start, end, kind in _claimed_sections(image, base):
        low, high = max(start, base), min(end, limit)
        if low < high:
            yield Section(low, high, kind)


def _claimed_sections(image: ElfImage, base: int) -> Iterator[Section]:
    yield Section(base, base + PAGE_SIZE, SectionKind.HEADER)
    for header in image.headers:
        if header.type in (elf.PT_NOTE, elf.PT_DYNAMIC, elf.PT_GNU_EH_FRAME):
            yield Section(header.address, header.address + header.size, SectionKind.HEADER)
        elif header.type == elf.PT_LOAD and header.flags & (elf.PF_W | elf.PF_X):
            kind = SectionKind.DATA if header.flags & elf.PF_W else SectionKind.CODE
            start = header.address // PAGE_SIZE * PAGE_SIZE
            end = -(-(header.address + header.size) // PAGE_SIZE) * PAGE_SIZE
            yield Section(start, end, kind)
