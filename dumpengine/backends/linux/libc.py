"""The system calls Python has no function for, through the C library.

Errors are ``OSError`` with the errno the call left; ctypes releases the interpreter lock.
"""

from __future__ import annotations

import ctypes
import errno
import os
from array import array

_libc = ctypes.CDLL(None, use_errno=True)

_ptrace = _libc.ptrace
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_ptrace.restype = ctypes.c_long

_prctl = _libc.prctl
_prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4

_ioctl = _libc.ioctl
_ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p]

_fallocate = _libc.fallocate
_fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong]

_SYS_MOVE_PAGES = {"x86_64": 279, "aarch64": 239}  # the C library has no function for it

PR_SET_PTRACER = 0x59616D61
FALLOC_FL_KEEP_SIZE = 1


class IoVec(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


_readv = _libc.process_vm_readv
_readv.argtypes = [
    ctypes.c_int,
    ctypes.POINTER(IoVec),
    ctypes.c_ulong,
    ctypes.POINTER(IoVec),
    ctypes.c_ulong,
    ctypes.c_ulong,
]
_readv.restype = ctypes.c_ssize_t


def _raise_errno(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")


def ptrace(request: int, tid: int, address: int = 0, data: int = 0) -> int:
    """ptrace(2) as the C library has it; PTRACE_PEEK* requests return the word read."""
    ctypes.set_errno(0)
    result: int = _ptrace(request, tid, address, data)
    if result == -1 and ctypes.get_errno():
        raise _raise_errno("ptrace")
    return result


def process_vm_readv(pid: int, address: int, buffer: memoryview) -> int:
    """process_vm_readv(2) into a writable buffer; returns how many bytes were read."""
    local = IoVec(ctypes.addressof(ctypes.c_char.from_buffer(buffer)), buffer.nbytes)
    remote = IoVec(address, buffer.nbytes)
    count: int = _readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    if count < 0:
        raise _raise_errno("process_vm_readv")
    return count


def prctl(option: int, argument: int = 0) -> int:
    """prctl(2) with one argument."""
    result: int = _prctl(option, argument, 0, 0, 0)
    if result < 0:
        raise _raise_errno("prctl")
    return result


def ioctl(fd: int, request: int, argument: ctypes.Structure) -> int:
    """ioctl(2) with a pointer to a structure."""
    result: int = _ioctl(fd, request, ctypes.addressof(argument))
    if result < 0:
        raise _raise_errno("ioctl")
    return result


def places_of_pages(pid: int, addresses: array[int]) -> array[int]:
    """move_pages(2) that moves nothing: each page's memory node, or -errno where there is none.

    ``addresses`` are 64-bit.
    """
    number = _SYS_MOVE_PAGES.get(os.uname().machine)
    if number is None:
        raise OSError(errno.ENOSYS, "move_pages")
    found = array("i", bytes(len(addresses) * 4))
    pages, places = addresses.buffer_info()[0], found.buffer_info()[0]
    # Every argument is a whole register: the function takes any number of them.
    arguments = (number, pid, len(addresses), pages, 0, places, 0)
    if _libc.syscall(*map(ctypes.c_long, arguments)) < 0:
        raise _raise_errno("move_pages")
    return found


def file_system(fd: int) -> int:
    """Return the type of the file system an open file is on: ``f_type`` of fstatfs(2)."""
    # The type is the first word of a structure whose length depends on the processor.
    words = (ctypes.c_long * 32)()
    if _libc.fstatfs(fd, words):
        raise _raise_errno("fstatfs")
    return words[0]


def fallocate(fd: int, mode: int, offset: int, size: int) -> None:
    """fallocate(2); unlike ``os.posix_fallocate`` it never writes the file full by itself."""
    if _fallocate(fd, mode, offset, size):
        raise _raise_errno("fallocate")
