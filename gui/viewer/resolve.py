"""Addresses in words, and the words of a stack. Pure functions over a snapshot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock

import dumpengine
from dumpengine import Dump, Module, ModuleSymbols, ThreadDescription, read_memory

_WORDS = 512


class ModuleMap:
    """Finds the module of an address."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = sorted(modules, key=lambda module: module.base)
        self._bases = [module.base for module in self._modules]

    def find(self, address: int) -> Module | None:
        """Return the module the address lies in."""
        place = bisect_right(self._bases, address) - 1
        if place < 0 or address >= self._modules[place].end:
            return None
        return self._modules[place]

    def name(self, address: int) -> str:
        """Return ``libc.so.6+0x1234``, or nothing when the address lies in no module."""
        module = self.find(address)
        return f"{module.name}+0x{address - module.base:x}" if module else ""


class Symbols:
    """Finds the function of an address as well, where a module's file is at hand.

    Reads files, each once: for threads other than the main one, and for several.
    """

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = ModuleMap(modules)
        self._tables: dict[int, ModuleSymbols] = {}
        self._lock = Lock()

    def name(self, address: int) -> str:
        """Return ``libc.so.6+0x1234 · read+0x14``, as much of it as is known."""
        module = self._modules.find(address)
        if module is None:
            return ""
        function = self._table(module).name(address - module.base)
        return " · ".join(filter(None, (self._modules.name(address), function)))

    def _table(self, module: Module) -> ModuleSymbols:
        with self._lock:
            if module.base not in self._tables:
                self._tables[module.base] = dumpengine.symbols_of(module)
            return self._tables[module.base]


@dataclass(frozen=True, slots=True)
class StackWord:
    """One word of a stack: where, what, and what it points to in words."""

    address: int
    value: int
    meaning: str


def stack_words(dump: Dump, pointer: int, word_size: int) -> tuple[StackWord, ...]:
    """Return the words from the stack pointer up, as many as the dump holds, 512 at most."""
    snapshot = dump.snapshot()
    data = read_memory(snapshot.memory, pointer, _WORDS * word_size)
    modules = ModuleMap(snapshot.modules)
    found = []
    for place in range(0, len(data) - word_size + 1, word_size):
        value = int.from_bytes(data[place : place + word_size], "little")
        found.append(StackWord(pointer + place, value, modules.name(value)))
    return tuple(found)


Register = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class ThreadWords:
    """What is shown of a thread: registers as (name, value, meaning), and its stack."""

    thread: ThreadDescription
    registers: tuple[Register, ...]
    stack: tuple[StackWord, ...]

    def named(self, symbols: Symbols) -> ThreadWords:
        """Return the same with the names of functions; reads files, nothing of the dump."""
        return replace(
            self,
            registers=tuple((name, at, symbols.name(at)) for name, at, _ in self.registers),
            stack=tuple(replace(word, meaning=symbols.name(word.value)) for word in self.stack),
        )


def hex_lines(address: int, data: bytes, width: int = 16) -> str:
    """Return the usual picture of bytes: address, hexadecimal, text."""
    lines = []
    for place in range(0, len(data), width):
        part = data[place : place + width]
        left = part[: width // 2].hex(" ")
        right = part[width // 2 :].hex(" ")
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        both = f"{left}  {right}".ljust(width * 3)
        lines.append(f"{address + place:016x}  {both}  {text}")
    return "\n".join(lines)


def strings(data: bytes, address: int, least: int = 6) -> list[tuple[int, str]]:
    """Return the printable texts of at least ``least`` letters with their addresses."""
    found, begin = [], 0
    for place in range(len(data) + 1):
        printable = place < len(data) and 32 <= data[place] < 127
        if not printable:
            if place - begin >= least:
                found.append((address + begin, data[begin:place].decode("ascii")))
            begin = place + 1
    return found
