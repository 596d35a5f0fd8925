"""A file that another process, with fewer rights, has opened and offers."""

from __future__ import annotations

from ctypes import byref, c_void_p

from dumpengine.backends.windows import api
from dumpengine.backends.windows.handles import is_file, is_writable


def take_file(process: int, handle: object) -> int:
    """Duplicate another process's handle of a file with the rights it has; raises OSError.

    ``process`` is a handle too. What is no file, or not open for writing, is refused.
    """
    if type(handle) is not int or not 0 < handle < 1 << 31:
        raise OSError("that is no handle")
    kernel, mine = api.kernel32(), c_void_p()
    here = kernel.GetCurrentProcess()
    same = api.DUPLICATE_SAME_ACCESS
    if not kernel.DuplicateHandle(process, handle, here, byref(mine), 0, False, same):
        raise OSError("there is no such handle")
    taken = mine.value or 0
    try:
        if not is_file(taken):
            raise OSError("what came along is not a file")
        if not is_writable(taken):
            raise OSError("the file is not open for writing")
    except OSError:
        kernel.CloseHandle(taken)
        raise
    return taken
