"""Starting a program as administrator through the prompt of Windows, and when that is possible."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from ctypes import POINTER, Structure, byref, c_int32, c_uint32, c_void_p, c_wchar_p, sizeof
from functools import cache
from pathlib import Path
from typing import Any

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import BOOL, HANDLE, POINTER_SIZE

ERROR_CANCELLED = 1223  # the user closed the prompt

_SEE_MASK_NOCLOSEPROCESS = 0x40
_SEE_MASK_NOASYNC = 0x100
_SEE_MASK_FLAG_NO_UI = 0x400
_SW_HIDE = 0
_COINIT_APARTMENTTHREADED = 0x2
_INFINITE = 0xFFFFFFFF
_PROGRAM_FILES = (ctypes.c_ubyte * 16).from_buffer_copy(  # FOLDERID_ProgramFiles, as it lies
    bytes.fromhex("b6635e90bfc14e49b29c65b732d3d21a")
)


class SHELLEXECUTEINFOW(Structure):
    """https://learn.microsoft.com/windows/win32/api/shellapi/ns-shellapi-shellexecuteinfow."""

    _fields_ = (
        ("cbSize", c_uint32),
        ("fMask", c_uint32),
        ("hwnd", HANDLE),
        ("lpVerb", c_wchar_p),
        ("lpFile", c_wchar_p),
        ("lpParameters", c_wchar_p),
        ("lpDirectory", c_wchar_p),
        ("nShow", c_int32),
        ("hInstApp", HANDLE),
        ("lpIDList", c_void_p),
        ("lpClass", c_wchar_p),
        ("hkeyClass", HANDLE),
        ("dwHotKey", c_uint32),
        ("hIcon", HANDLE),
        ("hProcess", HANDLE),
    )


_SHELL32: dict[str, api.Signature] = {
    "ShellExecuteExW": (BOOL, (POINTER(SHELLEXECUTEINFOW),)),
    "IsUserAnAdmin": (BOOL, ()),
    "SHGetKnownFolderPath": (c_int32, (c_void_p, c_uint32, HANDLE, POINTER(c_void_p))),
}
_OLE32: dict[str, api.Signature] = {
    "CoInitializeEx": (c_int32, (c_void_p, c_uint32)),
    "CoTaskMemFree": (None, (c_void_p,)),
}


@cache
def _shell32() -> Any:
    return api.declare(api.load("shell32"), _SHELL32)


@cache
def _ole32() -> Any:
    return api.declare(api.load("ole32"), _OLE32)


def obstacle() -> str:
    """Return why trying as administrator is not possible here, empty when it is."""
    if _is_administrator():
        return "DumpDesk runs as administrator already."
    rule = "Administrator rights go only to a helper that nobody but administrators can change."
    if not getattr(sys, "frozen", False):
        return f"This DumpDesk is not installed. {rule}"
    if not _is_for_all_users(Path(sys.executable)):
        return f"This DumpDesk is portable, or installed for one user. {rule}"
    return ""


class Elevated:
    """The prompt, and then the program; waits for both on a thread of its own."""

    def __init__(self, program: str, arguments: list[str]) -> None:
        self.pid = 0
        self.error = 0  # why there is no program
        self.answered = threading.Event()
        self._code = 0
        self._ended = threading.Event()
        self._command = program, subprocess.list2cmdline(arguments)
        threading.Thread(target=self._run, daemon=True).start()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns the exit code, raises subprocess.TimeoutExpired."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(self._command[0], timeout or 0)
        return self._code

    def kill(self) -> None:
        """Do nothing: an administrator's process ends with the conversation."""

    def _run(self) -> None:
        """Ask, which takes as long as the user takes, then wait for the program's end."""
        kernel = api.kernel32()
        process, self.error = _ask(*self._command)
        if process:
            self.pid = kernel.GetProcessId(process)
        self.answered.set()
        if process:
            code = c_uint32()
            kernel.WaitForSingleObject(process, _INFINITE)
            kernel.GetExitCodeProcess(process, byref(code))
            self._code = code.value
            kernel.CloseHandle(process)
        self._ended.set()


def _ask(program: str, parameters: str) -> tuple[int, int]:
    """Start a program as administrator; returns its handle, or 0, and the system's error."""
    _ole32().CoInitializeEx(None, _COINIT_APARTMENTTHREADED)
    about = SHELLEXECUTEINFOW(sizeof(SHELLEXECUTEINFOW))
    about.fMask = _SEE_MASK_NOCLOSEPROCESS | _SEE_MASK_NOASYNC | _SEE_MASK_FLAG_NO_UI
    about.lpVerb, about.lpFile, about.lpParameters = "runas", program, parameters
    about.lpDirectory = str(Path(program).parent)
    about.nShow = _SW_HIDE
    if not _shell32().ShellExecuteExW(byref(about)):
        return 0, api.last_error()
    return about.hProcess or 0, 0


def _is_for_all_users(program: Path) -> bool:
    """Whether it lies where the system lets administrators write only."""
    found = c_void_p()
    if _shell32().SHGetKnownFolderPath(_PROGRAM_FILES, 0, None, byref(found)):
        return False
    folder = Path(api.read_utf16(found.value))
    _ole32().CoTaskMemFree(found)
    return program.resolve().is_relative_to(folder.resolve())


def _is_administrator() -> bool:
    return bool(_shell32().IsUserAnAdmin())


if POINTER_SIZE == 8:
    assert sizeof(SHELLEXECUTEINFOW) == 112
