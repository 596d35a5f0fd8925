"""Exception codes by name: NTSTATUS on Windows, signals on Linux, Breakpad's own.

https://learn.microsoft.com/windows/win32/debug/getexceptioncode and signal(7)
"""

from __future__ import annotations

from dumpengine.format.system_info import PlatformId

DUMP_REQUESTED = 0xFFFFFFFF

_WINDOWS = {
    0x40010005: "CONTROL_C",
    0x40010006: "OUTPUT_DEBUG_STRING",
    0x80000001: "GUARD_PAGE",
    0x80000002: "DATATYPE_MISALIGNMENT",
    0x80000003: "BREAKPOINT",
    0x80000004: "SINGLE_STEP",
    0xC0000005: "ACCESS_VIOLATION",
    0xC0000006: "IN_PAGE_ERROR",
    0xC0000008: "INVALID_HANDLE",
    0xC0000017: "NO_MEMORY",
    0xC000001D: "ILLEGAL_INSTRUCTION",
    0xC0000025: "NONCONTINUABLE_EXCEPTION",
    0xC0000026: "INVALID_DISPOSITION",
    0xC000008C: "ARRAY_BOUNDS_EXCEEDED",
    0xC000008D: "FLT_DENORMAL_OPERAND",
    0xC000008E: "FLT_DIVIDE_BY_ZERO",
    0xC000008F: "FLT_INEXACT_RESULT",
    0xC0000090: "FLT_INVALID_OPERATION",
    0xC0000091: "FLT_OVERFLOW",
    0xC0000092: "FLT_STACK_CHECK",
    0xC0000093: "FLT_UNDERFLOW",
    0xC0000094: "INT_DIVIDE_BY_ZERO",
    0xC0000095: "INT_OVERFLOW",
    0xC0000096: "PRIV_INSTRUCTION",
    0xC00000FD: "STACK_OVERFLOW",
    0xC0000135: "DLL_NOT_FOUND",
    0xC0000142: "DLL_INIT_FAILED",
    0xC0000374: "HEAP_CORRUPTION",
    0xC0000409: "STACK_BUFFER_OVERRUN",
    0xC0000417: "INVALID_CRUNTIME_PARAMETER",
    0xC0000420: "ASSERTION_FAILURE",
    0xE0434352: "CLR_EXCEPTION",
    0xE06D7363: "CXX_EXCEPTION",
}
_ACCESS_VIOLATIONS = {0xC0000005, 0xC0000006}
_ACCESSES = {0: "reading", 1: "writing", 8: "executing"}
_SIGNALS = (
    "",
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
)
_FAULTS = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE"}


def code_name(code: int, platform_id: int) -> str:
    """Return the code's name in the system's own terms, its number in hex when it has none."""
    if code == DUMP_REQUESTED:
        return "DUMP_REQUESTED"
    if platform_id in (PlatformId.LINUX, PlatformId.ANDROID) and 0 < code < len(_SIGNALS):
        return _SIGNALS[code]
    return _WINDOWS.get(code, f"0x{code:08X}")


def access_text(code: int, address: int, parameters: tuple[int, ...], platform_id: int) -> str:
    """Return which memory access failed: " reading address 0x0"; empty for other exceptions."""
    if code in _ACCESS_VIOLATIONS and len(parameters) >= 2:
        verb = _ACCESSES.get(parameters[0], "using")
        return f" {verb} address 0x{parameters[1]:X}"
    if platform_id in (PlatformId.LINUX, PlatformId.ANDROID) and (
        code_name(code, platform_id) in _FAULTS
    ):
        return f" at address 0x{address:X}"
    return ""
