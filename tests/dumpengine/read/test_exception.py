"""ExceptionStream."""

from __future__ import annotations

from dataclasses import replace

from dumpengine.format.exception import MINIDUMP_EXCEPTION, MINIDUMP_EXCEPTION_STREAM
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Absent, ExceptionRecord, Registers, Snapshot
from tests.support.synth import Synth, amd64_context

RECORD = MINIDUMP_EXCEPTION(0xC0000005, 1, 0x99, 0x401000, 2, 0, (1, 0xDEAD, *(7,) * 13))


def snapshot_of(synth: Synth, stream: MINIDUMP_EXCEPTION_STREAM, size: int = 168) -> Snapshot:
    synth.stream(StreamType.ExceptionStream, stream.pack()[:size])
    return read_dump(synth.build()).snapshot()


def test_code_address_parameters_and_registers() -> None:
    synth = Synth().system()
    context = synth.located(amd64_context(Rip=0x401000))
    found = snapshot_of(synth, MINIDUMP_EXCEPTION_STREAM(7, 0, RECORD, context)).exception
    assert isinstance(found, ExceptionRecord)
    assert (found.thread_id, found.code, found.address) == (7, 0xC0000005, 0x401000)
    assert (found.flags, found.record, found.parameters) == (1, 0x99, (1, 0xDEAD))
    assert isinstance(found.registers, Registers)
    assert found.registers.pc == 0x401000


def test_more_parameters_than_there_can_be_are_cut() -> None:
    record = replace(RECORD, NumberParameters=1000)
    found = snapshot_of(Synth().system(), MINIDUMP_EXCEPTION_STREAM(7, 0, record)).exception
    assert isinstance(found, ExceptionRecord)
    assert len(found.parameters) == 15


def test_registers_outside_the_file_are_absent() -> None:
    stream = MINIDUMP_EXCEPTION_STREAM(7, 0, RECORD, MINIDUMP_LOCATION_DESCRIPTOR(1232, 1 << 30))
    snapshot = snapshot_of(Synth().system(), stream)
    assert isinstance(snapshot.exception, ExceptionRecord)
    assert isinstance(snapshot.exception.registers, Absent)
    assert snapshot.problems[0].where == "Registers of the exception"


def test_a_short_stream_is_absent_and_a_problem() -> None:
    snapshot = snapshot_of(Synth().system(), MINIDUMP_EXCEPTION_STREAM(), 167)
    assert snapshot.exception == Absent("the dump's list cannot be read")
    assert "too short" in snapshot.problems[0].what


def test_no_exception() -> None:
    assert read_dump(Synth().system().build()).snapshot().exception == Absent("none")
