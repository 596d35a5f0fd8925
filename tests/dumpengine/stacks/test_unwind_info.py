"""Windows' unwind information, by hand: prologues, frames, chains, epilogues, machine frames."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from dumpengine.snapshot import (
    Architecture,
    Module,
    PageProtection,
    ProcessInfo,
    Range,
    Region,
    Registers,
    Snapshot,
    SystemInfo,
    Thread,
)
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.epilogue import Epilogue, epilogue
from dumpengine.stacks.files import Files
from dumpengine.stacks.look import look
from dumpengine.stacks.model import Trust
from dumpengine.stacks.unwind_info import Function, FunctionTable
from tests.support.fake_memory import FakeMemory

BASE, STACK = 0x140000000, 0x200000
CODE, INFO, PDATA = 0x1000, 0x2000, 0x3000
CALL = b"\xe8\0\0\0\0"


def info(*codes: bytes, prologue: int = 0, frame: int = 0, flags: int = 0) -> bytes:
    slots = b"".join(codes)
    return bytes([1 | flags << 3, prologue, len(slots) // 2, frame]) + slots


def code(after: int, operation: int, number: int, *operand: int) -> bytes:
    return bytes([after, operation | number << 4]) + b"".join(
        struct.pack("<H", word) for word in operand
    )


class Image:
    """A PE image in memory: functions of 0x100 bytes with their unwind information."""

    def __init__(self) -> None:
        self.code = bytearray(0x1000)
        self.infos = bytearray(0x1000)
        self.table = b""
        self.count = 0

    def function(self, unwind: bytes, body: bytes = b"") -> int:
        """Add a function; return its address in the image. Behind 0x20 there is a call."""
        start, at = CODE + 0x100 * self.count, INFO + 0x40 * self.count
        self.code[start - CODE : start - CODE + 0x20] = (body or CALL).rjust(0x20, b"\x90")[:0x20]
        self.infos[at - INFO : at - INFO + len(unwind)] = unwind
        self.table += struct.pack("<III", start, start + 0x100, at)
        self.count += 1
        return start

    def snapshot(self, rip: int, stack: list[int], **registers: int) -> Snapshot:
        header = bytearray(0x1000)
        header[:2], header[0x3C] = b"MZ", 0x80
        header[0x80:0x84] = b"PE\0\0"
        struct.pack_into("<HHIIIHH", header, 0x84, 0x8664, 0, 1, 0, 0, 0xF0, 0)
        struct.pack_into("<H", header, 0x98, 0x20B)
        struct.pack_into("<II", header, 0x98 + 112 + 24, PDATA, len(self.table))
        pieces = {
            BASE: bytes(header),
            BASE + CODE: bytes(self.code),
            BASE + INFO: bytes(self.infos),
            BASE + PDATA: self.table,
            STACK: struct.pack(f"<{len(stack)}Q", *stack),
        }
        values = {"rip": BASE + rip, "rsp": STACK, **registers}
        executable = Region(
            start=BASE + CODE, end=BASE + CODE + 0x1000, protect=PageProtection.EXECUTE_READ
        )
        return Snapshot(
            system=SystemInfo(architecture=Architecture.AMD64, platform_id=2),
            process=ProcessInfo(pid=1, name="app.exe"),
            threads=(
                Thread(
                    tid=1,
                    registers=Registers(architecture=Architecture.AMD64, values=values),
                    stack=Range(STACK, STACK + 0x1000),
                ),
            ),
            modules=(Module(base=BASE, size=0x4000, path="C:\\app.exe"),),
            regions=(executable,),
            memory=FakeMemory(pieces),
        )


def chain(snapshot: Snapshot) -> list[int]:
    (thread,) = look(snapshot, Files()).threads
    assert {frame.trust for frame in thread.frames[1:]} <= {Trust.UNWIND_INFO, Trust.SIGNAL}
    return [frame.address - BASE for frame in thread.frames]


def test_pushes_and_allocations_are_undone() -> None:
    image = Image()
    inner = image.function(
        info(code(8, 2, 3), code(4, 1, 0, 4), code(2, 0, 3), code(1, 0, 5), prologue=8)
    )
    outer = image.function(info(code(1, 1, 1, 0x20, 0), prologue=1))
    # 32 bytes by a small allocation, 32 by a large one, rbx and rbp.
    stack = [*[0] * 8, 0xB, 0xBB, BASE + outer + 0x20, *[0] * 4, 0]
    assert chain(image.snapshot(inner + 0x20, stack)) == [inner + 0x20, outer + 0x20]


def test_within_a_prologue_only_what_was_done_is_undone() -> None:
    image = Image()
    inner = image.function(info(code(8, 2, 3), code(2, 0, 3), prologue=8))
    outer = image.function(info())
    stack = [0xB, BASE + outer + 0x20, 0]
    assert chain(image.snapshot(inner + 4, stack)) == [inner + 4, outer + 0x20]


def test_a_frame_register_holds_where_the_frame_is() -> None:
    """As with alloca: rsp says nothing; rbp minus 0x10 does, and xmm6 is saved on the way."""
    image = Image()
    inner = image.function(
        info(code(9, 8, 6, 1), code(7, 3, 0), code(4, 2, 3), code(1, 0, 5), prologue=9, frame=0x15)
    )
    outer = image.function(info())
    stack = [0] * 16 + [*[0] * 4, 0xBB, BASE + outer + 0x20, 0]
    snapshot = image.snapshot(inner + 0x20, stack, rbp=STACK + 16 * 8 + 0x10)
    assert chain(snapshot) == [inner + 0x20, outer + 0x20]


def test_saved_registers_and_chained_information() -> None:
    image = Image()
    first = image.function(info(code(4, 2, 1), prologue=4))
    tail = image.function(
        info(code(5, 4, 5, 1), code(5, 4, 3, 0), prologue=5, flags=4)
        + struct.pack("<III", first, first + 0x100, INFO)
    )
    outer = image.function(info(code(7, 3, 0), code(4, 2, 0), prologue=7, frame=0x05))
    stack = [0xB, STACK + 3 * 8, BASE + outer + 0x20, 0, 0]
    assert chain(image.snapshot(tail + 0x20, stack)) == [tail + 0x20, outer + 0x20]


def test_a_leaf_has_no_entry_and_its_return_address_on_top() -> None:
    image = Image()
    outer = image.function(info())
    assert chain(image.snapshot(0x1F00, [BASE + outer + 0x20, 0])) == [0x1F00, outer + 0x20]


def test_an_epilogue_is_recognised_by_its_instructions() -> None:
    image = Image()
    inner = image.function(info(code(8, 2, 3), code(2, 0, 3), prologue=8))
    outer = image.function(info())
    snapshot = image.snapshot(inner + 0x80, [0xB, BASE + outer + 0x20, 0])
    image_code = dict(snapshot.memory.pieces)
    body = bytearray(image_code[BASE + CODE])
    body[inner - CODE + 0x80 : inner - CODE + 0x82] = b"\x5b\xc3"  # pop rbx; ret
    image_code[BASE + CODE] = bytes(body)
    assert chain(replace(snapshot, memory=FakeMemory(image_code))) == [inner + 0x80, outer + 0x20]


def test_a_machine_frame_leads_to_what_was_interrupted() -> None:
    image = Image()
    handler = image.function(info(code(0, 10, 1)))
    outer = image.function(info())
    # The error code, then rip, cs, eflags, rsp, ss as the processor pushes them.
    stack = [0xE, BASE + outer + 0x30, 0x33, 0x246, STACK + 0x100, 0x2B]
    assert chain(image.snapshot(handler + 0x20, stack))[:2] == [handler + 0x20, outer + 0x30]


@pytest.mark.parametrize(
    ("code_bytes", "left"),
    [
        ("c3", Epilogue("rsp", 0, ())),
        ("4883c420 5b 415c c3", Epilogue("rsp", 0x20, ("rbx", "r12"))),
        ("4881c400010000 5d f3c3", Epilogue("rsp", 0x100, ("rbp",))),
        ("488d6510 5e c20800", Epilogue("rbp", 0x10, ("rsi",))),
        ("498da300010000 c3", Epilogue("r11", 0x100, ())),
        ("5b e9fbffff7f", Epilogue("rsp", 0, ("rbx",))),
        ("48ff2510000000", Epilogue("rsp", 0, ())),
        ("5b ebf0", None),  # a jump within the function
        ("5b 90", None),
        ("4883ec20 c3", None),
        ("", None),
    ],
)
def test_epilogues(code_bytes: str, left: Epilogue | None) -> None:
    assert epilogue(bytes.fromhex(code_bytes), range(-0x100, 0x100)) == left


@pytest.mark.parametrize(
    "unwind",
    [
        b"",
        bytes([7, 0, 0, 0]),
        info(b"\x00\x0b"),
        info(b"\x00\x01"),
        info(flags=4),
        info(flags=4) + struct.pack("<III", 0, 1, 0),
    ],
)
def test_what_cannot_be_meant_is_refused(unwind: bytes) -> None:
    table = FunctionTable(lambda at, size: unwind[at : at + size], 0, 0)
    with pytest.raises(UnwindDataError):
        table.prologues(Function(0, 0x100, 0))
