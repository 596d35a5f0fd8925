"""Why a process is not to be cloned; what needs a real one is in tests/live."""

from __future__ import annotations

import os
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads procfs")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import procfs, refusals

DIRECT_READ = f"pos:\t0\nflags:\t0{os.O_DIRECT | os.O_CLOEXEC:o}\nmnt_id:\t29\n"
DIRECT_BOTH = f"flags:\t0{os.O_DIRECT | os.O_RDWR:o}\n"
DIRECT_WRITE = f"flags:\t0{os.O_DIRECT | os.O_WRONLY:o}\n"
MAPS = b"7f0000000000-7f0000001000 rw-s 00000000 00:13 29  /[aio]%s\n"


@pytest.fixture
def refusal(monkeypatch):
    """Say why a process with one open file, of such a name and such details, is not cloned."""

    def about(name: str, details: str = "", maps: bytes = b"") -> str:
        monkeypatch.setattr(refusals, "_descriptors", lambda _: [("3", name)])
        monkeypatch.setattr(procfs, "read_optional", lambda _: details.encode())
        return refusals.no_copy(os.getpid(), maps)

    monkeypatch.setattr(refusals, "clone_ms", lambda _: 10.0)
    monkeypatch.setattr(refusals, "no_room_for_copy", lambda *_: "")
    return about


@pytest.mark.parametrize(
    ("name", "details", "reason"),
    [
        ("/data/table", DIRECT_READ, "/data/table"),
        ("/dev/nvme0n1", DIRECT_BOTH, "O_DIRECT"),
        ("/dev/infiniband/uverbs0", "", "uverbs0"),
        ("/dev/vfio/12", "", "a device"),
        ("anon_inode:[io_uring]", "UserFiles:\t0\nUserBufs:\t2\n", "io_uring"),
        ("anon_inode:[io_uring]", "SqMask:\t0x3\n", "io_uring"),
        ("anon_inode:[userfaultfd]", "API:\taa:80000002:1ff\n", "userfaultfd"),
        ("anon_inode:[userfaultfd]", "", "userfaultfd"),
    ],
)
def test_what_forbids_a_copy(refusal, name, details, reason):
    assert reason in refusal(name, details)


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("/data/log", DIRECT_WRITE),
        ("/data/log", "flags:\t0100002\n"),
        ("pipe:[4711]", DIRECT_BOTH),  # of packets: nothing to do with devices
        ("anon_inode:[io_uring]", "UserBufs:\t0\n"),
        ("anon_inode:[userfaultfd]", "API:\taa:80000000:1ff\n"),
        ("socket:[1]", ""),
    ],
)
def test_what_does_not(refusal, name, details):
    assert refusal(name, details) == ""


@pytest.mark.parametrize("suffix", [b"", b" (deleted)"])
def test_a_ring_of_aio(refusal, suffix):
    assert "AIO" in refusal("socket:[1]", maps=MAPS % suffix)
    assert refusal("socket:[1]", maps=(MAPS % suffix).replace(b"/[aio]", b"/x[aio]")) == ""


SMAPS = "7f00-7f10 rw-p 00000000 00:00 0 \nRss:   0 kB\nVmFlags: rd wr mr mw me ac %ssd\n"


@pytest.mark.parametrize(("flags", "watched"), [("um ", True), ("uw ", True), ("", False)])
def test_memory_that_another_process_answers_for(refusal, monkeypatch, flags, watched):
    assert ("userfaultfd" in refusal("socket:[1]", SMAPS % flags)) is watched
    monkeypatch.setattr(refusals, "resident", lambda _: 1.1)  # it would take long to find out
    assert refusal("socket:[1]", SMAPS % flags) == ""


def test_a_small_share_of_the_processor(refusal, monkeypatch):
    monkeypatch.setattr(refusals, "clone_ms", lambda _: 1001.0)
    assert "processor time" in refusal("socket:[1]")


def test_no_room(refusal, monkeypatch):
    monkeypatch.setattr(refusals, "no_room_for_copy", lambda *_: "no room")
    assert refusal("socket:[1]") == "no room"
