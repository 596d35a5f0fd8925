"""/proc/PID/maps as text in a dump."""

from __future__ import annotations

import pytest

from dumpengine.format.proc_maps import Mapping, parse_maps
from dumpengine.read.linux_maps import region_of
from dumpengine.snapshot import MemoryType, PageProtection


def line(permissions: str, inode: int = 0, name: str = "") -> bytes:
    return f"7f0000000000-7f0000001000 {permissions} 00000000 00:00 {inode} {name}\n".encode()


def test_names_may_hold_spaces_newlines_and_bytes_that_are_no_text() -> None:
    text = b"00200000-00201000 r--p 00000000 08:01 9      /a b\\012c (deleted)\n"
    text += b"00100000-00101000 rw-s 00002000 00:05 7      /memfd:\xff\n"
    assert parse_maps(text) == (
        Mapping(0x200000, 0x201000, "r--p", 0, "08:01", 9, "/a b\nc (deleted)"),
        Mapping(0x100000, 0x101000, "rw-s", 0x2000, "00:05", 7, "/memfd:\udcff"),
    )


def test_what_is_no_line_is_left_out() -> None:
    text = b"garbage\n" + line("rw-p") + b"zz-yy rw-p 0 0:0 0\n\xff\xfe\n1-2 rwx"
    assert len(parse_maps(text)) == 1
    assert parse_maps(b"") == ()


def test_the_last_line_may_lack_its_newline() -> None:
    assert len(parse_maps(line("r-xp").rstrip())) == 1


@pytest.mark.parametrize(
    ("permissions", "inode", "protect", "kind"),
    [
        ("---p", 0, PageProtection.NOACCESS, MemoryType.PRIVATE),
        ("rw-p", 0, PageProtection.READWRITE, MemoryType.PRIVATE),
        ("rw-p", 5, PageProtection.WRITECOPY, MemoryType.MAPPED),
        ("rw-s", 5, PageProtection.READWRITE, MemoryType.MAPPED),
        ("rwxp", 5, PageProtection.EXECUTE_WRITECOPY, MemoryType.MAPPED),
        ("-w-p", 0, PageProtection.READWRITE, MemoryType.PRIVATE),
        ("--xp", 5, PageProtection.EXECUTE, MemoryType.MAPPED),
        ("r-xs", 0, PageProtection.EXECUTE_READ, MemoryType.MAPPED),
    ],
)
def test_protections(permissions: str, inode: int, protect: int, kind: MemoryType) -> None:
    (mapping,) = parse_maps(line(permissions, inode, "/x" if inode else ""))
    region = region_of(mapping)
    assert (region.protect, region.type) == (protect, kind)
