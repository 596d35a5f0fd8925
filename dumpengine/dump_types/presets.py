"""Combinations that have a name."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.dump_types.flags import MinidumpType

_M = MinidumpType


@dataclass(frozen=True, slots=True)
class Preset:
    """A named combination, explained in a sentence."""

    name: str
    value: MinidumpType
    title: str
    sentence: str


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "mini",
            _M(0x21824),
            "Mini",
            "Threads, stacks, modules and handles: small, enough to see who waits for whom.",
        ),
        Preset(
            "triage",
            _M(0x1205AC),
            "Triage",
            "Stacks only, with private values, names and paths filtered: made to be passed on.",
        ),
        Preset(
            "heap",
            _M(0x61A25),
            "Heap",
            "Mini plus all data the program allocated; without the code. Holds secrets.",
        ),
        Preset(
            "full",
            _M(0x61826),
            "Full memory",
            "Everything in memory. Opens in every debugger. Holds secrets.",
        ),
        Preset(
            "max",
            _M(0x6FBB67),
            "Maximum",
            "Everything there is, code that was never touched included. Holds secrets.",
        ),
    )
}
