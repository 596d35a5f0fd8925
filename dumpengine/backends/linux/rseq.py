"""Restartable sequences: rseq(2).

A thread whose pc is moved out of one is not told to start it over, and loses what it had done:
allocators with per-CPU caches live on being told. https://docs.kernel.org/userspace-api/rseq.html
"""

from __future__ import annotations

import ctypes

from dumpengine.backends.linux import libc, ptrace

_GET_RSEQ_CONFIGURATION = 0x420F  # Linux 5.13
_CRITICAL_SECTION = 8  # offsetof(struct rseq, rseq_cs)
_START, _LENGTH = 8, 16  # offsets in struct rseq_cs


class _Configuration(ctypes.Structure):
    """``struct ptrace_rseq_configuration``."""

    _fields_ = (
        ("rseq_abi_pointer", ctypes.c_uint64),
        ("rseq_abi_size", ctypes.c_uint32),
        ("signature", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("pad", ctypes.c_uint32),
    )


def outside_sequences(tid: int, pc: int) -> bool:
    """Whether a stopped thread is known to be in no restartable sequence."""
    found = _Configuration()
    try:
        libc.ptrace(_GET_RSEQ_CONFIGURATION, tid, ctypes.sizeof(found), ctypes.addressof(found))
        if not found.rseq_abi_pointer:
            return True
        section = ptrace.peek_data(tid, found.rseq_abi_pointer + _CRITICAL_SECTION)
        if not section:
            return True
        start = ptrace.peek_data(tid, section + _START)
        return not start <= pc < start + ptrace.peek_data(tid, section + _LENGTH)
    except OSError:  # an older kernel does not tell
        return False
