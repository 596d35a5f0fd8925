"""A thread of another process: opened, suspended, asked how often it is suspended.

There are two ways to suspend a thread. SuspendThread raises a count that outlives whoever raised
it. Windows 11 knows thread states besides: the suspension belongs to a handle, and the system
undoes it when the last such handle is closed, however its owner ended. They are not a part of the
Win32 API; https://ntdoc.m417z.com/ntchangethreadstate describes them. Not yet seen: the emulation
of Windows under test lacks them, so the suspension is believed only when the thread's count rose.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from dataclasses import dataclass

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import CONTEXT_FLAGS_OFFSET, CONTEXT_SIZE
from dumpengine.format.contexts import CONTEXT_AMD64_ALL, CONTEXT_ARM64_FULL

_SUSPEND_COUNT = 35  # THREADINFOCLASS
_FAILED = 0xFFFFFFFF
_STATE_CHANGE = 0x1  # THREAD_STATE_CHANGE_STATE
_SUSPEND, _RESUME = 0, 1  # THREAD_STATE_CHANGE_TYPE
# By the size of this interpreter's own CONTEXT: x86's, ARM64's, AMD64's.
CONTEXT_CONTROL = {716: 0x10001, 912: 0x400001}.get(CONTEXT_SIZE, 0x100001)
CONTEXT_ALL = {716: 0x1003F, 912: CONTEXT_ARM64_FULL}.get(CONTEXT_SIZE, CONTEXT_AMD64_ALL)
_ALIGNMENT = 16  # of a CONTEXT

HOLD = api.THREAD_SUSPEND_RESUME | api.THREAD_GET_CONTEXT | api.THREAD_QUERY_INFORMATION


@contextmanager
def open_thread(thread_id: int, access: int) -> Iterator[int | None]:
    """Open a thread inside the block; None when it is gone or out of reach."""
    kernel = api.kernel32()
    handle: int | None = kernel.OpenThread(access, False, thread_id)
    try:
        yield handle or None
    finally:
        if handle:
            kernel.CloseHandle(handle)


def suspend_count(handle: int) -> int | None:
    """Return how often a thread is suspended; None when the system does not tell (Windows 8)."""
    count = ctypes.c_uint32()
    size = ctypes.sizeof(count)
    query = api.ntdll().NtQueryInformationThread
    return None if query(handle, _SUSPEND_COUNT, byref(count), size, None) else count.value


@dataclass(slots=True)
class SuspendedThread:
    """A thread that is being suspended by us.

    ``before`` is how often it was suspended before, ``state`` the handle its suspension belongs
    to (0: SuspendThread did it). ``suspended`` is None while it is not known whether it is.
    """

    handle: int
    before: int
    state: int = 0
    suspended: bool | None = None

    @classmethod
    def open(cls, thread_id: int) -> SuspendedThread | None:
        """Open a thread to suspend it; None when it is gone or out of reach."""
        kernel = api.kernel32()
        handle = kernel.OpenThread(HOLD | api.THREAD_SET_INFORMATION, False, thread_id)
        handle = handle or kernel.OpenThread(HOLD, False, thread_id)
        return cls(handle, suspend_count(handle) or 0) if handle else None

    def suspend(self) -> bool:
        """Suspend it; False when the system refuses (it is about to end)."""
        self.suspended = self._change_state() or self._suspend()
        return self.suspended

    def _suspend(self) -> bool:
        before = api.kernel32().SuspendThread(self.handle)
        if before == _FAILED:
            return False
        self.before = before
        return True

    def _change_state(self) -> bool:
        library = api.ntdll()
        if library.NtCreateThreadStateChange is None or library.NtChangeThreadState is None:
            return False
        state = ctypes.c_void_p()
        if library.NtCreateThreadStateChange(byref(state), _STATE_CHANGE, None, self.handle, 0):
            return False
        self.state = state.value or 0
        refused = library.NtChangeThreadState(self.state, self.handle, _SUSPEND, None, 0, 0)
        count = None if refused else suspend_count(self.handle)
        if count is None or count <= self.before:
            self._close_state()
            return False
        self.before = count - 1
        return True

    def context(self, flags: int = CONTEXT_ALL) -> bytes:
        """Return its raw CONTEXT with the parts that ``flags`` name; empty when it has none.

        Suspending is asynchronous: only when this returns, the thread really stands still.
        https://devblogs.microsoft.com/oldnewthing/20150205-00/?p=44743
        """
        buffer = ctypes.create_string_buffer(CONTEXT_SIZE + _ALIGNMENT)
        address = ctypes.addressof(buffer)
        address += -address % _ALIGNMENT
        ctypes.c_uint32.from_address(address + CONTEXT_FLAGS_OFFSET).value = flags
        if not api.kernel32().GetThreadContext(self.handle, address):
            return b""
        return ctypes.string_at(address, CONTEXT_SIZE)

    def resume(self) -> None:
        """Undo the suspension and let go of the thread."""
        if self.state:
            self._close_state()
        elif self.suspended or (self.suspended is None and self._was_interrupted()):
            api.kernel32().ResumeThread(self.handle)
        api.kernel32().CloseHandle(self.handle)

    def _close_state(self) -> None:
        # Closing the handle would do; the change is made by name so that it does not wait for
        # whoever else has come to hold a copy of the handle.
        api.ntdll().NtChangeThreadState(self.state, self.handle, _RESUME, None, 0, 0)
        api.kernel32().CloseHandle(self.state)
        self.state = 0

    def _was_interrupted(self) -> bool:
        """Whether an exception (Ctrl-C) came between the suspension and our note of it."""
        return (suspend_count(self.handle) or 0) > self.before
