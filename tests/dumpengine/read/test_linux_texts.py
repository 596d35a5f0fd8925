"""The texts of /proc in a dump."""

from __future__ import annotations

import struct

from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.dump import read_dump
from dumpengine.read.linux_texts import (
    AuxiliaryValue,
    LinuxStatus,
    Variable,
    read_auxiliary_vector,
    read_command_line,
    read_cpu_model,
    read_distribution,
    read_environment,
    read_status,
)
from tests.support.synth import Synth

STATUS = b"""\
Name:\tmy program
Umask:\t0022
Pid:\t4711
PPid:\t1
Uid:\t1000\t1001\t1000\t1000
Gid:\t100\t100\t100\t100
Seccomp:\t2
"""


def file_with(kind: StreamType, body: bytes) -> DumpFile:
    return read_dump(Synth().system().stream(kind, body).build()).file


EMPTY = read_dump(Synth().build()).file


def test_status() -> None:
    status = read_status(file_with(StreamType.LinuxProcStatus, STATUS))
    assert status == LinuxStatus(name="my program", pid=4711, ppid=1, uid=1000, gid=100, seccomp=2)
    assert read_status(EMPTY) == LinuxStatus()


def test_numbers_that_are_none_are_unknown() -> None:
    body = "Pid:\t٣\nPPid:\t\nUid:\t-1\nGid:\t99999999999999999999\n".encode()
    assert read_status(file_with(StreamType.LinuxProcStatus, body)) == LinuxStatus()


def test_the_snapshot_takes_name_and_ids_from_it() -> None:
    synth = Synth().system().stream(StreamType.LinuxProcStatus, STATUS)
    process = read_dump(synth.build()).snapshot().process
    assert (process.pid, process.ppid, process.name) == (4711, 1, "my program")


def test_command_line() -> None:
    file = file_with(StreamType.LinuxCmdLine, b"/bin/a b\0--x=\xc3\xbc\0\0y\0")
    assert read_command_line(file) == ("/bin/a b", "--x=ü", "", "y")
    assert read_command_line(EMPTY) == ()


def test_environment() -> None:
    file = file_with(StreamType.LinuxEnviron, b"A=1\0B=x=y\0junk\0C=\0")
    assert read_environment(file) == (Variable("A", "1"), Variable("B", "x=y"), Variable("C", ""))
    assert read_environment(EMPTY) == ()


def test_distribution() -> None:
    lsb = file_with(
        StreamType.LinuxLsbRelease, b'DISTRIB_ID=Ubuntu\nDISTRIB_DESCRIPTION="Ubuntu 22"'
    )
    release = file_with(StreamType.LinuxLsbRelease, b'NAME="Debian"\nPRETTY_NAME="Debian 12"\n')
    assert (read_distribution(lsb), read_distribution(release)) == ("Ubuntu 22", "Debian 12")
    assert read_distribution(EMPTY) == ""


def test_processor() -> None:
    text = b"processor\t: 0\nmodel name\t: Some CPU @ 3GHz\n\nmodel name\t: other\n"
    assert read_cpu_model(file_with(StreamType.LinuxCpuInfo, text)) == "Some CPU @ 3GHz"
    assert read_cpu_model(EMPTY) == ""


def test_the_auxiliary_vector_ends_at_its_null() -> None:
    body = struct.pack("<6Q", 6, 4096, 3, 0x400040, 0, 0) + b"\xff" * 16
    expected = (AuxiliaryValue(6, 4096), AuxiliaryValue(3, 0x400040))
    assert read_auxiliary_vector(file_with(StreamType.LinuxAuxv, body), 8) == expected
    narrow = struct.pack("<4I", 6, 4096, 3, 7) + b"\1\2\3"
    assert read_auxiliary_vector(file_with(StreamType.LinuxAuxv, narrow), 4)[1] == AuxiliaryValue(
        3, 7
    )
    assert read_auxiliary_vector(EMPTY, 8) == ()


def test_ids_that_no_system_has_are_damage() -> None:
    text = b"Pid:\t99999999999\nPPid:\t4294967295\n"
    status = read_status(file_with(StreamType.LinuxProcStatus, text))
    assert (status.pid, status.ppid) == (None, 0xFFFFFFFF)
