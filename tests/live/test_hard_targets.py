"""Processes that are hard to dump."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.dump_types import MinidumpType
from dumpengine.format.modules import CV_SIGNATURE_ELF
from dumpengine.read.check import check_dump
from dumpengine.snapshot import Absent, Architecture, Range, Registers, read_memory
from tests.support.c_targets import Target, compiled, hard, markers, running
from tests.support.capturing import assert_runs, descriptors, holds
from tests.support.children import needs_root

MODES = ["stop", "snapshot"]
T = MinidumpType
PAGE = 4096


def resident(pid: int) -> int:
    """Bytes in memory, counted page by page: the sums in /proc/PID/status lag behind."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("Rss:")).split()[1]) << 10


def settled(pid: int) -> int:
    """Bytes in memory once the process itself needs no more."""
    seen = [-1]
    while len(seen) < 4 or len(set(seen[-4:])) > 1:
        seen.append(resident(pid))
        time.sleep(0.01)
    return seen[-1]


def sound(path: Path) -> bool:
    report = check_dump(path)
    assert report.ok, report.findings
    assert all(report.readers.values()), report.findings
    return True


@pytest.mark.parametrize("mode", MODES)
def test_64_gib_reserved_and_64_pages_touched(capture, mode):
    with hard("reserve", 64, 64) as target:
        before = settled(target.pid)
        result, dump, path = capture(target.pid, 2, mode=mode)
        assert resident(target.pid) <= before
        assert result.elapsed_ms < 1000
        found = dump.snapshot()
        for page in range(64):
            address = target["reserved"] + page * target["stride"]
            assert holds(found, address, f"page {page}")
        assert result.memory_bytes <= before
        # What every dump has besides memory is worth more here than the target's two MiB.
        nothing = capture(target.pid, T.WithoutOptionalData)[0].size
        assert path.stat().st_size - nothing <= 1.02 * before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dump_type", [0, 2])
def test_threads_are_born_and_end_meanwhile(capture, mode, dump_type):
    with hard("storm", 2000) as target:
        for _ in range(5):
            _, dump, path = capture(target.pid, dump_type, mode=mode)
            threads = dump.snapshot().threads
            assert [t.tid for t in threads if isinstance(t.registers, Absent)] == []
            assert len(threads) >= 3
            assert sound(path)
        assert target.process.poll() is None


@pytest.mark.parametrize("mode", MODES)
def test_two_thousand_threads(capture, mode):
    with hard("threads", 2000) as target:
        result, dump, path = capture(target.pid, 0, mode=mode)
        threads = dump.snapshot().threads
        assert len(threads) == result.threads == 2002
        assert all(isinstance(thread.registers, Registers) for thread in threads)
        assert sound(path)
        assert_runs(target.pid)


@pytest.mark.parametrize("mode", MODES)
def test_fifty_thousand_mappings(capture, mode):
    with hard("mappings", 50_000) as target:
        result, dump, path = capture(target.pid, 2, mode=mode)
        at, memory = target["mappings"], dump.snapshot().memory
        for number in (0, 1, 25_000, 49_999):
            expected = number.to_bytes(8, "little")
            assert read_memory(memory, at + number * PAGE, 8) == expected
        assert result.memory_bytes >= 50_000 * PAGE
        assert sound(path)
        assert_runs(target.pid)


@pytest.mark.parametrize("mode", MODES)
def test_protections(capture, mode):
    with hard("protections") as target:
        result, dump, path = capture(target.pid, 2, mode=mode)
        found = dump.snapshot()
        assert holds(found, target["none"], "none")
        assert holds(found, target["write_only"], "write")
        if target["guard_works"]:
            assert read_memory(found.memory, target["guarded"], PAGE) == b"g" * PAGE
            assert read_memory(found.memory, target["guarded"] + PAGE, 1) == b""
            assert read_memory(found.memory, target["guarded"] + 2 * PAGE, 1) == b"g"
        assert result.skipped == ()
        assert sound(path)


@pytest.mark.parametrize("mode", MODES)
def test_a_file_cut_off_under_its_mapping(capture, tmp_path, mode):
    with hard("truncated", tmp_path) as target:
        _, dump, path = capture(target.pid, 2, mode=mode)
        memory = dump.snapshot().memory
        expected = b"f" * (PAGE + 100) + bytes(PAGE - 100)
        for name in ("private", "shared"):
            assert read_memory(memory, target[name], 4 * PAGE) == expected
        assert sound(path)
        assert_runs(target.pid)


@pytest.mark.parametrize("mode", MODES)
def test_secret_memory_stays_secret(capture, mode):
    with hard("secret") as target:
        if "unsupported" in target.values:
            pytest.skip("this kernel has no memfd_secret")
        result, dump, path = capture(target.pid, 2, mode=mode)
        assert not holds(dump.snapshot(), target["secret"], "secret")
        assert b"<DumpDesk secret>\0\0\0\0" not in path.read_bytes()
        assert result.skipped == ()


@pytest.mark.parametrize("mode", MODES)
def test_memory_that_forks_do_not_get(capture, mode):
    with hard("fork") as target:
        _, dump, _ = capture(target.pid, 2, mode=mode)
        assert holds(dump.snapshot(), target["dontfork"], "dontfork")


@pytest.mark.parametrize("megabytes", [4, 80])  # kept in memory, written to the file
@pytest.mark.parametrize("dump_type", [0x2, 0x200], ids=["full", "heap"])
def test_a_heap_that_forks_do_not_get(capture, dump_type, megabytes):
    """As V8's: it is read before the target runs on, and no reason to hold it still for all."""
    with hard("uncopied", megabytes) as target:
        before = heap_count(target)
        result, dump, path = capture(target.pid, dump_type, mode="snapshot")
        memory, heap = dump.snapshot().memory, target["heap"]
        assert result.mode == "snapshot"
        assert result.skipped == ()
        at = int.from_bytes(read_memory(memory, heap, 8), "little")
        assert before <= at <= heap_count(target)
        for page in (1, 2, 1000, megabytes * 256 - 1):
            assert read_memory(memory, heap + page * PAGE, 8) == page.to_bytes(8, "little")
        assert sound(path)
        assert_runs(target.pid)


def heap_count(target: Target) -> int:
    with open(f"/proc/{target.pid}/mem", "rb") as memory:
        memory.seek(target["heap"])
        return int.from_bytes(memory.read(8), "little")


def test_a_small_dump_takes_of_it_what_stack_traces_need(capture):
    with hard("uncopied", 80) as target:
        result, dump, path = capture(target.pid, 0, mode="snapshot")
        assert result.mode == "snapshot"
        assert result.skipped == ()
        assert b"<DumpDesk uncopied stack>" in path.read_bytes()
        assert path.stat().st_size < 4 << 20
        assert all(isinstance(thread.stack, Range) for thread in dump.snapshot().threads)
        assert_runs(target.pid)


@pytest.mark.parametrize("mode", MODES)
def test_more_mapped_files_than_we_may_open(capture, tmp_path, mode):
    soft, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    with hard("files", 300, tmp_path) as target:
        before = file_pages(target, 300)
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors() + 100, hard_limit))
        try:
            _, _, path = capture(target.pid, 0x61826, mode=mode)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard_limit))
        assert sound(path)
        assert file_pages(target, 300) == before
        assert_runs(target.pid)


def file_pages(target: Target, count: int) -> list[bool]:
    pages = PageMap(target.pid)
    try:
        starts = [target[f"file{number}"] for number in range(count)]
        return [pages.holds_any(start, start + PAGE) for start in starts]
    finally:
        pages.close()


@pytest.mark.parametrize("mode", MODES)
def test_memory_that_forks_get_wiped(capture, mode):
    with hard("fork") as target:
        _, dump, _ = capture(target.pid, 2, mode=mode)
        assert holds(dump.snapshot(), target["wipeonfork"], "wipeonfork")


REGISTERS = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15".split()


def spinner(dump):
    return next(t for t in dump.snapshot().threads if t.name == "spinner")


@pytest.mark.parametrize("mode", MODES)
def test_registers_are_the_threads_own(capture, mode):
    with hard("spin") as target:
        thread = _when_spinning(capture, target, mode)
        for number, name in enumerate(REGISTERS, 1):
            assert thread.registers[name] == 0x1111111111111111 * number, name
        xmm1 = thread.registers.fxsave[160 + 16 : 160 + 32]
        assert xmm1 == b"\x11" * 8 + bytes(8)
        assert thread.stack.start < thread.registers.sp < thread.stack.end


def _when_spinning(capture, target, mode):
    """The thread's loop, which it reaches an instant after it got its name."""
    for _ in range(50):
        _, dump, path = capture(target.pid, 0, mode=mode)
        assert sound(path)
        found = [t for t in dump.snapshot().threads if t.name == "spinner"]
        if found and found[0].registers["rax"] == 0x1111111111111111:
            return found[0]
    raise AssertionError("the thread never reached its loop")


@pytest.mark.parametrize("mode", MODES)
def test_a_stack_pointer_outside_any_stack(capture, mode):
    with hard("spin", "0x1000") as target:
        thread = _when_spinning(capture, target, mode)
        assert thread.registers.sp == 0x1000
        assert isinstance(thread.stack, Absent)
        result, _, path = capture(target.pid, 0, mode=mode)
        assert [p.where for p in result.skipped] == [f"thread {thread.tid}"]
        assert sound(path)


@pytest.mark.parametrize("mode", MODES)
def test_a_stack_pointer_in_a_guard(capture, mode):
    """After an overflow the frames begin above the guard."""
    with hard("spin-in-guard") as target:
        thread = _when_spinning(capture, target, mode)
        assert thread.registers.sp < target["frames"] == thread.stack.start
        _, dump, _ = capture(target.pid, 0, mode=mode)
        assert holds(dump.snapshot(), target["frames"] + PAGE, "overflowed stack")


@pytest.mark.parametrize("dump_type", [0, 2, 0x61826])
def test_a_32_bit_target(capture, dump_type):
    with markers(2, "-m32") as target:
        _, dump, path = capture(target.pid, dump_type)
        found = dump.snapshot()
        assert found.system.architecture is Architecture.X86
        assert len(found.threads) == 3
        for thread in found.threads:
            assert thread.registers.architecture is Architecture.X86
            assert thread.stack.start < thread.registers["esp"] < thread.stack.end
        assert found.modules[0].name == "markersm32"
        assert found.modules[0].base <= found.threads[0].registers["eip"] or len(found.modules) > 1
        assert holds(found, target["stack"], "stack")
        assert holds(found, target["heap"], "heap") is bool(dump_type)
        assert {m.name for m in found.modules} >= {"markersm32", "libc.so.6", "linux-gate.so"}
        assert check_dump(path).ok
        assert_runs(target.pid)


def test_a_32_bit_target_is_stopped_not_cloned(capture):
    with markers(0, "-m32") as target:
        result, _, _ = capture(target.pid, 2, mode="snapshot")
        assert result.mode == "stop"
        assert any("32-bit" in warning for warning in result.warnings)


ODD = [b"with blank", b"new\nline", b"back\\012slash", b"not-utf8-\xff\xfe", b"(paren) x", b"-rf"]


@pytest.mark.parametrize("name", ODD, ids=repr)
def test_programs_with_odd_names(capture, tmp_path, name):
    program = os.fsencode(tmp_path) + b"/" + name
    shutil.copy(compiled("hard"), os.fsdecode(program))
    with running(os.fsdecode(program), "threads", "1") as target:
        _, dump, path = capture(target.pid, 2)
        shown = dump.snapshot().modules[0].path
        decoded = os.fsdecode(program).encode("utf-8", "replace").decode()
        if name == b"back\\012slash":  # the kernel shows it as it shows a newline
            decoded = decoded.replace("\\012", "\n")
        assert shown.replace("�", "?") == decoded
        assert check_dump(path).ok


def build_id(path: Path) -> bytes:
    text = subprocess.run(["readelf", "-n", path], capture_output=True, text=True).stdout
    line = next(line for line in text.splitlines() if "Build ID" in line)
    return bytes.fromhex(line.split()[-1])


@pytest.mark.parametrize("fate", ["kept", "deleted", "replaced"])
def test_build_ids_come_from_memory(capture, tmp_path, fate):
    program = tmp_path / "program"
    shutil.copy(compiled("hard"), program)
    expected = CV_SIGNATURE_ELF.to_bytes(4, "little") + build_id(program)
    with running(program, "threads", "1") as target:
        if fate != "kept":
            program.unlink()
        if fate == "replaced":
            shutil.copy(compiled("markers"), program)
        for dump_type in (0, T.WithCodeSegs, 2):
            _, dump, _ = capture(target.pid, dump_type)
            module = dump.snapshot().modules[0]
            assert module.codeview == expected
            assert module.path == str(program)


LOADS_TWICE = """
import ctypes, mmap, shutil, sys
library = sys.argv[1]
ctypes.CDLL(library)
file = open(library, 'rb')
data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
data[:]
print('ready', flush=True)
sys.stdin.read()
"""


def test_a_library_that_is_also_mapped_as_data(capture, tmp_path):
    library = tmp_path / "libtwice.so"
    source = tmp_path / "twice.c"
    source.write_text("int twice[100000] = {1}; int many[1 << 24]; int f(void) { return 1; }")
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", library], check=True)
    command = [sys.executable, "-c", LOADS_TWICE, str(library)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"ready\n"
        _, dump, path = capture(child.pid, T.WithDataSegs | T.WithCodeSegs | T.WithModuleHeaders)
        ours = [m for m in dump.snapshot().modules if m.name == "libtwice.so"]
        assert 1 <= len(ours) <= 2
        assert max(m.size for m in ours) >= 4 << 24
        # As data it is no longer than the file, whatever its headers claim.
        assert sorted(m.size for m in ours)[0] <= max(library.stat().st_size + PAGE, 4 << 26)
        assert path.stat().st_size < 64 << 20
        assert sound(path)
        child.stdin.close()


@needs_root
def test_a_program_in_another_mount_namespace(capture, tmp_path):
    """Its file lies on a file system that only it sees."""
    inside = tmp_path / "inside"
    inside.mkdir()
    script = (
        f"mount -t tmpfs tmpfs {inside} && cp {compiled('hard')} {inside}/hidden && "
        f"exec {inside}/hidden threads 1"
    )
    command = ["unshare", "--mount", "sh", "-c", script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        if child.stdout.readline() != b"ready\n":
            pytest.skip(f"no mount namespace here: {child.stderr.read().decode().strip()}")
        assert not (inside / "hidden").exists()
        _, dump, path = capture(child.pid, T.WithCodeSegs | T.WithModuleHeaders)
        found = dump.snapshot()
        assert found.modules[0].path == str(inside / "hidden")
        assert found.modules[0].codeview[4:] == build_id(compiled("hard"))
        assert read_memory(found.memory, found.modules[0].base, 4) == b"\x7fELF"
        assert sound(path)
        child.stdin.close()


def test_ourselves(capture):
    """The caller's own thread has a true context: a dump of oneself comes from outside."""
    result, dump, path = capture(os.getpid(), 0)
    found = dump.snapshot()
    mine = next(t for t in found.threads if t.tid == os.getpid())
    assert isinstance(mine.registers, Registers)
    assert mine.stack.start < mine.registers.sp < mine.stack.end
    assert result.threads == len(found.threads)
    assert sound(path)
