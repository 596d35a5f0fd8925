"""A value planted in every kind of memory is in the dump exactly when the flags promise it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.read.check import check_dump
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Registers, read_memory
from tests.support.c_targets import Target, markers
from tests.support.capturing import assert_runs, holds

T = MinidumpType
FULL = T.WithFullMemory
PRIVATE = T.WithPrivateReadWriteMemory
FILTERS = T.FilterMemory | T.FilterTriage

# Where a marker lies -> the flags that promise it; 0 stands for every dump.
PROMISED_BY = {
    "data": FULL | T.WithDataSegs | T.WithPrivateWriteCopyMemory,
    "bss": FULL | T.WithDataSegs | PRIVATE,
    "rodata": FULL,
    "tls": FULL | PRIVATE | T.WithProcessThreadData,
    "heap": FULL | PRIVATE,
    "near": FULL | PRIVATE | T.WithIndirectlyReferencedMemory,
    "mmap": FULL | PRIVATE,
    "shared": FULL,
    "writecopy": FULL | T.WithPrivateWriteCopyMemory,
}
SINGLE = [0, *(1 << bit for bit in range(25))]
CHANCE = random.Random(20260101)
COMBINATIONS = [CHANCE.getrandbits(25) & CHANCE.getrandbits(25) for _ in range(100)]


@pytest.fixture(scope="module", params=[0, 9], ids=["alone", "ten threads"])
def target(request, tmp_path_factory) -> Iterator[Target]:
    with markers(request.param, folder=tmp_path_factory.mktemp("mapped")) as running:
        yield running


def assert_keeps_its_promises(path, target: Target, dump_type: int) -> None:
    threads = _threads(target)
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
        assert dump.header.Flags == dump_type
        assert len(snapshot.threads) == threads
        assert all(isinstance(thread.registers, Registers) for thread in snapshot.threads)
        for name, promised in PROMISED_BY.items():
            # A stack whose data pointers are blanked refers to nothing.
            filtered = T.WithIndirectlyReferencedMemory if dump_type & FILTERS else T.Normal
            expected = bool(dump_type & promised & ~filtered)
            if dump_type & T.FilterTriage and name != "rodata":
                expected = False  # of data only small numbers and addresses are shown
            assert holds(snapshot, target[name], name) is expected, (name, hex(dump_type))
        # The filters blank what is no pointer on a stack.
        assert holds(snapshot, target["stack"], "stack") is not bool(dump_type & FILTERS)
        code = read_memory(snapshot.memory, target["code"], 4096)
        assert (len(code) == 4096) is bool(dump_type & (FULL | T.WithCodeSegs))
    report = check_dump(path)
    assert report.ok, report.findings
    assert all(report.readers.values()), report.findings


def _threads(target: Target) -> int:
    with open(f"/proc/{target.pid}/status") as status:
        return int(next(line for line in status if line.startswith("Threads")).split()[1])


@pytest.mark.parametrize("dump_type", SINGLE, ids=hex)
def test_each_flag(target, capture, dump_type):
    _, _, path = capture(target.pid, dump_type)
    assert_keeps_its_promises(path, target, dump_type)


@pytest.mark.parametrize("mode", ["stop", "snapshot"])
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_each_preset_in_both_modes(target, capture, preset, mode):
    result, _, path = capture(target.pid, preset.value, mode=mode)
    assert result.mode == mode
    assert_keeps_its_promises(path, target, preset.value)
    assert_runs(target.pid)


@pytest.mark.parametrize("part", range(10))
def test_random_combinations(target, capture, part):
    for dump_type in COMBINATIONS[part::10]:
        _, _, path = capture(target.pid, dump_type)
        assert_keeps_its_promises(path, target, dump_type)
        path.unlink()


def test_every_thread_has_its_name_and_stack(capture):
    with markers(9) as target:
        _, dump, _ = capture(target.pid)
        threads = dump.snapshot().threads
        assert threads[0].tid == target.pid
        assert [t.name for t in threads] == ["markers", *(f"worker-{n}" for n in range(1, 10))]
        for thread in threads:
            assert thread.stack.start < thread.registers.sp < thread.stack.end
        stacks = sorted(thread.stack for thread in threads)
        assert all(left.end <= right.start for left, right in pairwise(stacks))
