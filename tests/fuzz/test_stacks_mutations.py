"""A bounded run of fuzz_stacks in the suite."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.fuzz_stacks import look_at
from tests.support.mutation import mutated
from tests.support.samples import NAMES, sample
from tests.support.waiting_dump import waiting_dump


def test_the_dump_to_damage_has_all_there_is():
    found = look_at(waiting_dump())
    assert found is not None
    assert {wait.kind for wait in found.waits} == {"gil", "rwlock", "condition", "pipe", "mutex"}
    assert [frame.function for frame in found.threads[0].frames][-2:] == ["wait", "main"]


def test_damaged_waits_and_scripts_raise_nothing():
    data = waiting_dump()
    for seed in range(300):
        look_at(mutated(data, random.Random(seed)))


@pytest.mark.parametrize("name", NAMES)
def test_stacks_of_mutated_samples_raise_nothing(name: str) -> None:
    data = sample(name)
    for seed in range(10):
        look_at(mutated(data, random.Random(f"{name}:{seed}")))
