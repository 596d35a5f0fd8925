"""Refusals and retries of MiniDumpWriteDump, with the DLL's behaviour played; runs everywhere."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pytest

from dumpengine.backends.windows import api, call, process
from dumpengine.backends.windows.callback import Bridge
from dumpengine.backends.windows.dll import Library
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.structs import (
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_CALLBACK_INPUT,
    MINIDUMP_CALLBACK_OUTPUT,
)
from dumpengine.callbacks import CallbackType, DumpCallback
from dumpengine.dump_types import VALID_TYPE_FLAGS, MinidumpType
from dumpengine.errors import (
    E_CANCELLED,
    E_DISK_FULL,
    E_INVALIDARG,
    E_NOACCESS,
    E_NOTIMPL,
    E_PARTIAL_COPY,
    DumpError,
    ErrorKind,
)
from dumpengine.job import CaptureJob
from dumpengine.options import CaptureOptions

_M = MinidumpType
TARGET = process.Target(pid=42, handle=7, access=process.REQUIRED)
STILL = Standstill(42)


class Dll:
    """Plays MiniDumpWriteDump: fails with the codes given, one a call, then succeeds."""

    def __init__(
        self,
        *codes: int,
        knows: int = VALID_TYPE_FLAGS,
        looks: bool = False,
        writes: bool = True,
    ) -> None:
        self.codes = list(codes)
        self.writes = writes
        self.knows = knows
        self.looks = looks
        self.types: list[int] = []

    def __call__(self, *arguments: Any) -> int:
        dump_type, callback = arguments[3], arguments[6]._obj
        self.types.append(dump_type)
        if dump_type & ~self.knows:
            return self._fail(E_INVALIDARG)
        if self.looks:
            ask(callback, CallbackType.IncludeThread)
        if self.codes:
            return self._fail(self.codes.pop(0))
        if self.writes:
            write_header(callback)
        return 1

    @staticmethod
    def _fail(code: int) -> int:
        api.set_last_error(code)
        return 0


def ask(
    callback: MINIDUMP_CALLBACK_INFORMATION, kind: int, **told: int
) -> tuple[int, MINIDUMP_CALLBACK_OUTPUT]:
    """Call a routine by its address, as the DLL does."""
    given, answer = MINIDUMP_CALLBACK_INPUT(), MINIDUMP_CALLBACK_OUTPUT()
    given.CallbackType = kind
    for name, value in told.items():
        setattr(given, name, value)
    routine = api.MINIDUMP_CALLBACK_ROUTINE(callback.CallbackRoutine)
    return routine(None, ctypes.addressof(given), ctypes.addressof(answer)), answer


def write_header(callback: MINIDUMP_CALLBACK_INFORMATION) -> None:
    """Write the one thing that is kept back until the end."""
    header = ctypes.create_string_buffer(32)
    given, answer = MINIDUMP_CALLBACK_INPUT(), MINIDUMP_CALLBACK_OUTPUT()
    given.CallbackType = CallbackType.IoWriteAll
    given.Io.Buffer, given.Io.BufferBytes = ctypes.addressof(header), len(header)
    routine = api.MINIDUMP_CALLBACK_ROUTINE(callback.CallbackRoutine)
    assert routine(None, ctypes.addressof(given), ctypes.addressof(answer))


class Nowhere:
    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        raise AssertionError(f"nothing is written here: {len(data)} bytes at {offset}")


@pytest.fixture(autouse=True)
def alive(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the target runs: one answer a question, the last one for good."""
    answers = [True]
    running = property(lambda _: answers.pop(0) if len(answers) > 1 else answers[0])
    monkeypatch.setattr(process.Target, "running", running)
    return answers


def asked(dump_type: int) -> CaptureOptions:
    return CaptureOptions(dump_type=_M(dump_type))


def write(dll: Dll, dump_type: int = 0, callback: DumpCallback | None = None) -> call.Answer:
    job = CaptureJob(42, 0.0, asked(dump_type), Nowhere(), callback or DumpCallback())
    library = Library("C:\\old\\dbghelp.dll", "6.1.7601.0", dll)
    request = call.Request(library, TARGET, 7, STILL, snapshot=True)
    return call.write(request, _M(dump_type), lambda: Bridge(job, TARGET, STILL))


def test_flags_of_a_newer_time_are_dropped_one_by_one_with_a_notice() -> None:
    dll = Dll(knows=0x1FFFF)
    answer = write(dll, _M.WithFullMemory | _M.WithAvxXStateContext | _M.WithTokenInformation)
    assert answer.dump_type == _M.WithFullMemory
    assert dll.types == [0x240002, 0x40002, 0x2]
    assert answer.notices == (
        "dbghelp.dll 6.1.7601.0 (C:\\old\\dbghelp.dll) does not know WithAvxXStateContext; "
        "it was left out.",
        "dbghelp.dll 6.1.7601.0 (C:\\old\\dbghelp.dll) does not know WithTokenInformation; "
        "it was left out.",
    )


def test_old_flags_are_never_dropped() -> None:
    dll = Dll(knows=0)
    with pytest.raises(DumpError) as caught:
        write(dll, _M.WithFullMemory | _M.WithHandleData)
    assert caught.value.hresult == E_INVALIDARG
    assert dll.types == [6]


def test_a_failure_later_on_drops_no_flags() -> None:
    dll = Dll(E_INVALIDARG, looks=True)
    with pytest.raises(DumpError):
        write(dll, _M.WithAvxXStateContext)
    assert dll.types == [_M.WithAvxXStateContext]


def test_partial_copy_is_tried_again() -> None:
    dll = Dll(E_PARTIAL_COPY, E_PARTIAL_COPY, looks=True)
    answer = write(dll)
    assert len(dll.types) == 3
    assert answer.notices[-1] == "Memory changed while it was read; attempt 3."


def test_partial_copy_is_not_tried_for_ever() -> None:
    dll = Dll(*[E_PARTIAL_COPY] * 99, looks=True)
    with pytest.raises(DumpError) as caught:
        write(dll)
    assert caught.value.hresult == E_PARTIAL_COPY
    assert len(dll.types) == call.PARTIAL_COPY_ATTEMPTS


def test_other_failures_are_final() -> None:
    dll = Dll(E_DISK_FULL, looks=True)
    with pytest.raises(DumpError) as caught:
        write(dll)
    assert caught.value.hresult == E_DISK_FULL
    assert len(dll.types) == 1


def test_a_dll_that_asks_nobody_to_write_has_written_nothing() -> None:
    with pytest.raises(DumpError) as caught:
        write(Dll(writes=False))
    assert caught.value.hresult == E_NOTIMPL
    assert "dbghelp.dll 6.1.7601.0" in caught.value.cause


def test_an_access_violation_in_the_dll_is_a_failure() -> None:
    def dll(*_: object) -> int:
        raise OSError("exception: access violation reading 0x4")

    with pytest.raises(DumpError) as caught:
        write(dll)  # type: ignore[arg-type]
    assert caught.value.hresult == E_NOACCESS
    assert "dbghelp.dll 6.1.7601.0" in caught.value.cause


def test_a_target_that_ended_is_the_reason(alive: list[bool]) -> None:
    alive[:] = [False]
    with pytest.raises(DumpError) as caught:
        write(Dll(0xD000010A, looks=True))
    assert caught.value.kind is ErrorKind.NO_PROCESS


def test_cancelled_says_so_whatever_the_last_error_is() -> None:
    class CancelNow(DumpCallback):
        def cancel(self) -> bool:
            return True

    def dll(*arguments: Any) -> int:
        _, answer = ask(arguments[6]._obj, CallbackType.Cancel)
        assert answer.Cancel
        assert answer.CheckCancel
        api.set_last_error(1)
        return 0

    with pytest.raises(DumpError) as caught:
        write(dll, callback=CancelNow())  # type: ignore[arg-type]
    assert caught.value.hresult == E_CANCELLED


def answers_to(kind: int, callback: DumpCallback | None = None) -> tuple[int, Any]:
    job = CaptureJob(42, 0.0, asked(_M.Normal), Nowhere(), callback or DumpCallback())
    bridge = Bridge(job, TARGET, STILL)
    return ask(bridge.information(), kind)


@pytest.mark.parametrize("kind", [2**31, 21, 22, 99])
def test_unknown_callback_types_answer_true_and_touch_nothing(kind: int) -> None:
    done, answer = answers_to(kind)
    assert done
    assert bytes(answer) == bytes(52)


def test_a_stuck_thread_is_left_out() -> None:
    still = Standstill(42)
    still.stuck = frozenset({7})
    bridge = Bridge(CaptureJob(42, 0.0, asked(_M.Normal), Nowhere()), TARGET, still)
    assert ask(bridge.information(), CallbackType.IncludeThread, ThreadId=8)[0] == 1
    assert ask(bridge.information(), CallbackType.IncludeThread, ThreadId=7)[0] == 0


def test_cancel_is_always_asked_for_again() -> None:
    done, answer = answers_to(CallbackType.Cancel)
    assert (done, answer.CheckCancel, answer.Cancel) == (1, 1, 0)


def test_regions_go_on_being_asked_about() -> None:
    done, answer = answers_to(CallbackType.IncludeVmRegion)
    assert (done, answer.Continue) == (1, 1)


@pytest.mark.parametrize(("snapshot", "status"), [(False, api.S_OK), (True, api.S_FALSE)])
def test_is_process_snapshot(snapshot: bool, status: int) -> None:
    job = CaptureJob(42, 0.0, asked(_M.Normal), Nowhere())
    bridge = Bridge(job, TARGET, STILL, snapshot=snapshot)
    done, answer = ask(bridge.information(), CallbackType.IsProcessSnapshot)
    assert (done, answer.Status) == (1, status)


def failing(name: str) -> DumpCallback:
    callback = DumpCallback()

    def fail(*_: object) -> Callable[..., None]:
        raise ValueError(name)

    setattr(callback, name, fail)
    return callback


def test_after_an_exception_everything_is_refused() -> None:
    job = CaptureJob(42, 0.0, asked(_M.Normal), Nowhere(), failing("include_module"))
    bridge = Bridge(job, TARGET, STILL)
    information = bridge.information()
    assert ask(information, CallbackType.IncludeModule)[0] == 0
    assert isinstance(bridge.failure, ValueError)
    assert ask(information, CallbackType.IncludeThread)[0] == 0
    done, answer = ask(information, CallbackType.Cancel)
    assert (done, answer.Cancel) == (1, 1)
    done, answer = ask(information, CallbackType.IoWriteAll)
    assert done == 0
    assert answer.Status < 0


def test_unreadable_memory_is_skipped_and_counted() -> None:
    job = CaptureJob(42, 0.0, asked(_M.Normal), Nowhere())
    bridge = Bridge(job, TARGET, STILL)
    given = MINIDUMP_CALLBACK_INPUT()
    given.CallbackType = CallbackType.ReadMemoryFailure
    failure = given.ReadMemoryFailure
    failure.Offset, failure.Bytes, failure.FailureStatus = 0x1000, 4096, -0x7FF8FED5
    answer = MINIDUMP_CALLBACK_OUTPUT(Status=-1)
    routine = api.MINIDUMP_CALLBACK_ROUTINE(bridge.information().CallbackRoutine)
    assert routine(None, ctypes.addressof(given), ctypes.addressof(answer))
    assert answer.Status == 0
    (skipped,) = bridge.tally.skipped
    assert (skipped.address, skipped.skipped) == (0x1000, 4096)
    assert "0x8007012B" in skipped.what
