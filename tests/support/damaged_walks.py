"""Call stacks of damaged dumps and damaged programs: only DumpError, or shorter stacks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dumpengine.errors import DumpError
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Module
from dumpengine.stacks.elf import ElfError, ElfFile
from dumpengine.stacks.files import Files, build_id_of
from dumpengine.stacks.look import look
from dumpengine.stacks.model import Stacks
from dumpengine.stacks.pe import PeError, PeFile
from tests.support.mutation import mutated

# What is worth damaging most in a program's file: it decides how the stack is walked and named.
_TABLES = (".eh_frame", ".eh_frame_hdr", ".symtab", ".strtab", ".dynsym", ".dynstr")


@dataclass(frozen=True, slots=True)
class Seed:
    """A dump, and the files of its programs by the names of their modules."""

    dump: bytes
    programs: dict[str, bytes]


class DamagedFiles(Files):
    """Gives programs from memory, as ``change`` leaves them, whatever their build id says."""

    def __init__(self, programs: dict[str, bytes], change: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._programs = programs
        self._change = change

    def elf(self, module: Module) -> ElfFile | None:
        """See :class:`Files`."""
        try:
            return ElfFile(self._change(self._programs.get(module.name, b"")))
        except ElfError:
            return None

    def pe(self, module: Module) -> PeFile | None:
        """See :class:`Files`."""
        try:
            return PeFile(self._change(self._programs.get(module.name, b"")))
        except PeError:
            return None

    def debug(self, _module: Module, _own: ElfFile | None) -> ElfFile | None:
        """There is none."""
        return None


def walk_damaged(seed: Seed, number: random.Random) -> Stacks | None:
    """Damage the dump, the programs or both; return the stacks, None when the dump is none."""
    kind = number.random()
    dump = mutated(seed.dump, number) if kind < 0.6 else seed.dump

    def change(program: bytes) -> bytes:
        return _damaged(program, number) if kind > 0.3 else program

    try:
        with read_dump(dump) as opened:
            return look(opened.snapshot(), DamagedFiles(seed.programs, change))
    except DumpError:
        return None


def _damaged(program: bytes, number: random.Random) -> bytes:
    """Change bytes of the tables, or cut the file."""
    if not program or number.random() < 0.05:
        return program[: number.randrange(len(program) + 1)]
    data = bytearray(program)
    for start, size in _targets(program, number):
        for _ in range(number.randrange(1, 40)):
            data[start + number.randrange(size)] = number.choice((0, 0x7F, 0x80, 0xFF, 1, 3))
    return bytes(data)


def _targets(program: bytes, number: random.Random) -> list[tuple[int, int]]:
    try:
        elf = ElfFile(program)
        found = [elf.section(name) for name in _TABLES]
    except ElfError:
        return [(0, min(len(program), 0x400)), (0, len(program))]
    tables = [(s.offset, s.size) for s in found if s and s.size and s.offset < len(program)]
    tables = [(at, min(size, len(program) - at)) for at, size in tables]
    tables += [(0, min(len(program), 0x400)), (0, len(program))]
    return number.sample(tables, number.randrange(1, len(tables) + 1))


def programs_of(dump: bytes, folders: list[Path]) -> dict[str, bytes]:
    """Return the files of a whole dump's programs, as far as they are here."""
    files = Files(folders)
    with read_dump(dump) as opened:
        modules = opened.snapshot().modules
    found = ((m.name, files.elf(m)) for m in modules if build_id_of(m))
    return {name: bytes(elf.data) for name, elf in found if elf is not None}
