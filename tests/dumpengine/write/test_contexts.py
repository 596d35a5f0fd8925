"""Registers as CONTEXT, byte by byte at the offsets the SDK documents."""

from __future__ import annotations

import struct

import pytest

from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_ARM64, CONTEXT_X86
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Architecture, Registers, XStateFeature
from dumpengine.write.contexts import context_size, encode_context
from tests.support.fake_snapshot import snapshot, thread, written

AMD64_OFFSETS = {
    "rax": 0x78, "rcx": 0x80, "rdx": 0x88, "rbx": 0x90, "rsp": 0x98, "rbp": 0xA0, "rsi": 0xA8,
    "rdi": 0xB0, "r8": 0xB8, "r9": 0xC0, "r10": 0xC8, "r11": 0xD0, "r12": 0xD8, "r13": 0xE0,
    "r14": 0xE8, "r15": 0xF0, "rip": 0xF8, "dr0": 0x48, "dr7": 0x70,
}  # fmt: skip
X86_OFFSETS = {
    "edi": 0x9C, "esi": 0xA0, "ebx": 0xA4, "edx": 0xA8, "ecx": 0xAC, "eax": 0xB0, "ebp": 0xB4,
    "eip": 0xB8, "eflags": 0xC0, "esp": 0xC4,
}  # fmt: skip
AVX = XStateFeature(2, 576, 256)
ZMM = XStateFeature(7, 1664, 1024)


def test_amd64():
    values = {name: 0x1111 * n << 32 | n for n, name in enumerate(AMD64_OFFSETS, 1)}
    selectors = {"cs": 0xFFFF0033, "ss": 0x2B, "eflags": 1 << 40 | 0x246, "mxcsr": 0x1F80}
    fxsave = bytes(range(256)) * 2
    data = encode_context(Registers(Architecture.AMD64, values | selectors, fxsave))
    assert len(data) == CONTEXT_AMD64.SIZE == 1232
    for name, offset in AMD64_OFFSETS.items():
        assert struct.unpack_from("<Q", data, offset) == (values[name],), name
    assert struct.unpack_from("<IIH", data, 0x30) == (0x10001F, 0x1F80, 0x33)
    assert struct.unpack_from("<HI", data, 0x42) == (0x2B, 0x246)
    assert data[0x100:0x300] == fxsave


def test_x86():
    values = {name: 0x1111_1111 * n & 0xFFFFFFFF for n, name in enumerate(X86_OFFSETS, 1)}
    fxsave = bytearray(512)
    fxsave[0:2], fxsave[2:4], fxsave[4] = b"\x7f\x03", b"\x11\x22", 0b00000101
    fxsave[32:42], fxsave[64:74] = b"st(0)-st(0"[:10], b"st(2)-st(2"[:10]
    data = encode_context(Registers(Architecture.X86, values, bytes(fxsave)))
    assert len(data) == CONTEXT_X86.SIZE == 716
    for name, offset in X86_OFFSETS.items():
        assert struct.unpack_from("<I", data, offset) == (values[name],), name
    control, status, tags = struct.unpack_from("<III", data, 0x1C)
    assert (control & 0xFFFF, status & 0xFFFF) == (0x037F, 0x2211)
    assert tags & 0xFFFF == 0xFFFF & ~0b110011
    assert data[0x1C + 28 : 0x1C + 38] == b"st(0)-st(0"
    assert data[0xCC : 0xCC + 512] == fxsave


def test_arm64():
    values = {f"x{n}": n + 1 for n in range(31)} | {"sp": 100, "pc": 101, "cpsr": 102, "fpsr": 5}
    data = encode_context(Registers(Architecture.ARM64, values, bytes(range(256)) * 2))
    assert len(data) == CONTEXT_ARM64.SIZE == 912
    assert struct.unpack_from("<II", data) == (0x400007, 102)
    assert struct.unpack_from("<33Q", data, 8) == (*range(1, 32), 100, 101)
    assert data[0x110:0x310] == bytes(range(256)) * 2
    assert struct.unpack_from("<II", data, 0x310) == (0, 5)


def test_a_context_from_a_file_is_passed_on():
    raw = bytes(range(100))
    assert encode_context(Registers(Architecture.AMD64, {"rip": 1}, context=raw)) == raw


def xsave_image(size: int) -> bytes:
    image = bytearray(size)
    image[512:520] = struct.pack("<Q", 7)
    for feature in (AVX, ZMM):
        if feature.offset + feature.size <= size:
            image[feature.offset : feature.offset + feature.size] = (
                bytes([feature.bit]) * feature.size
            )
    return bytes(image)


@pytest.mark.parametrize("features", [(AVX,), (AVX, ZMM)])
def test_extended_state_lies_where_context_ex_says(features):
    end = features[-1].offset + features[-1].size
    registers = Registers(Architecture.AMD64, {"rip": 1}, bytes(512), xsave_image(end))
    data = encode_context(registers, features)
    assert struct.unpack_from("<I", data, 0x30) == (0x10005F,)
    assert len(data) == context_size(1232, features) == 1232 + 24 + end - 512
    every, legacy, extended = (struct.unpack_from("<iI", data, 1232 + 8 * n) for n in range(3))
    assert every == (-1232, len(data))
    assert legacy == (-1232, 1232)
    at = 1232 + extended[0]
    assert at + extended[1] == len(data)
    assert struct.unpack_from("<QQ", data, at) == (7, 0)
    for feature in features:
        start = at + feature.offset - 512
        assert data[start : start + feature.size] == bytes([feature.bit]) * feature.size


def test_an_image_shorter_than_its_features_is_filled_up():
    registers = Registers(Architecture.AMD64, {}, bytes(512), xsave_image(832))
    assert len(encode_context(registers, (AVX, ZMM))) == context_size(1232, (AVX, ZMM))


def test_a_dump_with_extended_state_says_so_in_misc_info_and_comes_back():
    registers = Registers(
        Architecture.AMD64, {"rip": 0x401080, "rsp": 1}, bytes(512), xsave_image(832)
    )
    made = snapshot(threads=(thread(1, registers=registers),), xstate=(AVX,))
    _, data, _ = written(made, 0x200000)
    read = read_dump(data).snapshot()
    assert read.xstate == (AVX,)
    assert read.threads[0].registers.context == encode_context(registers, (AVX,))
