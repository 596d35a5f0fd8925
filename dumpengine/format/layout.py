"""Declares an on-disk struct once: fields in order, codec and offsets derived, size asserted.

A struct is a dataclass below :class:`Struct` whose annotations name the field types::

    @layout(size=12)
    class MINIDUMP_DIRECTORY(Struct):
        StreamType: U32 = 0
        Location: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()

Memory layout of the interpreter plays no part: bytes are little-endian and unpadded, as
``#pragma pack(4)`` leaves them once every padding field of the SDK is written down.

Every start of the program declares some 60 of them, so a declaration has to be cheap: the tables do
without ``from __future__ import annotations``, which would have each annotation evaluated anew, and
:class:`Struct` has the methods that a dataclass would have generated. Their being frozen is left to
the type checker.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Self, TypeVar, dataclass_transform

U8 = Annotated[int, "B"]
U16 = Annotated[int, "H"]
U32 = Annotated[int, "I"]
U64 = Annotated[int, "Q"]
I32 = Annotated[int, "i"]
I64 = Annotated[int, "q"]
U32x3 = Annotated[tuple[int, ...], "3I"]
U64x15 = Annotated[tuple[int, ...], "15Q"]

T = TypeVar("T", bound="Struct")


class Struct:
    """Base of every declared struct.

    ``SIZE`` is its length in bytes, ``OFFSETS`` maps each field to its byte offset.
    """

    __slots__ = ()
    SIZE: ClassVar[int]
    OFFSETS: ClassVar[dict[str, int]]
    _codec: ClassVar[struct.Struct]
    _plan: ClassVar[tuple[tuple[str, int, type[Struct] | None], ...]]

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.OFFSETS)
        return f"{type(self).__name__}({values})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Struct) or type(self) is not type(other):
            return NotImplemented
        return self._flat() == other._flat()

    def __hash__(self) -> int:
        return hash((type(self), *self._flat()))

    def pack(self) -> bytes:
        """Return the struct's bytes, ``SIZE`` long."""
        return self._codec.pack(*self._flat())

    @classmethod
    def unpack(cls, data: bytes | memoryview, offset: int = 0) -> Self:
        """Read one struct at ``offset``; raises ``struct.error`` when the data end too early."""
        return cls._build(iter(cls._codec.unpack_from(data, offset)))

    @classmethod
    def unpack_many(cls, data: bytes | memoryview) -> Iterator[Self]:
        """Read structs back to back; the length of ``data`` is a multiple of ``SIZE``."""
        return (cls._build(iter(values)) for values in cls._codec.iter_unpack(data))

    @classmethod
    def rows(cls, data: bytes | memoryview) -> Iterator[tuple[Any, ...]]:
        """Read structs back to back as flat tuples: for lists of hundreds of thousands."""
        return cls._codec.iter_unpack(data)

    def _flat(self) -> list[Any]:
        values: list[Any] = []
        for name, count, nested in self._plan:
            value = getattr(self, name)
            if nested is not None:
                values += value._flat()
            elif count == 1:
                values.append(value)
            else:
                values += value
        return values

    @classmethod
    def _build(cls, values: Iterator[Any]) -> Self:
        arguments: list[Any] = []
        for _, count, nested in cls._plan:
            if nested is not None:
                arguments.append(nested._build(values))
            elif count == 1:
                arguments.append(next(values))
            else:
                arguments.append(tuple(next(values) for _ in range(count)))
        return cls(*arguments)


def pack_many(items: Iterable[Struct]) -> bytes:
    """Pack structs back to back, as every list of the format stores them."""
    return b"".join(item.pack() for item in items)


@dataclass_transform(frozen_default=True)
def layout(*, size: int, **offsets: int) -> Callable[[type[T]], type[T]]:
    """Make a class a struct of ``size`` bytes; named fields must lie at the offsets given.

    Size and offsets are the numbers the vendor documents, so a slip in the table fails at import.
    """

    def declare(cls: type[T]) -> type[T]:
        declared = dataclass(slots=True, repr=False, eq=False, match_args=False)(cls)
        _derive(declared)
        assert size == declared.SIZE, f"{declared.__name__}: {declared.SIZE} bytes, not {size}"
        for name, offset in offsets.items():
            found = declared.OFFSETS[name]
            assert found == offset, f"{declared.__name__}.{name} at {found}, not {offset}"
        return declared

    return declare


def _derive(cls: type[Struct]) -> None:
    codes, plan, at = "<", [], 0
    cls.OFFSETS = {}
    for field in fields(cls):  # type: ignore[arg-type]  # a dataclass by now
        hint: Any = field.type
        assert not isinstance(hint, str), f"{cls.__module__} postpones its annotations"
        nested = hint if isinstance(hint, type) and issubclass(hint, Struct) else None
        code = nested._codec.format[1:] if nested else hint.__metadata__[0]
        cls.OFFSETS[field.name] = at
        at += struct.calcsize("<" + code)
        codes += code
        plan.append((field.name, _value_count(code), nested))
    cls._plan = tuple(plan)
    cls._codec = struct.Struct(codes)
    cls.SIZE = cls._codec.size


def _value_count(code: str) -> int:
    repeat = code[:-1]
    return int(repeat) if repeat.isdigit() and not code.endswith("s") else 1
