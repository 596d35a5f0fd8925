"""A bounded run of the fuzzer in the suite; `python -m tests.fuzz.fuzz_shrink` is the long one."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from dumpengine.errors import DumpError
from tests.support.mutation import mutated, shrink_somehow
from tests.support.samples import NAMES, sample


@pytest.mark.parametrize("name", NAMES)
def test_mutated_samples_raise_nothing_but_dump_errors(name: str, tmp_path: Path) -> None:
    data = sample(name)
    for seed in range(12):
        random_ = random.Random(f"shrink:{name}:{seed}")
        with suppress(DumpError):
            shrink_somehow(mutated(data, random_), random_, tmp_path)
