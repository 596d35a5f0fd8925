"""The page of MiniDumpWriteDump, statement by statement, on both systems.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump

PAGE says in our own words what each of its sentences states, in their order. Each has a test here
that says so, or a reason in UNTRIED why it cannot be tried.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dumpengine import MinidumpType
from dumpengine.callbacks import CallbackType
from dumpengine.dbghelp import (
    EXCEPTION_POINTERS,
    EXCEPTION_RECORD,
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_EXCEPTION_INFORMATION,
    MINIDUMP_USER_STREAM,
    MINIDUMP_USER_STREAM_INFORMATION,
    GetCurrentProcess,
    GetLastError,
    LastFailure,
    MiniDumpWriteDump,
)
from dumpengine.dump_types import VALID_TYPE_FLAGS
from dumpengine.errors import E_ACCESSDENIED, E_CANCELLED, E_INVALID_HANDLE
from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_AMD64_ALL
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Absent, read_memory
from tests.support.handles import file_handle, process_handle
from tests.support.windows import Target, needs_windows, target

pytestmark = pytest.mark.live

PAGE = (
    "It writes what it finds out about a process into the file.",
    "hProcess is a handle of the process.",
    "hProcess has PROCESS_QUERY_INFORMATION and PROCESS_VM_READ.",
    "For handle data, hProcess has PROCESS_DUP_HANDLE too.",
    "The caller can get THREAD_ALL_ACCESS to the threads.",
    "ProcessId is the process's id.",
    "hFile is a handle of the file.",
    "DumpType is one or more values of MINIDUMP_TYPE.",
    "ExceptionParam describes the exception.",
    "Without ExceptionParam the file has no exception.",
    "UserStreamParam describes streams of the caller's; without it there are none.",
    "CallbackParam names a routine; without it none is called.",
    "TRUE for success, FALSE otherwise.",
    "GetLastError tells more, as an HRESULT.",
    "After a cancellation it is HRESULT_FROM_WIN32(ERROR_CANCELLED).",
    "The routine is told more about the dump.",
    "The routine can filter what is written.",
    "It should be called from another process than the target.",
    "That is so above all when the target is not stable, say because it crashed.",
    "Called within the target it may for example deadlock over the loader.",
    "Else a thread of its own should do nothing but call it, so that there is stack left.",
    "The call stack of the calling thread may not be valid.",
    "Its state may be taken beforehand and given as ExceptionParam.",
    "An exception forced inside __try and __except gives such a state.",
    "Or a new thread makes the call, and is filtered from the dump.",
    "DbgHelp functions are for one thread at a time.",
    "Calls from several threads must be synchronized.",
    "It is in Dbghelp.dll and Dbgcore.dll.",
)

UNTRIED = {
    "An exception forced inside __try and __except gives such a state.": (
        "Those are words of C. What they give, pointers to a record and a CONTEXT, is tried with "
        "the address that Windows hands to a filter, in the test of a target that crashed."
    ),
    "Else a thread of its own should do nothing but call it, so that there is stack left.": (
        "Advice for those who call within the target. We never do: the target's stack is not used."
    ),
}

_Test = TypeVar("_Test", bound=Callable[..., None])
_tried: set[str] = set()


def says(*sentences: str) -> Callable[[_Test], _Test]:
    """Mark a test as that of these sentences."""
    assert set(sentences) <= set(PAGE), sentences
    _tried.update(sentences)
    return lambda test: test


@pytest.fixture(autouse=True)
def microsoft_dll(monkeypatch: pytest.MonkeyPatch) -> None:
    if path := os.environ.get("MS_DBGCORE"):
        monkeypatch.setenv("DUMPENGINE_DLL", path)


def write(path: Path, process: int, pid: int, dump_type: int = 0, *params: Any) -> bool:
    with path.open("w+b") as file:
        return MiniDumpWriteDump(process, pid, file_handle(file), dump_type, *params)


def dump(path: Path, of: Target, dump_type: int = 0, *params: Any) -> bool:
    with process_handle(of.pid) as process:
        return write(path, process, of.pid, dump_type, *params)


def routine(answer: Callable[[Any, Any], Any]) -> MINIDUMP_CALLBACK_INFORMATION:
    """A callback routine that says no to Memory and RemoveMemory, and else what it is told."""

    def call(_param: Any, given: Any, output: Any) -> bool:
        if given.CallbackType in (CallbackType.Memory, CallbackType.RemoveMemory):
            return False
        answered = answer(given, output)
        return True if answered is None else bool(answered)

    return MINIDUMP_CALLBACK_INFORMATION(call)


@says(
    "It writes what it finds out about a process into the file.",
    "hProcess is a handle of the process.",
    "ProcessId is the process's id.",
    "hFile is a handle of the file.",
    "TRUE for success, FALSE otherwise.",
)
def test_handles_in_and_a_dump_out(tmp_path: Path) -> None:
    with target(threads=3) as child:
        assert dump(tmp_path / "x", child) is True
        assert GetLastError() == 0
        assert LastFailure() is None
        threads = set(child.threads)
    with open_dump(tmp_path / "x") as found:
        assert {thread.tid for thread in found.snapshot().threads} == threads
        assert found.snapshot().process.pid == child.pid


NEEDED = {
    MinidumpType.Normal: {"PROCESS_QUERY_INFORMATION": 0x400, "PROCESS_VM_READ": 0x10},
    MinidumpType.WithHandleData: {"PROCESS_DUP_HANDLE": 0x40},
}


@needs_windows
@says(
    "hProcess has PROCESS_QUERY_INFORMATION and PROCESS_VM_READ.",
    "For handle data, hProcess has PROCESS_DUP_HANDLE too.",
)
@pytest.mark.parametrize(
    ("dump_type", "missing"), [(kind, name) for kind, names in NEEDED.items() for name in names]
)
def test_a_missing_right_is_named(dump_type: int, missing: str, tmp_path: Path) -> None:
    everything = 0x450
    right = {name: bit for names in NEEDED.values() for name, bit in names.items()}[missing]
    with target() as child:
        with process_handle(child.pid, everything & ~right) as process:
            assert not write(tmp_path / "x", process, child.pid, dump_type)
            assert GetLastError() == E_ACCESSDENIED
            failure = LastFailure()
            assert failure is not None
            assert missing in failure.cause
        with process_handle(child.pid, everything) as process:
            assert write(tmp_path / "x", process, child.pid, dump_type)


@pytest.mark.skipif(sys.platform == "win32", reason="the rights are looked at in one place here")
@says("hProcess has PROCESS_QUERY_INFORMATION and PROCESS_VM_READ.")
def test_a_handle_gives_no_right_to_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every process")
    with process_handle(1) as process:
        assert not write(tmp_path / "x", process, 1)
    assert GetLastError() == E_ACCESSDENIED


@needs_windows
@says("The caller can get THREAD_ALL_ACCESS to the threads.")
def test_threads_out_of_reach_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dumpengine import write_dump
    from dumpengine.backends.windows import standstill
    from dumpengine.processes.listing import ProcessHandle

    opened = standstill.SuspendedThread.open
    with target() as child:
        main = child.main_thread
        monkeypatch.setattr(
            standstill.SuspendedThread, "open", lambda tid: None if tid == main else opened(tid)
        )
        with process_handle(child.pid) as process:
            result = write_dump(ProcessHandle(child.pid, 0.0, process), tmp_path / "x.dmp")
    assert result.pause_ms is None
    assert any("1 of its 4 threads could not be stopped" in words for words in result.warnings)


@says("DumpType is one or more values of MINIDUMP_TYPE.")
@pytest.mark.parametrize(
    "dump_type", [flag for flag in MinidumpType if flag & VALID_TYPE_FLAGS], ids=lambda f: f.name
)
def test_every_value_alone(dump_type: MinidumpType, tmp_path: Path) -> None:
    with target(threads=2) as child:
        assert dump(tmp_path / "x", child, dump_type), LastFailure()
        assert child.answers()
    with open_dump(tmp_path / "x") as found:
        assert found.flags & dump_type == dump_type
        # FilterTriage means FilterModulePaths too, and dbgcore says so.
        assert not found.flags & ~(dump_type | MinidumpType.FilterModulePaths)


@says(
    "ExceptionParam describes the exception.", "Without ExceptionParam the file has no exception."
)
def test_exception_or_none(tmp_path: Path) -> None:
    record = EXCEPTION_RECORD(0xC0000005, ExceptionInformation=(1, 0x10))
    with target() as child:
        param = MINIDUMP_EXCEPTION_INFORMATION(child.main_thread, EXCEPTION_POINTERS(record))
        assert dump(tmp_path / "with", child, 0, param)
        assert dump(tmp_path / "without", child)
    with open_dump(tmp_path / "with") as found:
        exception = found.snapshot().exception
    assert not isinstance(exception, Absent)
    assert (exception.thread_id, exception.code) == (child.main_thread, 0xC0000005)
    with open_dump(tmp_path / "without") as found:
        assert isinstance(found.snapshot().exception, Absent)
        assert found.stream(StreamType.ExceptionStream) is None


@says("UserStreamParam describes streams of the caller's; without it there are none.")
def test_user_streams_or_none(tmp_path: Path) -> None:
    streams = [MINIDUMP_USER_STREAM(0x10001, Buffer=b"one"), MINIDUMP_USER_STREAM(0x10002)]
    with target() as child:
        param = MINIDUMP_USER_STREAM_INFORMATION(2, streams)
        assert dump(tmp_path / "with", child, 0, None, param)
        assert dump(tmp_path / "without", child)
    with open_dump(tmp_path / "with") as found:
        assert found.stream(0x10001) == b"one"
    with open_dump(tmp_path / "without") as found:
        assert found.stream(0x10001) is None


@says("CallbackParam names a routine; without it none is called.")
@says("The routine is told more about the dump.")
def test_the_routine_is_told(tmp_path: Path) -> None:
    threads: list[int] = []
    paths: list[str] = []

    def listen(given: Any, _output: Any) -> None:
        if given.CallbackType == CallbackType.Thread:
            threads.append(given.Thread.ThreadId)
            assert given.Thread.StackEnd < given.Thread.StackBase
            assert len(given.Thread.Context) == given.Thread.SizeOfContext > 700
        elif given.CallbackType == CallbackType.Module:
            paths.append(given.Module.FullPath)

    with target(threads=3) as child:
        assert dump(tmp_path / "x", child, 0, None, None, routine(listen))
        assert sorted(threads) == sorted(child.threads)
        assert paths
        assert dump(tmp_path / "x", child)
    assert len(threads) == 3


@says("The routine can filter what is written.")
def test_the_routine_filters(tmp_path: Path) -> None:
    def leave_out(given: Any, _output: Any) -> bool:
        kind = given.CallbackType
        if kind == CallbackType.IncludeThread:
            return bool(given.IncludeThread.ThreadId == child.main_thread)
        return bool(kind != CallbackType.IncludeModule)

    with target() as child:
        assert dump(tmp_path / "x", child, 0, None, None, routine(leave_out))
    with open_dump(tmp_path / "x") as found:
        snapshot = found.snapshot()
    assert [thread.tid for thread in snapshot.threads] == [child.main_thread]
    assert not snapshot.modules


@says("GetLastError tells more, as an HRESULT.", "TRUE for success, FALSE otherwise.")
def test_a_failure_leaves_an_hresult(tmp_path: Path) -> None:
    with target() as child:
        assert write(tmp_path / "x", 0x7FFFFF0, child.pid) is False
    assert GetLastError() == E_INVALID_HANDLE == 0x80070006


@says("After a cancellation it is HRESULT_FROM_WIN32(ERROR_CANCELLED).")
def test_cancelled(tmp_path: Path) -> None:
    def cancel(given: Any, output: Any) -> None:
        if given.CallbackType == CallbackType.Cancel:
            output.CheckCancel = output.Cancel = True

    with target() as child:
        assert not dump(tmp_path / "x", child, 0, None, None, routine(cancel))
        assert GetLastError() == E_CANCELLED == 0x80070000 | 1223
        assert child.answers()


@says("It should be called from another process than the target.")
def test_a_process_that_dumps_itself_is_dumped_by_another(tmp_path: Path) -> None:
    """In our own process nothing stands still: this thread goes on while it is dumped."""
    beats: list[float] = []
    done = threading.Event()

    def beat() -> None:
        while not done.wait(0.005):
            beats.append(time.monotonic())

    heart = threading.Thread(target=beat)
    heart.start()
    try:
        assert write(tmp_path / "x", GetCurrentProcess, os.getpid()), LastFailure()
        assert heart.is_alive()
    finally:
        done.set()
        heart.join()
    with open_dump(tmp_path / "x") as found:
        assert heart.native_id in {thread.tid for thread in found.snapshot().threads}
    assert beats


_CRASHED = """
import ctypes, sys, threading, time
def wait(*_):
    time.sleep(60)
if sys.platform == "win32":
    kernel = ctypes.WinDLL("kernel32")
    Filter = ctypes.WINFUNCTYPE(ctypes.c_long, ctypes.c_void_p)
    def crashed(pointers):
        print(kernel.GetCurrentThreadId(), pointers, flush=True)
        time.sleep(60)
        return 1
    handler = Filter(crashed)
    kernel.SetUnhandledExceptionFilter(handler)
    kernel.CreateThread.argtypes = [ctypes.c_void_p] * 6
    kernel.CreateThread(None, None, None, None, None, None)  # it starts at address 0
else:
    Handler = ctypes.CFUNCTYPE(None, ctypes.c_int)
    libc = ctypes.CDLL(None)
    def crashed(signal):
        print(threading.get_native_id(), 0, flush=True)
        time.sleep(60)
    handler = Handler(crashed)
    libc.signal(11, handler)
    ctypes.string_at(0)
time.sleep(60)
"""

_LOADER_LOCKED = """
import ctypes, sys, time
def locked(*_):
    print(0, 0, flush=True)
    time.sleep(60)
    return 0
if sys.platform == "win32":
    cookie = ctypes.c_void_p()
    ctypes.WinDLL("ntdll").LdrLockLoaderLock(0, None, ctypes.byref(cookie))
    locked()
else:
    Walk = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
    walk = Walk(locked)
    ctypes.CDLL(None).dl_iterate_phdr(walk, None)  # holds the loader's lock meanwhile
"""


@contextmanager
def program(text: str) -> Iterator[tuple[int, int, int]]:
    """Run a target; yields its id and the two numbers it prints."""
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        first, second = child.stdout.readline().split()
        try:
            yield child.pid, int(first), int(second)
        finally:
            child.kill()


@says("That is so above all when the target is not stable, say because it crashed.")
def test_a_target_that_crashed(tmp_path: Path) -> None:
    with program(_CRASHED) as (pid, thread, pointers), process_handle(pid) as process:
        param = MINIDUMP_EXCEPTION_INFORMATION(thread, EXCEPTION_POINTERS(EXCEPTION_RECORD(11)))
        if pointers:
            param = MINIDUMP_EXCEPTION_INFORMATION(thread, pointers, ClientPointers=True)
        assert write(tmp_path / "x", process, pid, 0, param), LastFailure()
    with open_dump(tmp_path / "x") as found:
        exception = found.snapshot().exception
    assert not isinstance(exception, Absent)
    assert exception.thread_id == thread
    if pointers:
        assert (exception.code, exception.address) == (0xC0000005, 0)


@says("Called within the target it may for example deadlock over the loader.")
def test_a_target_that_holds_the_loaders_lock(tmp_path: Path) -> None:
    with program(_LOADER_LOCKED) as (pid, _, _), process_handle(pid) as process:
        assert write(tmp_path / "x", process, pid), LastFailure()
    with open_dump(tmp_path / "x") as found:
        assert found.snapshot().modules


@says("The call stack of the calling thread may not be valid.")
def test_the_calling_thread_has_a_true_stack(tmp_path: Path) -> None:
    assert write(tmp_path / "x", GetCurrentProcess, os.getpid()), LastFailure()
    me = threading.get_native_id()
    with open_dump(tmp_path / "x") as found:
        snapshot = found.snapshot()
        mine = next(thread for thread in snapshot.threads if thread.tid == me)
        assert not isinstance(mine.registers, Absent)
        assert not isinstance(mine.stack, Absent)
        sp, pc = mine.registers.sp, mine.registers.pc
        assert mine.stack.start <= sp < mine.stack.end
        assert read_memory(found.memory, sp, 64)
    assert any(module.base <= pc < module.base + module.size for module in snapshot.modules)


@says("Its state may be taken beforehand and given as ExceptionParam.")
def test_a_state_that_was_taken_beforehand(tmp_path: Path) -> None:
    context = CONTEXT_AMD64(ContextFlags=CONTEXT_AMD64_ALL, Rip=0x1234, Rsp=0x5678).pack()
    pointers = EXCEPTION_POINTERS(EXCEPTION_RECORD(0xE0000001, ExceptionAddress=0x1234), context)
    param = MINIDUMP_EXCEPTION_INFORMATION(threading.get_native_id(), pointers)
    assert write(tmp_path / "x", GetCurrentProcess, os.getpid(), 0, param), LastFailure()
    with open_dump(tmp_path / "x") as found:
        exception = found.snapshot().exception
    assert not isinstance(exception, Absent)
    assert not isinstance(exception.registers, Absent)
    assert (exception.address, exception.registers.sp) == (0x1234, 0x5678)


@says("Or a new thread makes the call, and is filtered from the dump.")
def test_a_worker_that_filters_itself(tmp_path: Path) -> None:
    done: list[bool] = []
    worker = threading.Thread(target=lambda: done.append(call()))

    def call() -> bool:
        me = threading.get_native_id()

        def filter_me(given: Any, _output: Any) -> bool:
            kind = given.CallbackType
            return bool(kind != CallbackType.IncludeThread or given.IncludeThread.ThreadId != me)

        param = routine(filter_me)
        return write(tmp_path / "x", GetCurrentProcess, os.getpid(), 0, None, None, param)

    worker.start()
    worker.join()
    assert done == [True]
    with open_dump(tmp_path / "x") as found:
        tids = {thread.tid for thread in found.snapshot().threads}
    assert threading.get_native_id() in tids
    assert worker.native_id not in tids


@says(
    "DbgHelp functions are for one thread at a time.",
    "Calls from several threads must be synchronized.",
)
def test_calls_from_several_threads_take_turns(tmp_path: Path) -> None:
    running: list[int] = []
    most = 0

    def call(index: int) -> None:
        def enter(given: Any, _output: Any) -> None:
            nonlocal most
            if given.CallbackType == CallbackType.IncludeThread and index not in running:
                running.append(index)
                most = max(most, len(running))
                time.sleep(0.02)
            elif given.CallbackType == CallbackType.Module and index in running:
                running.remove(index)

        assert dump(tmp_path / str(index), child, 0, None, None, routine(enter))
        results.append(index)

    results: list[int] = []
    with target() as child:
        threads = [threading.Thread(target=call, args=(index,)) for index in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results) == [0, 1, 2]
    assert most == 1


@needs_windows
@says("It is in Dbghelp.dll and Dbgcore.dll.")
@pytest.mark.parametrize("name", ["dbgcore.dll", "dbghelp.dll"])
def test_either_dll(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = Path(os.environ["SYSTEMROOT"], "System32", name)
    variable = f"MS_{name.removesuffix('.dll').upper()}"
    monkeypatch.setenv("DUMPENGINE_DLL", os.environ.get(variable, str(system)))
    with target() as child:
        done = dump(tmp_path / "x", child)
        assert child.answers()
        if not done and "6.1.7601" in str(LastFailure()):  # that of Windows 7 asks no callback
            assert "wrote nothing" in str(LastFailure())
            pytest.skip("there is only the dbghelp.dll of Windows 7")
        assert done, LastFailure()


def test_every_statement_is_tried_or_has_a_reason() -> None:
    assert set(PAGE) == _tried | UNTRIED.keys()
    assert not _tried & UNTRIED.keys()
    assert all(UNTRIED.values())
