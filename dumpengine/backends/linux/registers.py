"""Register sets of a stopped thread -> Registers.

The layouts are ``struct user_regs_struct`` of <sys/user.h>: 27 words for a 64-bit thread, 17 for
a 32-bit one. Which of the two the kernel hands out tells what the thread runs.
"""

from __future__ import annotations

import struct

from dumpengine.backends.linux import procfs, ptrace
from dumpengine.snapshot import Architecture, Registers

AMD64_NAMES = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
    "fs_base gs_base ds es fs gs"
).split()
SYSCALL_ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")  # syscall(2)
X86_NAMES = "ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss".split()

_AMD64 = struct.Struct(f"<{len(AMD64_NAMES)}Q")
_X86 = struct.Struct(f"<{len(X86_NAMES)}I")
_DEBUG_REGISTERS = 0x350  # offsetof(struct user, u_debugreg)
_WORD = 0xFFFFFFFFFFFFFFFF
_MXCSR = 24  # offset in an FXSAVE image


def read_registers(tid: int, *, extended: bool) -> Registers:
    """Read everything a context holds; ``extended`` fetches the whole XSAVE image too."""
    general = ptrace.get_regset(tid, ptrace.NT_PRSTATUS)
    if len(general) == _X86.size:
        return _x86(tid, general, extended=extended)
    values = dict(zip(AMD64_NAMES, _AMD64.unpack(general), strict=True))
    xsave = _xsave(tid) if extended else b""
    fxsave = xsave[:512] or ptrace.get_regset(tid, ptrace.NT_PRFPREG)
    values["mxcsr"] = int.from_bytes(fxsave[_MXCSR : _MXCSR + 4], "little")
    values |= _debug_registers(tid)
    return Registers(Architecture.AMD64, values, fxsave, xsave)


def blocked_registers(pid: int, tid: int) -> Registers | None:
    """Tell where a 64-bit thread blocks that could not be stopped; None when it does not.

    Known are the stack pointer, the instruction pointer and what the system call was given:
    /proc/PID/syscall in proc_pid_syscall(5).
    """
    fields = procfs.read_optional(f"/proc/{pid}/task/{tid}/syscall").split()
    if len(fields) < 3 or fields[-1] == b"0x0":
        return None
    *call, sp, pc = fields
    names = ("orig_rax", *SYSCALL_ARGUMENTS)
    values = {name: int(value, 0) & _WORD for name, value in zip(names, call, strict=False)}
    return Registers(Architecture.AMD64, values | {"rsp": int(sp, 0), "rip": int(pc, 0)})


def _x86(tid: int, general: bytes, *, extended: bool) -> Registers:
    values = dict(zip(X86_NAMES, _X86.unpack(general), strict=True))
    fxsave = ptrace.get_regset(tid, ptrace.NT_PRXFPREG)
    return Registers(Architecture.X86, values, fxsave, _xsave(tid) if extended else b"")


def _xsave(tid: int) -> bytes:
    try:
        return ptrace.get_regset(tid, ptrace.NT_X86_XSTATE)
    except OSError:  # a processor or a virtual machine without XSAVE
        return b""


def _debug_registers(tid: int) -> dict[str, int]:
    """Read them only where a debugger has set one: six calls a thread add up."""
    control = ptrace.peek_user(tid, _DEBUG_REGISTERS + 7 * 8)
    if not control:
        return {}
    values = {
        f"dr{number}": ptrace.peek_user(tid, _DEBUG_REGISTERS + number * 8)
        for number in (0, 1, 2, 3, 6)
    }
    return values | {"dr7": control}
