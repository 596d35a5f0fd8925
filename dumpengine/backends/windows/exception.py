"""ExceptionParam: the target's own exception pointers, or records made here.

With records of our own and no context given, the CONTEXT is read when the target stands still,
right before the dump is made, and with it the address.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

from dumpengine.backends.windows import registers
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.structs import (
    CONTEXT_SIZE,
    EXCEPTION_POINTERS,
    EXCEPTION_RECORD,
    MINIDUMP_EXCEPTION_INFORMATION,
)
from dumpengine.errors import E_ACCESSDENIED, E_INVALIDARG, DumpError, no_such_thread
from dumpengine.options import ExceptionInformation

MAX_PARAMETERS = 15
_ALIGNMENT = 16  # of a CONTEXT


@dataclass(slots=True)
class ExceptionParam:
    """The structure, and the records it points to when they are ours."""

    asked: ExceptionInformation
    information: MINIDUMP_EXCEPTION_INFORMATION
    record: EXCEPTION_RECORD = field(default_factory=EXCEPTION_RECORD)
    pointers: EXCEPTION_POINTERS = field(default_factory=EXCEPTION_POINTERS)
    context: ctypes.Array[ctypes.c_char] | None = None

    @classmethod
    def build(cls, asked: ExceptionInformation | None) -> ExceptionParam | None:
        """Return the parameter; None for no exception. Raises DumpError for bad records."""
        if asked is None:
            return None
        information = MINIDUMP_EXCEPTION_INFORMATION(
            asked.thread_id, asked.pointers, asked.client_pointers
        )
        param = cls(asked, information)
        if not asked.pointers:
            param._build_records()
        return param

    def _build_records(self) -> None:
        asked = self.asked
        if len(asked.parameters) > MAX_PARAMETERS:
            raise DumpError(E_INVALIDARG, "An exception has at most 15 parameters.")
        if len(asked.context) not in (0, CONTEXT_SIZE):
            raise DumpError(
                E_INVALIDARG,
                f"The exception's context has {len(asked.context)} bytes, not {CONTEXT_SIZE}.",
            )
        self.context = ctypes.create_string_buffer(CONTEXT_SIZE + _ALIGNMENT)
        record = self.record
        record.ExceptionCode, record.ExceptionFlags = asked.code, asked.flags
        record.NumberParameters = len(asked.parameters)
        record.ExceptionInformation[: len(asked.parameters)] = asked.parameters
        self.pointers.ExceptionRecord = ctypes.addressof(record)
        self.pointers.ContextRecord = self._context_address
        self.information.ExceptionPointers = ctypes.addressof(self.pointers)
        self.information.ClientPointers = False
        self._fill(asked.context)

    @property
    def _context_address(self) -> int:
        assert self.context is not None
        address = ctypes.addressof(self.context)
        return address + -address % _ALIGNMENT

    def _fill(self, context: bytes) -> None:
        ctypes.memmove(self._context_address, context, min(len(context), CONTEXT_SIZE))
        address = self.asked.address
        known = registers.instruction_pointer(context) if address is None else address
        self.record.ExceptionAddress = known

    def take(self, still: Standstill) -> None:
        """Take the thread's registers, when the caller gave none; raises DumpError."""
        thread = self.asked.thread_id
        if thread not in still.suspend_counts.keys() | still.unheld:
            raise no_such_thread(thread, still.pid)
        if self.context is None or self.asked.context:
            return
        if not still.context:
            raise DumpError(
                E_ACCESSDENIED,
                f"The registers of thread {thread}, which the exception names, cannot be read.",
                pid=still.pid,
            )
        self._fill(still.context)
