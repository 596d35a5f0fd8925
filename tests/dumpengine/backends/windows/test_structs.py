"""Layouts against the numbers of the SDK, on every system."""

from __future__ import annotations

import ctypes

import pytest

from dumpengine.backends.windows import structs
from dumpengine.backends.windows.structs import MINIDUMP_CALLBACK_INPUT, MINIDUMP_CALLBACK_OUTPUT

pytestmark = pytest.mark.skipif(
    structs.CONTEXT_SIZE != 1232 or structs.POINTER_SIZE != 8, reason="numbers are for AMD64"
)

SIZES = {
    "MINIDUMP_EXCEPTION_INFORMATION": 16,
    "MINIDUMP_USER_STREAM": 16,
    "MINIDUMP_USER_STREAM_INFORMATION": 12,
    "MINIDUMP_CALLBACK_INFORMATION": 16,
    "MINIDUMP_CALLBACK_INPUT": 1312,
    "MINIDUMP_CALLBACK_OUTPUT": 52,
    "MINIDUMP_THREAD_CALLBACK": 1280,
    "MINIDUMP_MODULE_CALLBACK": 104,
    "MINIDUMP_IO_CALLBACK": 28,
    "MEMORY_BASIC_INFORMATION": 48,
    "OVERLAPPED": 32,
    "THREADENTRY32": 28,
    "TOKEN_PRIVILEGES": 16,
}


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_size(name: str, size: int) -> None:
    assert ctypes.sizeof(getattr(structs, name)) == size


def offset_in_input(member: str, field: str | None = None) -> int:
    union = MINIDUMP_CALLBACK_INPUT.u  # type: ignore[attr-defined]
    arm = getattr(structs._InputUnion, member)
    inner = dict(structs._InputUnion._fields_)[member]
    return union.offset + arm.offset + (getattr(inner, field).offset if field else 0)


@pytest.mark.parametrize(
    ("member", "field", "offset"),
    [
        ("ThreadId", None, 16),
        ("BaseOfImage", None, 16),
        ("Thread", "ThreadHandle", 20),
        ("Thread", "Context", 32),
        ("Thread", "SizeOfContext", 1264),
        ("Thread", "StackBase", 1268),
        ("Thread", "StackEnd", 1276),
        ("Module", "BaseOfImage", 24),
        ("Module", "CvRecord", 96),
        ("Module", "SizeOfMiscRecord", 116),
        ("Io", "Handle", 16),
        ("Io", "Offset", 24),
        ("Io", "Buffer", 32),
        ("Io", "BufferBytes", 40),
        ("ReadMemoryFailure", "FailureStatus", 28),
        ("Vm", "Buffer", 24),
        ("Vm", "Completed", 36),
        ("Vm", "Status", 40),
    ],
)
def test_callback_input_offset(member: str, field: str | None, offset: int) -> None:
    assert offset_in_input(member, field) == offset


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        ({"Status": -1}, b"\xff\xff\xff\xff"),
        ({"CheckCancel": 1, "Cancel": 1}, b"\1\0\0\0\1\0\0\0"),
        ({"MemoryBase": 1, "MemorySize": 2}, b"\1" + bytes(7) + b"\2\0\0\0"),
        ({"VmReadStatus": 1, "VmReadBytesCompleted": 2}, b"\1\0\0\0\2\0\0\0"),
        ({"Continue": 1}, bytes(48) + b"\1\0\0\0"),
    ],
)
def test_callback_output_is_one_union(write: dict[str, int], expected: bytes) -> None:
    answer = MINIDUMP_CALLBACK_OUTPUT()
    for name, value in write.items():
        setattr(answer, name, value)
    assert bytes(answer) == expected.ljust(52, b"\0")
