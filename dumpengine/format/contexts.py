"""CPU contexts: CONTEXT of AMD64, x86 and ARM64, and the extended state behind it.

https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-context (and ``winnt.h``)
"""

from typing import Annotated

from dumpengine.format.layout import I32, U16, U32, U64, Struct, layout

CONTEXT_AMD64_BASE = 0x100000
CONTEXT_X86_BASE = 0x10000
CONTEXT_ARM64_BASE = 0x400000
CONTEXT_CONTROL = 0x1
CONTEXT_INTEGER = 0x2
CONTEXT_SEGMENTS = 0x4
CONTEXT_FLOATING_POINT = 0x8
CONTEXT_DEBUG_REGISTERS = 0x10
CONTEXT_EXTENDED_REGISTERS = 0x20  # x86 only
CONTEXT_XSTATE = 0x40
CONTEXT_AMD64_ALL = 0x10001F
CONTEXT_AMD64_CONTROL = 0x100001
CONTEXT_X86_ALL = 0x1003F
CONTEXT_ARM64_FULL = 0x400007


@layout(
    size=1232, ContextFlags=0x30, Dr0=0x48, Rax=0x78, Rip=0xF8, FltSave=0x100, VectorControl=0x4A0
)
class CONTEXT_AMD64(Struct):
    """``FltSave`` is a 512-byte FXSAVE image, byte for byte what NT_PRFPREG holds."""

    P1Home: U64 = 0
    P2Home: U64 = 0
    P3Home: U64 = 0
    P4Home: U64 = 0
    P5Home: U64 = 0
    P6Home: U64 = 0
    ContextFlags: U32 = 0
    MxCsr: U32 = 0
    SegCs: U16 = 0
    SegDs: U16 = 0
    SegEs: U16 = 0
    SegFs: U16 = 0
    SegGs: U16 = 0
    SegSs: U16 = 0
    EFlags: U32 = 0
    Dr0: U64 = 0
    Dr1: U64 = 0
    Dr2: U64 = 0
    Dr3: U64 = 0
    Dr6: U64 = 0
    Dr7: U64 = 0
    Rax: U64 = 0
    Rcx: U64 = 0
    Rdx: U64 = 0
    Rbx: U64 = 0
    Rsp: U64 = 0
    Rbp: U64 = 0
    Rsi: U64 = 0
    Rdi: U64 = 0
    R8: U64 = 0
    R9: U64 = 0
    R10: U64 = 0
    R11: U64 = 0
    R12: U64 = 0
    R13: U64 = 0
    R14: U64 = 0
    R15: U64 = 0
    Rip: U64 = 0
    FltSave: Annotated[bytes, "512s"] = b""
    VectorRegister: Annotated[bytes, "416s"] = b""
    VectorControl: U64 = 0
    DebugControl: U64 = 0
    LastBranchToRip: U64 = 0
    LastBranchFromRip: U64 = 0
    LastExceptionToRip: U64 = 0
    LastExceptionFromRip: U64 = 0


@layout(size=716, FloatSave=0x1C, SegGs=0x8C, Eip=0xB8, ExtendedRegisters=0xCC)
class CONTEXT_X86(Struct):
    """``FloatSave`` is an FSAVE image, ``ExtendedRegisters`` a 512-byte FXSAVE image."""

    ContextFlags: U32 = 0
    Dr0: U32 = 0
    Dr1: U32 = 0
    Dr2: U32 = 0
    Dr3: U32 = 0
    Dr6: U32 = 0
    Dr7: U32 = 0
    FloatSave: Annotated[bytes, "112s"] = b""
    SegGs: U32 = 0
    SegFs: U32 = 0
    SegEs: U32 = 0
    SegDs: U32 = 0
    Edi: U32 = 0
    Esi: U32 = 0
    Ebx: U32 = 0
    Edx: U32 = 0
    Ecx: U32 = 0
    Eax: U32 = 0
    Ebp: U32 = 0
    Eip: U32 = 0
    SegCs: U32 = 0
    EFlags: U32 = 0
    Esp: U32 = 0
    SegSs: U32 = 0
    ExtendedRegisters: Annotated[bytes, "512s"] = b""


@layout(size=912, X=8, Fp=0xF0, Sp=0x100, Pc=0x108, V=0x110, Fpcr=0x310, Bcr=0x318)
class CONTEXT_ARM64(Struct):
    """Microsoft's layout; ``X`` is x0 to x28, ``V`` the 32 vector registers of 16 bytes."""

    ContextFlags: U32 = 0
    Cpsr: U32 = 0
    X: Annotated[tuple[int, ...], "29Q"] = (0,) * 29
    Fp: U64 = 0
    Lr: U64 = 0
    Sp: U64 = 0
    Pc: U64 = 0
    V: Annotated[bytes, "512s"] = b""
    Fpcr: U32 = 0
    Fpsr: U32 = 0
    Bcr: Annotated[tuple[int, ...], "8I"] = (0,) * 8
    Bvr: Annotated[tuple[int, ...], "8Q"] = (0,) * 8
    Wcr: Annotated[tuple[int, ...], "2I"] = (0,) * 2
    Wvr: Annotated[tuple[int, ...], "2Q"] = (0,) * 2


@layout(size=796)
class CONTEXT_ARM64_OLD(Struct):
    """Breakpad's own ARM64 context (architecture 0x8003): read, never written."""

    ContextFlags: U64 = 0
    Iregs: Annotated[tuple[int, ...], "33Q"] = (0,) * 33
    Cpsr: U32 = 0
    Fpsr: U32 = 0
    Fpcr: U32 = 0
    V: Annotated[bytes, "512s"] = b""


@layout(size=8)
class CONTEXT_CHUNK(Struct):
    """A piece of an extended context; the offset counts from the CONTEXT_EX itself."""

    Offset: I32 = 0
    Length: U32 = 0


@layout(size=24)
class CONTEXT_EX(Struct):
    """Follows a CONTEXT with CONTEXT_XSTATE set and says where the extended state is."""

    All: CONTEXT_CHUNK = CONTEXT_CHUNK()
    Legacy: CONTEXT_CHUNK = CONTEXT_CHUNK()
    XState: CONTEXT_CHUNK = CONTEXT_CHUNK()


@layout(size=64)
class XSAVE_AREA_HEADER(Struct):
    """Which features follow; bit 63 of ``CompactionMask`` means the compacted form."""

    Mask: U64 = 0
    CompactionMask: U64 = 0
    Reserved2: Annotated[tuple[int, ...], "6Q"] = (0,) * 6
