"""A dump type as people write it."""

from __future__ import annotations

import re

from dumpengine.dump_types.flags import VALID_TYPE_FLAGS, MinidumpType
from dumpengine.dump_types.presets import PRESETS
from dumpengine.errors import E_INVALIDARG, DumpError


def validate(dump_type: int) -> MinidumpType:
    """Return ``dump_type`` when every bit is known; raises DumpError 0x80070057 as dbgcore does."""
    unknown = dump_type & ~VALID_TYPE_FLAGS
    if dump_type < 0 or unknown:
        raise DumpError(
            E_INVALIDARG,
            f"The dump type 0x{dump_type:X} has unknown bits (0x{unknown:X}).",
            "Run `dumpengine types` for the ones there are.",
        )
    return MinidumpType(dump_type)


def parse_dump_type(text: str) -> MinidumpType:
    """Read a preset, flag names with ``,`` or ``|`` between them, or a number.

    ``WithFullMemory`` and ``MiniDumpWithFullMemory`` are the same; case does not matter.
    """
    text = text.strip()
    if preset := PRESETS.get(text.lower()):
        return preset.value
    value = 0
    for word in filter(None, re.split(r"[,|\s]+", text)):
        value |= _parse_word(word)
    if not text:
        raise DumpError(E_INVALIDARG, "No dump type was given.", "Name a preset or flags.")
    return validate(value)


def _parse_word(word: str) -> int:
    bare = re.sub(r"^minidump", "", word, flags=re.IGNORECASE).lower()
    for flag in MinidumpType.__members__.values():
        if (flag.name or "").lower() == bare:
            return flag.value
    if bare in PRESETS:
        return PRESETS[bare].value
    try:
        return int(word, 0)
    except ValueError:
        raise DumpError(
            E_INVALIDARG,
            f"“{word}” is neither a preset, a flag nor a number.",
            "Run `dumpengine types` for the ones there are.",
        ) from None


def format_dump_type(dump_type: int) -> str:
    """Return the flag names of ``dump_type`` joined by ``|``; ``Normal`` for 0."""
    return "|".join(str(flag.name) for flag in MinidumpType if dump_type & flag) or "Normal"
