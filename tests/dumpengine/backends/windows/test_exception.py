"""The exception stream: of a thread as it is, of our own making, and from the target."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.job import CaptureJob
from dumpengine.options import CaptureOptions, ExceptionInformation
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Absent
from tests.support.windows import Dumper, FileSink, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

_M = MinidumpType


def test_exception_with_the_threads_own_registers(dumper: Dumper) -> None:
    with target() as child:
        asked = ExceptionInformation(child.main_thread, parameters=(1, 2**64 - 2))
        _, path = dumper(child, exception=asked)
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
    found = snapshot.exception
    assert not isinstance(found, Absent)
    thread = next(t for t in snapshot.threads if t.tid == child.main_thread)
    assert not isinstance(thread.registers, Absent)
    assert not isinstance(found.registers, Absent)
    assert found.thread_id == child.main_thread
    assert found.code == 0xFFFFFFFF
    assert found.address == thread.registers.pc != 0
    assert found.parameters == (1, 2**64 - 2)
    assert found.registers.context == thread.registers.context


def test_exception_with_records_of_ours(dumper: Dumper) -> None:
    from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_AMD64_ALL

    context = CONTEXT_AMD64(ContextFlags=CONTEXT_AMD64_ALL, Rip=0x1234, Rsp=0x5678).pack()
    with target() as child:
        asked = ExceptionInformation(
            child.main_thread, code=0xC0000005, flags=1, address=0xABCD, context=context
        )
        _, path = dumper(child, exception=asked)
    with open_dump(path) as dump:
        found = dump.snapshot().exception
    assert not isinstance(found, Absent)
    assert not isinstance(found.registers, Absent)
    assert (found.code, found.flags, found.address) == (0xC0000005, 1, 0xABCD)
    assert (found.registers.pc, found.registers.sp) == (0x1234, 0x5678)


_POINTERS = """
import ctypes, sys
record = ctypes.create_string_buffer(152)
ctypes.memmove(record, (0xC0000094).to_bytes(4, "little"), 4)
ctypes.memmove(ctypes.addressof(record) + 16, (0xDEAD).to_bytes(8, "little"), 8)
raw = ctypes.create_string_buffer(1232 + 16)
context = ctypes.addressof(raw) + -ctypes.addressof(raw) % 16
ctypes.memmove(context + 0x30, (0x10001F).to_bytes(4, "little"), 4)
ctypes.memmove(context + 0xF8, (0xFEED).to_bytes(8, "little"), 8)
pointers = (ctypes.c_void_p * 2)(ctypes.addressof(record), context)
print(ctypes.addressof(pointers), flush=True)
sys.stdin.read()
"""


def test_exception_with_pointers_in_the_target(tmp_path: Path) -> None:
    from dumpengine.backends.windows.capture import capture
    from dumpengine.backends.windows.toolhelp import thread_ids

    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _POINTERS], stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        address = int(child.stdout.readline())
        thread = next(thread_ids(child.pid))
        asked = ExceptionInformation(thread, client_pointers=True, pointers=address)
        options = CaptureOptions(dump_type=_M.Normal, exception=asked)
        sink = FileSink(tmp_path / "it.dmp")
        capture(CaptureJob(child.pid, 0.0, options, sink))
        child.kill()
    with open_dump(sink.close()) as dump:
        found = dump.snapshot().exception
    assert not isinstance(found, Absent)
    assert not isinstance(found.registers, Absent)
    assert (found.code, found.address, found.registers.pc) == (0xC0000094, 0xDEAD, 0xFEED)


def test_a_thread_that_is_not_there(dumper: Dumper) -> None:
    with target() as child:
        for asked in (
            ExceptionInformation(0x7FFFFFF0),
            ExceptionInformation(0x7FFFFFF0, client_pointers=True, pointers=child.secret),
        ):
            with pytest.raises(DumpError, match="thread 2147483632") as caught:
                dumper(child, exception=asked)
            assert caught.value.hresult == E_INVALIDARG
            assert child.answers()


def test_too_many_exception_parameters(dumper: Dumper) -> None:
    with target() as child, pytest.raises(DumpError) as caught:
        dumper(child, exception=ExceptionInformation(child.main_thread, parameters=(0,) * 16))
    assert caught.value.hresult == E_INVALIDARG
