"""Flags that work against each other, explained once each."""

from __future__ import annotations

from dumpengine.dump_types import PRESETS, MinidumpType, contradictions

T = MinidumpType


def test_of_several_partners_the_one_with_most_memory_is_explained() -> None:
    (pair,) = contradictions(PRESETS["max"].value | T.FilterMemory)
    assert (pair.flag, pair.other) == (T.FilterMemory, T.WithFullMemory)


def test_each_flag_has_its_own_sentence() -> None:
    found = contradictions(T.WithFullMemory | T.FilterMemory | T.FilterTriage)
    assert {pair.flag for pair in found} == {T.FilterMemory, T.FilterTriage}


def test_the_presets_agree_with_themselves() -> None:
    assert not any(contradictions(preset.value) for preset in PRESETS.values())
