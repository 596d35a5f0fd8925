"""Registers -> CONTEXT, with the extended state behind it where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from dumpengine.format.contexts import (
    CONTEXT_AMD64,
    CONTEXT_AMD64_ALL,
    CONTEXT_AMD64_CONTROL,
    CONTEXT_ARM64,
    CONTEXT_ARM64_FULL,
    CONTEXT_CHUNK,
    CONTEXT_EX,
    CONTEXT_X86,
    CONTEXT_X86_ALL,
    CONTEXT_XSTATE,
    XSAVE_AREA_HEADER,
)
from dumpengine.snapshot import Architecture, Registers, XStateFeature

_XSAVE_LEGACY = 512  # the FXSAVE part, which the CONTEXT itself holds
_XSAVE_START = _XSAVE_LEGACY + XSAVE_AREA_HEADER.SIZE
_STRUCT_MASKS = {2: 0xFFFF, 4: 0xFFFFFFFF, 8: 0xFFFFFFFFFFFFFFFF}

# The SDK's field names whose register has another name; the rest differ in case only.
_SDK_NAMES = {
    "SegCs": "cs",
    "SegDs": "ds",
    "SegEs": "es",
    "SegFs": "fs",
    "SegGs": "gs",
    "SegSs": "ss",
}


def _names_of(declared: type[CONTEXT_AMD64 | CONTEXT_X86]) -> dict[str, str]:
    names = (field.name for field in fields(declared))
    return {name: _SDK_NAMES.get(name, name.lower()) for name in names}


# The registers by the struct's fields.
_AMD64_REGISTERS = _names_of(CONTEXT_AMD64)
_X86_REGISTERS = _names_of(CONTEXT_X86)


def encode_context(registers: Registers, features: Sequence[XStateFeature] = ()) -> bytes:
    """Return the CONTEXT of a thread; one that was read from a file is passed on as it was."""
    if registers.context:
        return registers.context
    if registers.architecture is Architecture.X86:
        return _x86(registers)
    if registers.architecture is Architecture.ARM64:
        return _arm64(registers)
    return _amd64(registers, features)


def _values(registers: Registers, names: Mapping[str, str]) -> dict[str, int]:
    known = registers.values
    return {field: known[name] for field, name in names.items() if name in known}


def _amd64(registers: Registers, features: Sequence[XStateFeature]) -> bytes:
    values = _values(registers, _AMD64_REGISTERS)
    # The kernel keeps selectors and flags in whole words; their upper bits mean nothing.
    for name in ("SegCs", "SegDs", "SegEs", "SegFs", "SegGs", "SegSs"):
        values[name] = values.get(name, 0) & 0xFFFF
    values["EFlags"] = registers["eflags"] & 0xFFFFFFFF
    # Of a thread that could not be stopped only its place is known.
    values["ContextFlags"] = CONTEXT_AMD64_ALL if registers.fxsave else CONTEXT_AMD64_CONTROL
    if registers.xsave and features:
        values["ContextFlags"] |= CONTEXT_XSTATE
    context = CONTEXT_AMD64(**values, FltSave=registers.fxsave).pack()  # type: ignore[arg-type]
    if registers.xsave and features:
        context += _extended(len(context), registers.xsave, features)
    return context


def _x86(registers: Registers) -> bytes:
    values = _values(registers, _X86_REGISTERS)
    return CONTEXT_X86(
        **{name: value & 0xFFFFFFFF for name, value in values.items()},
        ContextFlags=CONTEXT_X86_ALL,
        FloatSave=_fsave(registers.fxsave),
        ExtendedRegisters=registers.fxsave,
    ).pack()


def _fsave(fxsave: bytes) -> bytes:
    """The older image of the x87 state: control, status and tag words, then the registers.

    FXSAVE abridges the tag word to a bit a register; all that can be said back is empty or not.
    """
    if len(fxsave) < _XSAVE_LEGACY:
        return bytes(112)
    control, status = fxsave[0:2], fxsave[2:4]
    tags = sum(0b11 << (2 * bit) for bit in range(8) if not fxsave[4] >> bit & 1)
    words = [control, status, tags.to_bytes(2, "little")]
    header = b"".join(word + b"\xff\xff" for word in words)
    pointers = fxsave[8:12] + fxsave[12:14] + fxsave[6:8] + fxsave[16:20] + fxsave[20:24]
    registers = b"".join(fxsave[32 + 16 * n : 42 + 16 * n] for n in range(8))
    return header + pointers + registers + bytes(4)


def _arm64(registers: Registers) -> bytes:
    return CONTEXT_ARM64(
        ContextFlags=CONTEXT_ARM64_FULL,
        Cpsr=registers["cpsr"] & 0xFFFFFFFF,
        X=tuple(registers[f"x{number}"] for number in range(29)),
        Fp=registers["x29"],
        Lr=registers["x30"],
        Sp=registers["sp"],
        Pc=registers["pc"],
        V=registers.fxsave,
        Fpcr=registers["fpcr"],
        Fpsr=registers["fpsr"],
    ).pack()


def context_size(legacy: int, features: Sequence[XStateFeature]) -> int:
    """Return the bytes of an extended context: the struct, CONTEXT_EX, header and features."""
    return legacy + CONTEXT_EX.SIZE + _chunk_size(features)


def _chunk_size(features: Sequence[XStateFeature]) -> int:
    end = max((feature.offset + feature.size for feature in features), default=_XSAVE_START)
    return max(end, _XSAVE_START) - _XSAVE_LEGACY


def _extended(legacy: int, xsave: bytes, features: Sequence[XStateFeature]) -> bytes:
    """CONTEXT_EX and the XSAVE image from its header on, in standard form."""
    size = _chunk_size(features)
    mask = int.from_bytes(xsave[_XSAVE_LEGACY : _XSAVE_LEGACY + 8], "little")
    header = XSAVE_AREA_HEADER(Mask=mask).pack()
    chunk = header + xsave[_XSAVE_START : _XSAVE_LEGACY + size].ljust(size - len(header), b"\0")
    directory = CONTEXT_EX(
        All=CONTEXT_CHUNK(-legacy, legacy + CONTEXT_EX.SIZE + size),
        Legacy=CONTEXT_CHUNK(-legacy, legacy),
        XState=CONTEXT_CHUNK(CONTEXT_EX.SIZE, size),
    )
    return directory.pack() + chunk
