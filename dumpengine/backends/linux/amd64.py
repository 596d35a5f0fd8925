"""x86-64: system calls made through a thread of the target, and the way back from them.

A thread that was made to do something for us returns through a *signal frame*, from which the
kernel puts back its registers, signal mask and floating-point state: rt_sigreturn(2). It does so
with nobody's help, so whoever of us dies at whatever moment, the thread goes on as it was.

No code is put into the target: the thread runs a few instructions found in its own libraries.
Layouts: ``struct ucontext`` and ``struct sigcontext_64`` of <asm/ucontext.h>, <asm/sigcontext.h>.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from dumpengine.backends.linux.registers import AMD64_NAMES

SYS_MMAP = 9
SYS_MUNMAP = 11
SYS_RT_SIGRETURN = 15
SYS_CLONE = 56
SYS_WAIT4 = 61
SYS_EXIT_GROUP = 231
SYS_CLOSE_RANGE = 436

ALL_SIGNALS = 0xFFFFFFFFFFFFFFFF
NO_SYSCALL = 0xFFFFFFFFFFFFFFFF  # orig_rax outside of a system call
USER_CODE_64 = 0x33  # cs of a 64-bit thread
USER_DATA = 0x2B
RED_ZONE = 128  # bytes below rsp that a function may use (System V AMD64 ABI, 3.2.2)

# What an interrupted call has in rax until the thread leaves the kernel: it will be made again.
ERESTARTSYS = -512
ERESTARTNOINTR = -513
ERESTARTNOHAND = -514
ERESTART_RESTARTBLOCK = -516
_RESTARTS = {ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK}

_REGISTERS = struct.Struct(f"<{len(AMD64_NAMES)}Q")
REGSET_SIZE = _REGISTERS.size
_FRAME_ORDER = ("r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip eflags").split()
_UCONTEXT = struct.Struct("<QQ Qi4xQ 18Q 4H 4Q Q 64x Q")
_UC_FLAGS = 1 | 2 | 4  # UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS
# A mode that does not exist: the kernel leaves the thread's alternate signal stack as it is.
_KEEP_ALTERNATE_STACK = 7
_RETURN = struct.Struct("<3Q")
FRAME_SIZE = _RETURN.size + _UCONTEXT.size
RDI_IN_FRAME = _RETURN.size + 40 + 8 * _FRAME_ORDER.index("rdi")

_SOFTWARE_BYTES = 464  # in an FXSAVE image: struct _fpx_sw_bytes
_HEADER = 512  # XSTATE_BV
_MAGIC1, _MAGIC2 = 0x46505853, 0x46505845
_AMX = 3 << 17
_AMX_OFFSET = 2752  # of the tile configuration, in the standard format
_EFLAGS = 0x202


@dataclass(frozen=True, slots=True, kw_only=True)
class Gadgets:
    """Where the target's code has a few instructions."""

    syscall: int
    pop_rax: int
    exit: int


PATTERNS: Mapping[str, tuple[bytes, ...]] = {
    "syscall": (b"\x0f\x05\xc3",),  # syscall; ret
    "pop_rax": (b"\x58\xc3",),  # pop %rax; ret
    # mov $60, %eax; syscall (glibc, Go) or xor %eax, %eax; mov $60, %al; syscall (musl)
    "exit": (b"\xb8\x3c\x00\x00\x00\x0f\x05", b"\x31\xc0\xb0\x3c\x0f\x05"),
}


def unpack(regset: bytes) -> dict[str, int]:
    """Return the registers of an NT_PRSTATUS register set by name."""
    return dict(zip(AMD64_NAMES, _REGISTERS.unpack(regset), strict=True))


def pack(values: Mapping[str, int]) -> bytes:
    """Return registers by name as an NT_PRSTATUS register set."""
    return _REGISTERS.pack(*(values[name] for name in AMD64_NAMES))


def signed(value: int) -> int:
    """Return a register as the signed number it holds."""
    return value - (1 << 64) if value >> 63 else value


def in_system_call(values: Mapping[str, int]) -> bool:
    """Whether a stopped thread was inside a system call, and so in no restartable sequence."""
    return values["orig_rax"] != NO_SYSCALL


def resumed(values: Mapping[str, int]) -> dict[str, int]:
    """Return the registers with which an interrupted call is made again without the kernel's help.

    A call that waits by a restart block (nanosleep(2), a futex with a time limit) begins anew.
    """
    again = dict(values)
    if in_system_call(values) and signed(values["rax"]) in _RESTARTS:
        again |= {"rax": values["orig_rax"], "rip": values["rip"] - 2}
    return again


def way_back(
    gadgets: Gadgets, values: Mapping[str, int], mask: int = ALL_SIGNALS, floating_point: int = 0
) -> bytes:
    """Return what must lie at the stack pointer for a ``ret`` to put these registers back.

    ``floating_point`` is the address of a :func:`floating_point_frame`, 0 resets that state.
    Registers that are not named are 0.
    """
    words = {"eflags": _EFLAGS, **values}
    context = _UCONTEXT.pack(
        *(_UC_FLAGS, 0),
        *(0, _KEEP_ALTERNATE_STACK, 0),
        *(words.get(name, 0) for name in _FRAME_ORDER),
        *(USER_CODE_64, 0, 0, USER_DATA),
        *(0, 0, 0, 0),
        floating_point,
        mask,
    )
    return _RETURN.pack(gadgets.pop_rax, SYS_RT_SIGRETURN, gadgets.syscall) + context


def floating_point_frame(xsave: bytes) -> bytes | None:
    """Return an XSAVE image as a signal frame has it; None when its state is too large for one."""
    if len(xsave) <= _HEADER or int.from_bytes(xsave[_HEADER : _HEADER + 8], "little") & _AMX:
        return None
    features = int.from_bytes(xsave[_SOFTWARE_BYTES : _SOFTWARE_BYTES + 8], "little") & ~_AMX
    image = bytearray(xsave[:_AMX_OFFSET])
    size = len(image)
    struct.pack_into("<IIQI28x", image, _SOFTWARE_BYTES, _MAGIC1, size + 4, features, size)
    return bytes(image) + _MAGIC2.to_bytes(4, "little")
