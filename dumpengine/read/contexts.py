"""CPU contexts: a CONTEXT as a dump stores it becomes Registers, decoded when asked for.

https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-context
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from dumpengine.format.contexts import (
    CONTEXT_AMD64,
    CONTEXT_ARM64,
    CONTEXT_ARM64_OLD,
    CONTEXT_X86,
    CONTEXT_X86_BASE,
)
from dumpengine.format.layout import Struct
from dumpengine.read.xstate import xsave_image
from dumpengine.snapshot import Absent, Architecture, Registers, XStateFeature

MAX_CONTEXT = 0x10000  # bytes; the largest there is, with AMX tiles, has about 12,300


@dataclass(frozen=True, slots=True)
class RegisterSlot:
    """Where a register lies in its context: ``struct`` code and byte offset."""

    code: str
    offset: int


@dataclass(frozen=True, slots=True)
class ContextForm:
    """A layout of CONTEXT: its full size, its registers, its program counter's end, vectors."""

    architecture: Architecture
    size: int
    slots: Mapping[str, RegisterSlot]
    needed: int
    vectors: int

    def covers(self, context: bytes) -> bool:
        """Whether the general registers are there; writers have cut off what follows them."""
        return len(context) >= self.needed


class RegisterValues(Mapping[str, int]):
    """The registers of one context by name, each decoded when it is looked up."""

    __slots__ = ("_context", "_extra", "_form")

    def __init__(self, form: ContextForm, context: bytes, extra: Mapping[str, int]) -> None:
        self._form = form
        self._context = context.ljust(form.size, b"\0")
        self._extra = extra

    def __getitem__(self, name: str) -> int:
        slot = self._form.slots.get(name)
        if slot is None:
            return self._extra[name]
        value: int = struct.unpack_from(slot.code, self._context, slot.offset)[0]
        return value

    def __iter__(self) -> Iterator[str]:
        yield from self._form.slots
        yield from self._extra

    def __len__(self) -> int:
        return len(self._form.slots) + len(self._extra)

    def __repr__(self) -> str:
        return f"RegisterValues({dict(self)!r})"


_CODES = {2: "<H", 4: "<I", 8: "<Q"}
_NOT_REGISTERS = {"ContextFlags", "VectorControl", "DebugControl"}


def _scalar_slots(kind: type[Struct], renamed: Mapping[str, str]) -> dict[str, RegisterSlot]:
    """Derive a slot from every integer field of a context; ``SegCs`` is cs, ``EFlags`` eflags."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    ends = [kind.OFFSETS[name] for name in names[1:]] + [kind.SIZE]
    slots = {}
    for name, end in zip(names, ends, strict=True):
        width = end - kind.OFFSETS[name]
        plain = not (name in _NOT_REGISTERS or name.endswith("Home") or name.startswith("Last"))
        if plain and width in _CODES:
            short = renamed.get(name, name.removeprefix("Seg").lower())
            slots[short] = RegisterSlot(_CODES[width], kind.OFFSETS[name])
    return slots


def _arm64_slots(kind: type[Struct], general: str, count: int) -> dict[str, RegisterSlot]:
    base = kind.OFFSETS[general]
    names = [f"x{number}" for number in range(31)] + ["sp", "pc"]
    slots = {
        name: RegisterSlot("<Q", base + 8 * number) for number, name in enumerate(names[:count])
    }
    return slots | _scalar_slots(kind, {"Fp": "x29", "Lr": "x30"})


def _form(
    architecture: Architecture,
    kind: type[Struct],
    slots: Mapping[str, RegisterSlot],
    counter: str,
    vectors: str,
) -> ContextForm:
    at = slots[counter]
    needed = at.offset + struct.calcsize(at.code)
    return ContextForm(architecture, kind.SIZE, slots, needed, kind.OFFSETS[vectors])


_AMD64 = _form(
    Architecture.AMD64, CONTEXT_AMD64, _scalar_slots(CONTEXT_AMD64, {}), "rip", "FltSave"
)
_X86 = _form(
    Architecture.X86, CONTEXT_X86, _scalar_slots(CONTEXT_X86, {}), "esp", "ExtendedRegisters"
)
_ARM64 = _form(Architecture.ARM64, CONTEXT_ARM64, _arm64_slots(CONTEXT_ARM64, "X", 29), "pc", "V")
_ARM64_OLD = _form(
    Architecture.ARM64, CONTEXT_ARM64_OLD, _arm64_slots(CONTEXT_ARM64_OLD, "Iregs", 33), "pc", "V"
)
_VECTORS_SIZE = 512


def _choose(architecture: Architecture, context: bytes) -> ContextForm | None:
    """Pick the layout. The size decides where an architecture has had two.

    Folklore: a 64-bit capture of a 32-bit process may hold x86 contexts under a SystemInfoStream
    that says AMD64; those are exactly CONTEXT_X86 long and carry its base flag.
    """
    if architecture is Architecture.ARM64:
        return _ARM64_OLD if len(context) == CONTEXT_ARM64_OLD.SIZE else _ARM64
    if architecture is Architecture.AMD64:
        flags = int.from_bytes(context[:4], "little")
        as_x86 = len(context) == CONTEXT_X86.SIZE and flags & CONTEXT_X86_BASE
        return _X86 if as_x86 else _AMD64
    return _X86 if architecture is Architecture.X86 else None


def decode_context(
    context: bytes,
    architecture: Architecture,
    features: tuple[XStateFeature, ...] = (),
    extra: Mapping[str, int] | None = None,
) -> Registers | Absent:
    """Return the registers of a raw context.

    ``features`` place the extended state (MiscInfoStream tells), ``extra`` are registers that a
    context has no room for, such as fs_base. Architectures we have no layout of keep their bytes
    in ``context`` and have no values.
    """
    form = _choose(architecture, context)
    if form is None:
        return Registers(architecture, {}, context=context)
    if not form.covers(context):
        return Absent(f"its context has only {len(context)} bytes")
    vectors = context[form.vectors : form.vectors + _VECTORS_SIZE]
    has_xstate = form.architecture is not Architecture.ARM64
    return Registers(
        form.architecture,
        RegisterValues(form, context, extra or {}),
        fxsave=vectors if len(vectors) == _VECTORS_SIZE else b"",
        xsave=xsave_image(context, form.size, vectors, features) if has_xstate else b"",
        context=context,
    )
