"""MINIDUMP_TYPE as data: every flag, what it adds on Windows and on Linux, and the presets.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ne-minidumpapiset-minidump_type
"""

from dumpengine.dump_types.contradicting import CONTRADICTIONS, Contradiction, contradictions
from dumpengine.dump_types.flags import (
    BULK,
    FLAGS,
    VALID_TYPE_FLAGS,
    DumpFlag,
    FlagGroup,
    MinidumpType,
    flags_of,
)
from dumpengine.dump_types.presets import PRESETS, Preset
from dumpengine.dump_types.words import format_dump_type, parse_dump_type, validate

__all__ = [
    "BULK",
    "CONTRADICTIONS",
    "FLAGS",
    "PRESETS",
    "VALID_TYPE_FLAGS",
    "Contradiction",
    "DumpFlag",
    "FlagGroup",
    "MinidumpType",
    "Preset",
    "contradictions",
    "flags_of",
    "format_dump_type",
    "parse_dump_type",
    "validate",
]
