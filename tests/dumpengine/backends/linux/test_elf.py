"""ELF images: real libraries, and damaged ones that must yield less rather than fail."""

from __future__ import annotations

import ctypes
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF in memory")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import elf, procfs
    from dumpengine.backends.linux.elf import parse
    from dumpengine.backends.linux.modules import ImageReader
    from dumpengine.backends.linux.view import ProcessView
    from dumpengine.format.proc_maps import parse_maps


def our_libc() -> tuple[Path, int]:
    import os

    mappings = parse_maps(procfs.read_bytes("/proc/self/maps"))
    # Other tests map the file to read it; only the loader's has code behind its first piece.
    for first, second in pairwise(mappings):
        loaded = first.name == second.name and "x" in second.permissions
        if loaded and ("/libc.so" in first.name or "/libc-" in first.name):
            return Path(first.name), first.start
    pytest.skip(f"process {os.getpid()} has no libc")


def read_self(address: int, size: int) -> bytes:
    import os

    from dumpengine.backends.linux.memory import ProcessReader
    from dumpengine.snapshot import read_memory

    return read_memory(ProcessReader(os.getpid()), address, size)


@pytest.fixture(scope="module")
def libc():
    _, base = our_libc()
    return parse(base, read_self)


def readelf(option: str, path: Path) -> str:
    return subprocess.run(["readelf", option, path], capture_output=True, text=True).stdout


def test_the_build_id_is_the_files(libc):
    path, _ = our_libc()
    assert libc.build_id.hex() in readelf("-n", path)
    assert len(libc.build_id) == 20


def test_the_soname_and_the_machine(libc):
    assert libc.soname == "libc.so.6"
    assert libc.is_64bit
    assert libc.machine == struct.unpack("<H", our_libc()[0].read_bytes()[18:20])[0]


@pytest.mark.parametrize("name", ["malloc", "getpid", "write", "qsort", "environ"])
def test_symbols_are_where_the_loader_finds_them(libc, name):
    expected = ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(None), name))
    assert libc.symbol(name.encode()) == expected


def test_symbols_that_are_not_there(libc):
    assert libc.symbol(b"dumpdesk_has_no_such_symbol") == 0
    assert libc.symbol(b"") == 0


def test_what_is_no_elf_image():
    for data in (b"", b"\x7fELF", b"MZ" + bytes(100), b"\x7fELF\x03" + bytes(100)):
        assert parse(0, lambda a, s, data=data: data[a : a + s]) is None


def exhaust(data: bytes, base: int = 0x10000) -> None:
    def read(address: int, size: int) -> bytes:
        at = address - base
        return data[at : at + size] if at >= 0 else b""

    image = parse(base, read)
    if image is not None:
        assert isinstance(image.end, int)
        assert isinstance(image.build_id, bytes)
        assert isinstance(image.soname, str)
        assert isinstance(image.symbol(b"malloc"), int)
        assert isinstance(image.dynamic, dict)


def program_bytes() -> bytes:
    return Path("/bin/true").resolve().read_bytes()[:20000]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([1, 2]))
def test_any_bytes_behind_the_magic_number(rest, width):
    exhaust(b"\x7fELF" + bytes([width]) + rest)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(4, 1200), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])), max_size=12
    )
)
def test_a_damaged_program(changes):
    data = bytearray(program_bytes())
    for at, value in changes:
        data[at] = value
    exhaust(bytes(data))


def test_a_chain_of_symbols_without_an_end_is_left_alone(libc):
    """Every hash matches nothing and none ends the chain."""
    asked = 0

    def endless(address: int, size: int) -> bytes:
        nonlocal asked
        asked += 1
        if size == 16:
            return struct.pack("<4I", 1, 1, 0, 0)
        return b"\x02\0\0\0"[:size]

    from dataclasses import replace

    image = replace(libc, read=endless)
    assert list(image._hash_chain(0, b"malloc")) == []
    assert asked <= elf._MAX_CHAIN + 2


class TestModules:
    """Which mappings are one module."""

    HEAD = program_bytes() if sys.platform.startswith("linux") else b""

    def images(self, text: str, data: dict[int, bytes] | None = None, entry: int = 0):
        data = data or {}

        def read(address: int, size: int) -> bytes:
            for base, content in data.items():
                if base <= address < base + len(content):
                    return content[address - base : address - base + size]
            return b""

        return ImageReader(read).images(parse_maps(text.encode()), entry)

    def elf(self, end: int) -> bytes:
        """A 64-bit image with one loaded, executable segment of ``end`` bytes."""
        head = struct.pack(
            "<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0
        )
        code = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, end, end, 4096)
        data = struct.pack("<IIQQQQQQ", 1, 6, 0x1000, 0x1000, 0, 0x1000, end - 0x1000, 4096)
        return (head + code + data).ljust(0x1000, b"\0")

    def test_holes_and_bss_belong_to_it(self):
        text = (
            "10000-11000 r-xp 00000000 08:01 5 /lib/a\n"
            "11000-12000 ---p 00001000 08:01 5 /lib/a\n"
            "12000-13000 rw-p 00002000 08:01 5 /lib/a\n"
            "13000-14000 rw-p 00000000 00:00 0 \n"
            "20000-21000 rw-p 00000000 00:00 0 \n"
        )
        (image,) = self.images(text, {0x10000: self.elf(0x4000)})
        assert (image.module.base, image.module.size) == (0x10000, 0x4000)

    def test_a_heap_behind_it_does_not(self):
        text = "10000-12000 r-xp 00000000 08:01 5 /lib/a\n12000-90000 rw-p 00000000 00:00 0 \n"
        (image,) = self.images(text, {0x10000: self.elf(0x3000)})
        assert image.module.size == 0x3000

    def test_the_same_file_twice_is_two_modules(self):
        text = (
            "10000-11000 r-xp 00000000 08:01 5 /lib/a\n11000-12000 r-xp 00000000 08:01 5 /lib/a\n"
        )
        data = {0x10000: self.elf(0x1000), 0x11000: self.elf(0x1000)}
        assert [i.module.base for i in self.images(text, data)] == [0x10000, 0x11000]

    def test_sections_end_with_the_mappings_whatever_the_headers_claim(self):
        text = "10000-11000 r--p 00000000 08:01 5 /lib/a\n30000-90000 rw-p 00000000 00:00 0 \n"
        (image,) = self.images(text, {0x10000: self.elf(1 << 40)})
        assert image.module.size == 0x1000
        assert all(0x10000 <= s.start < s.end <= 0x11000 for s in image.module.sections)

    def test_a_deleted_file_keeps_its_path(self):
        text = "10000-11000 r-xp 00000000 08:01 5 /lib/a (deleted)\n"
        (image,) = self.images(text, {0x10000: self.elf(0x1000)})
        assert image.module.path == "/lib/a"

    def test_what_begins_elsewhere_or_is_no_image_is_no_module(self):
        text = (
            "10000-11000 r--p 00001000 08:01 5 /lib/a\n"
            "20000-21000 r--p 00000000 08:01 6 /usr/share/text\n"
            "30000-31000 ---p 00000000 08:01 7 /lib/closed\n"
            "40000-41000 rw-p 00000000 00:00 0 [heap]\n"
        )
        data = {at: self.elf(0x1000) for at in (0x10000, 0x30000, 0x40000)}
        assert self.images(text, data | {0x20000: b"text"}) == []

    def test_the_program_comes_first(self):
        text = (
            "10000-11000 r-xp 00000000 08:01 5 /lib/a\n"
            "50000-51000 r-xp 00000000 08:01 6 /bin/program\n"
        )
        data = {0x10000: self.elf(0x1000), 0x50000: self.elf(0x1000)}
        found = self.images(text, data, entry=0x50010)
        assert [image.module.path for image in found] == ["/bin/program", "/lib/a"]

    def test_our_own_modules_do_not_overlap(self):
        import os

        view = ProcessView(os.getpid())
        try:
            view.look()
            found = sorted((i.module for i in view.images), key=lambda m: m.base)
        finally:
            view.close()
        assert all(a.end <= b.base for a, b in pairwise(found))
        assert {"libc.so.6", "linux-gate.so"} <= {module.name for module in found}
        assert all(module.codeview for module in found if module.name == "libc.so.6")
