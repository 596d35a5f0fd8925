"""Parsing what the kernel prints, odd names included."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="procfs")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import procfs
    from dumpengine.format.proc_maps import Mapping, parse_maps


def line(name: bytes = b"", inode: int = 42) -> bytes:
    return b"7f00-7f10 r-xs 00001000 08:01 %d%s\n" % (inode, b" " * 10 + name if name else b"")


def test_a_line_of_maps():
    (mapping,) = parse_maps(b"7f0000-7f1000 r-xp 00002000 fd:0a 99   /usr/lib/libc.so.6\n")
    assert mapping == Mapping(0x7F0000, 0x7F1000, "r-xp", 0x2000, "fd:0a", 99, "/usr/lib/libc.so.6")
    assert mapping.file_backed
    assert not mapping.shared


def test_without_a_name_and_with_a_label():
    anonymous, label = parse_maps(line(inode=0) + line(b"[stack]", 0))
    assert (anonymous.name, anonymous.file_backed, anonymous.shared) == ("", False, True)
    assert label.name == "[stack]"


@given(st.binary(min_size=1, max_size=60).filter(lambda name: b"\0" not in name))
def test_every_path_the_kernel_can_print_comes_back(name):
    path = b"/" + name.replace(b"\\012", b"")
    printed = path.replace(b"\n", b"\\012")
    (mapping,) = parse_maps(line(printed))
    assert os.fsencode(mapping.name) == path


def test_backslashes_are_the_paths_own():
    (mapping,) = parse_maps(line(b"/a\\101b\\"))
    assert mapping.name == "/a\\101b\\"


@given(st.binary(max_size=300))
def test_nonsense_is_skipped(data):
    assert isinstance(parse_maps(data), tuple)


@pytest.mark.parametrize("name", ["a b", "a) S 1 (b", "(((", ")", "x\ny", "ü"])
def test_names_in_stat(name, tmp_path):
    code = (
        "import ctypes, sys, os\n"
        "ctypes.CDLL(None).prctl(15, os.fsencode(sys.argv[1]), 0, 0, 0)\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        stat = procfs.read_stat(child.pid)
        assert (stat.name, stat.ppid) == (name, os.getpid())
        assert stat.state in "RS"
        assert procfs.read_stat(child.pid, child.pid).start_ticks == stat.start_ticks
        child.stdin.close()


def test_a_process_that_is_gone():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    with pytest.raises(FileNotFoundError):
        procfs.read_stat(child.pid)
    with pytest.raises(FileNotFoundError):
        procfs.task_ids(child.pid)
    assert procfs.read_optional(f"/proc/{child.pid}/maps") == b""


def test_auxv():
    data = b"".join(n.to_bytes(8, "little") for n in (9, 0x401000, 33, 0x7FFF, 0, 0))
    assert procfs.auxv(data) == {9: 0x401000, 33: 0x7FFF, 0: 0}
    assert procfs.auxv(data[:24]) == {9: 0x401000}
    narrow = b"".join(n.to_bytes(4, "little") for n in (9, 0x8048000))
    assert procfs.auxv(narrow, 4) == {9: 0x8048000}


def test_our_own_facts():
    assert os.getpid() in procfs.task_ids(os.getpid())
    assert procfs.living_task(os.getpid()) == os.getpid()
    assert procfs.read_status(os.getpid())["Pid"] == str(os.getpid())
    assert any(m.name == "[stack]" for m in parse_maps(procfs.read_bytes("/proc/self/maps")))


def test_who_is_dead_is_doomed():
    assert not procfs.is_doomed(os.getpid())
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert procfs.is_doomed(ended.pid)
    assert procfs.is_doomed(ended.pid)
