"""Names of threads.

https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getthreaddescription
"""

from __future__ import annotations

import ctypes
from ctypes import byref

from dumpengine.backends.windows import api


def thread_name(handle: int | None) -> str:
    """Return a thread's description, empty where there is none or the system has no such thing."""
    kernel = api.kernel32()
    if not handle or kernel.GetThreadDescription is None:
        return ""
    text = ctypes.c_void_p()
    if kernel.GetThreadDescription(handle, byref(text)) < 0 or not text.value:
        return ""
    try:
        return api.read_utf16(text.value)
    finally:
        kernel.LocalFree(text.value)
