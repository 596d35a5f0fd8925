"""A bounded run of the fuzzer in the suite; `python -m tests.fuzz.fuzz_reader` is the long one."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.mutation import mutated, survive
from tests.support.samples import NAMES, sample
from tests.support.synth import Synth, small_dump


@pytest.mark.parametrize("name", NAMES)
def test_mutated_samples_raise_nothing_but_dump_errors(name: str) -> None:
    data = sample(name)
    for seed in range(40):
        survive(mutated(data, random.Random(f"{name}:{seed}")))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 26), st.integers(0x47670001, 0x4767000D), st.just(0x43500001)),
            st.binary(max_size=200),
        ),
        max_size=6,
    )
)
def test_streams_of_anything_raise_nothing_but_dump_errors(
    streams: list[tuple[int, bytes]],
) -> None:
    synth = Synth().system()
    for kind, body in streams:
        synth.stream(kind, body)
    survive(synth.build())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_anything_behind_a_signature_raises_nothing_but_dump_errors(body: bytes) -> None:
    survive(b"MDMP\x93\xa7\0\0" + body)


def test_a_cut_at_every_place_raises_nothing_but_dump_errors() -> None:
    data = small_dump().build()
    for size in range(0, len(data), 11):
        survive(data[:size])
