"""A bounded run of damaged walks; `python -m tests.fuzz.fuzz_walks` is the long one."""

from __future__ import annotations

import random
import sys

import pytest

from dumpengine import PRESETS, write_dump
from tests.support.c_targets import compiled, running
from tests.support.damaged_walks import Seed, programs_of, walk_damaged
from tests.support.samples import NAMES, sample

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it walks ELF programs")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    """A dump of a small program, and its files."""
    program = compiled("chains", "-fomit-frame-pointer", "-O1")
    path = tmp_path_factory.mktemp("walk") / "a.dmp"
    with running(program) as target:
        write_dump(target.pid, path, PRESETS["heap"].value)
    dump = path.read_bytes()
    return Seed(dump, programs_of(dump, [program.parent]))


@linux
def test_damaged_programs_give_shorter_stacks_and_no_errors(whole: Seed) -> None:
    lengths = []
    for number in range(150):
        found = walk_damaged(whole, random.Random(f"program:{number}"))
        lengths += [len(thread.frames) for thread in found.threads] if found else []
    assert max(lengths) >= 16  # some were still walked whole
    assert min(lengths) < 3


@pytest.mark.parametrize("name", NAMES)
def test_damaged_dumps_raise_nothing_but_dump_errors(name: str) -> None:
    for number in range(15):
        walk_damaged(Seed(sample(name), {}), random.Random(f"{name}:{number}"))
