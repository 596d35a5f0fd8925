"""Reading the memory of a process without adding a page to it."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys

import pytest

from dumpengine.snapshot import MemoryType, PageProtection, Range, read_memory

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux processes"),
]
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import libc as libc_module
    from dumpengine.backends.linux import mapped_files
    from dumpengine.backends.linux.mapped_files import MappedFile
    from dumpengine.backends.linux.mappings import regions
    from dumpengine.backends.linux.memory import LiveMemory, ProcessReader
    from dumpengine.backends.linux.pagemap import PageMap
    from dumpengine.backends.linux.procfs import read_bytes
    from dumpengine.format.proc_maps import parse_maps
    from tests.support.c_targets import hard
    from tests.support.capturing import descriptors

PAGE = 4096
P = PageProtection


def memory_of(pid: int) -> LiveMemory:
    return LiveMemory(pid, regions(parse_maps(read_bytes(f"/proc/{pid}/maps")), ()))


_keep: list[mmap.mmap] = []  # mappings whose addresses are in use


@pytest.fixture
def patchy():
    """Sixteen pages of ours: those with a 1 were written, those with a 0 read, others neither."""
    size = 16 * PAGE
    area = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    area.madvise(mmap.MADV_NOHUGEPAGE)
    for page in (0, 1, 5, 8, 9, 10):
        area[page * PAGE] = 1
    assert area[3 * PAGE] == 0
    _keep.append(area)
    return (
        start,
        [
            Range(start, start + 2 * PAGE),
            Range(start + 5 * PAGE, start + 6 * PAGE),
            Range(start + 8 * PAGE, start + 11 * PAGE),
        ],
    )


def kernel_scans() -> bool:
    pages = PageMap(os.getpid())
    try:
        return pages.can_scan()
    finally:
        pages.close()


@pytest.fixture(params=[True, False], ids=["scanned", "listed"])
def can_scan(request) -> bool:
    """Both ways to ask the kernel, as far as it has both."""
    if request.param and not kernel_scans():
        pytest.skip("this kernel has no PAGEMAP_SCAN")
    return bool(request.param)


class TestPageMap:
    def test_runs_of_written_pages(self, patchy):
        start, expected = patchy
        pages = PageMap(os.getpid())
        assert list(pages.populated(start, start + 16 * PAGE)) == expected
        pages.close()

    def test_older_kernels_tell_the_same(self, patchy):
        start, expected = patchy
        pages = PageMap(os.getpid())
        pages._can_scan = False
        assert list(pages.populated(start, start + 16 * PAGE)) == expected
        pages.close()

    def test_whether_there_is_any_page(self, patchy, can_scan):
        start, expected = patchy
        pages = PageMap(os.getpid())
        pages._can_scan = can_scan
        last = expected[-1]
        assert pages.holds_any(start, start + 16 * PAGE)
        assert pages.holds_any(last.end - PAGE, start + 16 * PAGE)
        assert not pages.holds_any(last.end, start + 16 * PAGE)
        assert pages.can_scan() is can_scan
        pages.close()

    def test_odd_addresses(self, patchy, can_scan):
        start, _ = patchy
        pages = PageMap(os.getpid())
        pages._can_scan = can_scan
        found = list(pages.populated(start + 5, start + PAGE + 7))
        assert found == [Range(start + 5, start + PAGE + 7)]
        found = list(pages.populated(start + 5 * PAGE + 1, start + 6 * PAGE + 1))
        assert found == [Range(start + 5 * PAGE + 1, start + 6 * PAGE)]
        assert list(pages.populated(start, start)) == []
        assert pages._can_scan is can_scan
        pages.close()

    def test_a_kernel_that_does_not_know_guards(self, patchy, monkeypatch):
        if not kernel_scans():
            pytest.skip("this kernel has no PAGEMAP_SCAN")
        start, expected = patchy
        real = libc_module.ioctl

        def refuses_guards(fd, request, argument):
            if argument.category_mask & 1 << 8:
                raise OSError(22, "ioctl")
            return real(fd, request, argument)

        monkeypatch.setattr(libc_module, "ioctl", refuses_guards)
        pages = PageMap(os.getpid())
        assert list(pages.populated(start, start + 16 * PAGE)) == expected
        assert pages._can_scan
        pages.close()

    def test_more_runs_than_fit_one_answer(self):
        size = 3 * 4096 * 2 * PAGE
        area = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        area.madvise(mmap.MADV_NOHUGEPAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(area))
        for at in range(0, size, 2 * PAGE):
            area[at] = 1
        pages = PageMap(os.getpid())
        found = list(pages.populated(start, start + size))
        assert found == [Range(start + at, start + at + PAGE) for at in range(0, size, 2 * PAGE)]
        pages.close()


@pytest.fixture(params=["proc mem", "process_vm_readv"])
def make_reader(request, monkeypatch):
    """Readers by either way; containers may forbid the first."""
    real = os.open

    def no_proc_mem(path, *arguments, **options):
        if str(path).endswith("/mem"):
            raise PermissionError(1, "mem")
        return real(path, *arguments, **options)

    def make(pid: int) -> ProcessReader:
        with monkeypatch.context() as patch:
            if request.param == "process_vm_readv":
                patch.setattr(os, "open", no_proc_mem)
            return ProcessReader(pid)

    return make


class TestReader:
    def test_reads_up_to_what_cannot_be_read(self, make_reader):
        with hard("protections") as target:
            reader = make_reader(target.pid)
            assert read_memory(reader, target["guarded"], PAGE) == b"g" * PAGE
            if target["guard_works"]:
                assert read_memory(reader, target["guarded"] + 1, 2 * PAGE) == b"g" * (PAGE - 1)
            assert read_memory(reader, 0x10, 8) == b""
            assert read_memory(reader, 0xFFFFFFFFFF600000, 8) == b""
            reader.close()

    def test_no_file_stays_open(self, make_reader):
        data = ctypes.create_string_buffer(b"some bytes of ours", 100)
        before = descriptors()
        reader = make_reader(os.getpid())
        assert read_memory(reader, ctypes.addressof(data), 18) == b"some bytes of ours"
        reader.close()
        assert descriptors() == before

    def test_a_process_that_is_gone_is_no_process_of_zeros(self, make_reader):
        with hard("touch", 1) as target:
            reader = make_reader(target.pid)
            target.process.kill()
            target.process.wait()
            with pytest.raises(ProcessLookupError):
                read_memory(reader, target["touched"], PAGE)
            reader.close()


class TestLiveMemory:
    def test_untouched_pages_read_as_zeros_and_stay_untouched(self):
        with hard("reserve", 1, 4) as target:
            memory = memory_of(target.pid)
            start, stride = target["reserved"], target["stride"]
            data = read_memory(memory, start, 64 * PAGE)
            assert data.startswith(b"<DumpDesk page 0>")
            assert data[PAGE:] == bytes(63 * PAGE)
            across = read_memory(memory, start + stride - PAGE, 2 * PAGE)
            assert across[PAGE:].startswith(b"<DumpDesk page 1>")
            touched = list(memory.populated(start, start + (1 << 30)))
            memory.close()
        assert touched == [Range(start + n * stride, start + n * stride + PAGE) for n in range(4)]

    def test_pages_of_files_come_from_the_file(self, tmp_path):
        with hard("truncated", tmp_path) as target:
            memory = memory_of(target.pid)
            start = target["private"]
            before = list(memory.populated(start, start + 4 * PAGE))
            data = read_memory(memory, start, 4 * PAGE)
            assert data == b"f" * (PAGE + 100) + bytes(PAGE - 100)
            assert list(memory.populated(start, start + 4 * PAGE)) == before
            memory.close()

    def test_few_files_are_open_at_a_time(self, tmp_path, monkeypatch):
        monkeypatch.setattr(mapped_files, "_MOST_OPEN", 3)
        with hard("files", 10, tmp_path) as target:
            before = descriptors()
            memory = memory_of(target.pid)
            own = descriptors() - before
            for _ in range(2):
                for number in range(10):
                    address = target[f"file{number}"]
                    expected = f"<DumpDesk file {number}>".encode()
                    assert read_memory(memory, address, len(expected)) == expected
                    assert descriptors() <= before + own + 3
            memory.close()
            assert descriptors() == before

    def test_nothing_beyond_its_regions(self):
        with hard("protections") as target:
            memory = memory_of(target.pid)
            assert read_memory(memory, 0x10, 8) == b""
            memory.close()

    def test_what_the_process_itself_may_not_read(self):
        """It wrote both before it took the rights away; elsewhere is nothing."""
        with hard("protections") as target:
            memory = memory_of(target.pid)
            assert read_memory(memory, target["none"], 15) == b"<DumpDesk none>"
            assert read_memory(memory, target["write_only"], 16) == b"<DumpDesk write>"
            assert read_memory(memory, target["none"] + PAGE, 1) == b""
            memory.close()


class TestRegions:
    @pytest.mark.parametrize(
        ("permissions", "inode", "name", "protect", "kind", "readable"),
        [
            ("rw-p", 0, "", P.READWRITE, MemoryType.PRIVATE, True),
            ("rw-p", 5, "/x", P.WRITECOPY, MemoryType.MAPPED, True),
            ("rwxp", 5, "/x", P.EXECUTE_WRITECOPY, MemoryType.MAPPED, True),
            ("rw-s", 5, "/dev/shm/x", P.READWRITE, MemoryType.MAPPED, True),
            ("rw-s", 5, "/dev/dri/card0", P.READWRITE, MemoryType.MAPPED, False),
            ("r-xp", 5, "/x", P.EXECUTE_READ, MemoryType.MAPPED, True),
            ("---p", 0, "", P.NOACCESS, MemoryType.PRIVATE, False),
            ("--xp", 0, "[vsyscall]", P.EXECUTE, MemoryType.PRIVATE, False),
            ("r--p", 0, "[vvar]", P.READONLY, MemoryType.PRIVATE, False),
            ("-w-p", 0, "", P.READWRITE, MemoryType.PRIVATE, True),
            ("rw-s", 5, "/secretmem (deleted)", P.READWRITE, MemoryType.MAPPED, False),
        ],
    )
    def test_protections(self, permissions, inode, name, protect, kind, readable):
        text = f"1000-2000 {permissions} 00000000 00:01 {inode} {name}\n"
        (region,) = regions(parse_maps(text.encode()), ())
        assert (region.protect, region.type, region.readable) == (protect, kind, readable)

    def test_what_lies_in_a_module_is_its_image(self):
        text = b"".join(b"%d000-%d000 rw-p 0 00:00 0 \n" % (n, n + 1) for n in range(1, 6))
        found = regions(parse_maps(text), [(0x2000, 0x4000)])
        assert [r.type is MemoryType.IMAGE for r in found] == [False, True, True, False, False]
        assert [r.allocation_base for r in found][1:3] == [0x2000, 0x2000]

    def test_a_file_that_was_replaced_is_not_taken_for_it(self, tmp_path, monkeypatch):
        with hard("truncated", tmp_path) as target:
            maps = parse_maps(read_bytes(f"/proc/{target.pid}/maps"))
            found = regions(maps, ())
            region = next(r for r in found if r.start == target["private"])
            same = MappedFile(target.pid, region)
            assert same.usable
            same.close()
            real = os.open

            def no_map_files(path, *arguments, **options):
                if "map_files" in str(path):
                    raise PermissionError(1, "map_files")
                return real(path, *arguments, **options)

            monkeypatch.setattr(os, "open", no_map_files)
            by_path = MappedFile(target.pid, region)
            assert by_path.usable
            by_path.close()
            os.unlink(region.name)
            with open(region.name, "wb") as other:
                other.write(b"another file")
            replaced = MappedFile(target.pid, region)
            assert not replaced.usable
