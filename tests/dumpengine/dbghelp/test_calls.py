"""The API's own shape, on every system."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from dumpengine import dbghelp
from dumpengine.callbacks import CallbackType
from dumpengine.dbghelp import (
    EXCEPTION_POINTERS,
    EXCEPTION_RECORD,
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_EXCEPTION_INFORMATION,
    MINIDUMP_USER_STREAM,
    MINIDUMP_USER_STREAM_INFORMATION,
    S_FALSE,
    S_OK,
    GetLastError,
    LastFailure,
    MiniDumpReadDumpStream,
    MiniDumpWriteDump,
)
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_CALLBACK_EXCEPTION,
    E_CANCELLED,
    E_INVALID_HANDLE,
    E_INVALIDARG,
    ErrorKind,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import open_dump, read_dump
from dumpengine.snapshot import Absent, read_memory
from tests.support.handles import file_handle, process_handle
from tests.support.oracle import order, recordings
from tests.support.windows import target

pytestmark = pytest.mark.live

NORMAL = 0
FULL = 2


@pytest.fixture(autouse=True)
def microsoft_dll(monkeypatch: pytest.MonkeyPatch) -> None:
    if path := os.environ.get("MS_DBGCORE"):
        monkeypatch.setenv("DUMPENGINE_DLL", path)


def dump(path: Path, pid: int, dump_type: int = NORMAL, *params: Any) -> bool:
    with path.open("w+b") as file, process_handle(pid) as process:
        return MiniDumpWriteDump(process, pid, file_handle(file), dump_type, *params)


def calling(routine: Callable[..., Any], param: Any = None) -> MINIDUMP_CALLBACK_INFORMATION:
    return MINIDUMP_CALLBACK_INFORMATION(routine, param)


def test_true_and_a_dump(tmp_path: Path) -> None:
    with target(threads=3) as child:
        assert dump(tmp_path / "x", child.pid)
        assert GetLastError() == S_OK
        threads = set(child.threads)
    with open_dump(tmp_path / "x") as found:
        assert {thread.tid for thread in found.snapshot().threads} == threads


def test_into_a_stream(tmp_path: Path) -> None:
    with (
        target() as child,
        process_handle(child.pid) as process,
        (tmp_path / "x").open("w+b") as file,
    ):
        assert MiniDumpWriteDump(process, child.pid, file, NORMAL)
    with open_dump(tmp_path / "x") as found:
        assert len(found.snapshot().threads) == 4


def test_false_and_an_hresult_for_bits_nobody_knows(tmp_path: Path) -> None:
    with target() as child:
        assert not dump(tmp_path / "x", child.pid, 0x80000000)
    assert GetLastError() == E_INVALIDARG


@pytest.mark.parametrize("pid", [0, -1, 2**31 - 2])
def test_false_for_another_process_than_the_handles(pid: int, tmp_path: Path) -> None:
    with target() as child, process_handle(child.pid) as process:
        with (tmp_path / "x").open("w+b") as file:
            assert not MiniDumpWriteDump(process, pid, file, NORMAL)
        assert GetLastError() == E_INVALIDARG


@pytest.mark.parametrize("process", [None, 0x7FFFFF0, "a file"])
def test_false_for_what_is_no_process_handle(process: Any, tmp_path: Path) -> None:
    with target() as child, (tmp_path / "x").open("w+b") as file:
        given = file_handle(file) if process == "a file" else process
        assert not MiniDumpWriteDump(given, child.pid, file, NORMAL)
        assert GetLastError() == E_INVALID_HANDLE


def test_false_for_a_process_that_has_ended(tmp_path: Path) -> None:
    with target() as child, process_handle(child.pid) as process:
        child.kill()
        with (tmp_path / "x").open("w+b") as file:
            assert not MiniDumpWriteDump(process, child.pid, file, NORMAL)
    assert GetLastError() == E_INVALIDARG
    failure = LastFailure()
    assert failure is not None
    assert failure.kind is ErrorKind.NO_PROCESS


def closed(path: Path) -> BinaryIO:
    with path.open("w+b") as file:
        return file


BAD_FILES: dict[str, tuple[Callable[[Path], Any], int]] = {
    "none": (lambda _: None, E_INVALID_HANDLE),
    "a number": (lambda _: 0x7FFFFF0, E_INVALID_HANDLE),
    "less than nothing": (lambda _: -1, E_INVALID_HANDLE),
    "closed": (closed, E_INVALID_HANDLE),
    "read only": (lambda path: path.open("rb"), E_ACCESSDENIED),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_false_for_a_bad_file(name: str, tmp_path: Path) -> None:
    make, error = BAD_FILES[name]
    (tmp_path / "x").write_bytes(b"")
    with target() as child, process_handle(child.pid) as process:
        file = make(tmp_path / "x")
        assert not MiniDumpWriteDump(process, child.pid, file, NORMAL)
        assert GetLastError() == error
        if name == "read only":
            assert not MiniDumpWriteDump(process, child.pid, file_handle(file), NORMAL)
            assert GetLastError() == error
            file.close()
        assert child.answers()


@pytest.mark.parametrize(
    "params",
    [(3.5,), ("full",), (0, "no exception"), (0, None, "no streams"), (1 << 70,)],
    ids=str,
)
def test_false_for_what_is_no_parameter(params: Any, tmp_path: Path) -> None:
    with target() as child, process_handle(child.pid) as process:
        with (tmp_path / "x").open("w+b") as file:
            assert not MiniDumpWriteDump(process, child.pid, file, *params)
        assert GetLastError() >= 0x80000000
        assert child.answers()


def test_the_last_error_belongs_to_the_thread(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w+b") as file:
        assert not MiniDumpWriteDump(dbghelp.GetCurrentProcess, 1, file, NORMAL)
    others = []
    thread = threading.Thread(target=lambda: others.append(GetLastError()))
    thread.start()
    thread.join()
    assert others == [S_OK]
    assert GetLastError() == E_INVALIDARG


def test_no_file_and_nobody_who_writes() -> None:
    param = calling(lambda *_: False)
    with target() as child, process_handle(child.pid) as process:
        assert not MiniDumpWriteDump(process, child.pid, None, NORMAL, None, None, param)
        assert child.answers()
    assert GetLastError() == E_INVALID_HANDLE


def test_user_streams(tmp_path: Path) -> None:
    streams = [
        MINIDUMP_USER_STREAM(0x10001, 3, b"abcdef"),
        MINIDUMP_USER_STREAM(0x10002, None, memoryview(b"whole")),
        MINIDUMP_USER_STREAM(0x10003, None, b"not counted"),
    ]
    with target() as child:
        param = MINIDUMP_USER_STREAM_INFORMATION(2, streams)
        assert dump(tmp_path / "x", child.pid, NORMAL, None, param)
    data = (tmp_path / "x").read_bytes()
    found, directory, stream, size = MiniDumpReadDumpStream(data, 0x10001)
    assert found
    assert directory is not None
    assert (directory.StreamType, bytes(stream), size) == (0x10001, b"abc", 3)
    assert bytes(MiniDumpReadDumpStream(data, 0x10002)[2]) == b"whole"


def test_a_stream_that_is_not_there(tmp_path: Path) -> None:
    with target() as child:
        assert dump(tmp_path / "x", child.pid)
    found, directory, stream, size = MiniDumpReadDumpStream((tmp_path / "x").read_bytes(), 0x10001)
    assert (found, directory, bytes(stream), size) == (False, None, b"", 0)
    assert GetLastError() == E_INVALIDARG


def test_exception(tmp_path: Path) -> None:
    record = EXCEPTION_RECORD(0xC0000005, ExceptionInformation=(0, 0x10))
    with target() as child:
        param = MINIDUMP_EXCEPTION_INFORMATION(child.main_thread, EXCEPTION_POINTERS(record))
        assert dump(tmp_path / "x", child.pid, NORMAL, param)
    with open_dump(tmp_path / "x") as found:
        exception = found.snapshot().exception
    assert not isinstance(exception, Absent)
    assert not isinstance(exception.registers, Absent)
    assert (exception.thread_id, exception.code) == (child.main_thread, 0xC0000005)
    assert exception.parameters[:2] == (0, 0x10)
    assert exception.address == exception.registers.pc != 0


@pytest.mark.parametrize("dump_type", [NORMAL, FULL])
def test_callbacks_in_the_order_of_microsofts(dump_type: int, tmp_path: Path) -> None:
    calls = []

    def routine(param: Any, given: Any, output: Any) -> bool:
        assert param == "mine"
        assert given.ProcessId == child.pid
        calls.append(CallbackType(given.CallbackType).name)
        output.CheckCancel = True
        output.Continue = True
        return given.CallbackType not in (CallbackType.Memory, CallbackType.RemoveMemory)

    with target(threads=4) as child:
        assert dump(tmp_path / "x", child.pid, dump_type, None, None, calling(routine, "mine"))
    recorded = next(r for r in recordings() if r.dump_type == dump_type)
    # How many modules there are is the system's own affair.
    assert names(order(calls, {"Cancel"})) == names(order(recorded.callbacks, {"Cancel"}))
    assert "Cancel" in calls
    assert order(calls).count("Threadx4") == 1


def names(folded: list[str]) -> list[str]:
    return [word.partition("x")[0] for word in folded]


def test_cancel(tmp_path: Path) -> None:
    def routine(_param: Any, given: Any, output: Any) -> bool:
        if given.CallbackType == CallbackType.Cancel:
            output.CheckCancel = output.Cancel = True
        return True

    with target() as child:
        assert not dump(tmp_path / "x", child.pid, NORMAL, None, None, calling(routine))
        assert GetLastError() == E_CANCELLED == 0x800704C7
        assert child.answers()


def test_false_leaves_a_thread_out(tmp_path: Path) -> None:
    def routine(_param: Any, given: Any, _output: Any) -> bool:
        kind = given.CallbackType
        if kind == CallbackType.IncludeThread:
            return bool(given.IncludeThread.ThreadId != child.main_thread)
        return kind not in (CallbackType.Memory, CallbackType.RemoveMemory)

    with target() as child:
        assert dump(tmp_path / "x", child.pid, NORMAL, None, None, calling(routine))
    with open_dump(tmp_path / "x") as found:
        tids = [thread.tid for thread in found.snapshot().threads]
    assert len(tids) == 3
    assert child.main_thread not in tids


def test_the_routine_writes_the_file() -> None:
    data = bytearray()
    finished = []

    def routine(_param: Any, given: Any, output: Any) -> bool:
        kind = given.CallbackType
        if kind == CallbackType.IoStart:
            output.Status = S_FALSE
        elif kind == CallbackType.IoWriteAll:
            end = given.Io.Offset + given.Io.BufferBytes
            data.extend(bytes(max(end - len(data), 0)))
            data[given.Io.Offset : end] = given.Io.Buffer
            output.Status = S_OK
        elif kind == CallbackType.IoFinish:
            finished.append(True)
            output.Status = S_OK
        return kind not in (CallbackType.Memory, CallbackType.RemoveMemory)

    with target() as child, process_handle(child.pid) as process:
        param = calling(routine)
        assert MiniDumpWriteDump(process, child.pid, None, NORMAL, None, None, param)
    assert finished == [True]
    assert len(read_dump(bytes(data)).snapshot().threads) == 4


def test_redaction_through_vm_post_read(tmp_path: Path) -> None:
    def routine(_param: Any, given: Any, output: Any) -> bool:
        if given.CallbackType == CallbackType.VmStart:
            output.Status = S_FALSE
        if given.CallbackType == CallbackType.VmPostRead:
            child.black_out(given.VmPostRead.Offset, given.VmPostRead.Buffer)
        return given.CallbackType not in (CallbackType.VmQuery, CallbackType.VmPreRead)

    with target() as child:
        assert dump(tmp_path / "x", child.pid, FULL, None, None, calling(routine))
    with open_dump(tmp_path / "x") as found:
        assert read_memory(found.memory, child.secret, 36) == b"*" * 36


def test_an_exception_in_the_routine(tmp_path: Path) -> None:
    def routine(_param: Any, given: Any, _output: Any) -> bool:
        return bool(1 // (given.CallbackType != CallbackType.IncludeModule))

    with target() as child:
        with pytest.raises(ZeroDivisionError):
            dump(tmp_path / "x", child.pid, NORMAL, None, None, calling(routine))
        assert GetLastError() == E_CALLBACK_EXCEPTION
        assert child.answers()


def test_the_pseudo_handle_is_this_process(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w+b") as file:
        done = MiniDumpWriteDump(dbghelp.GetCurrentProcess, 0, file, NORMAL)
    assert done, hex(GetLastError())
    with open_dump(tmp_path / "x") as found:
        assert threading.get_native_id() in {t.tid for t in found.snapshot().threads}
        assert found.stream(StreamType.SystemInfoStream)
