"""The header's flags against what is there."""

from __future__ import annotations

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.findings import UDMP_PARSER, WINDBG, Findings

_UDMP_HIGH_MASK = 0x1FFFFF  # udmp-parser takes the upper half of the flags for the whole
_PROMISES = (
    (MinidumpType.WithHandleData, StreamType.HandleDataStream, "open handles"),
    (MinidumpType.WithUnloadedModules, StreamType.UnloadedModuleListStream, "unloaded modules"),
    (MinidumpType.WithFullMemoryInfo, StreamType.MemoryInfoListStream, "a map of memory"),
    (MinidumpType.WithThreadInfo, StreamType.ThreadInfoListStream, "thread times"),
    (MinidumpType.WithTokenInformation, StreamType.TokenStream, "tokens"),
)


def check_flags(file: DumpFile, findings: Findings) -> None:
    """Compare MINIDUMP_TYPE with the directory."""
    flags, where = file.header.Flags, "Header"
    full = file.find(StreamType.Memory64ListStream) is not None
    if bool(flags & MinidumpType.WithFullMemory) != full:
        what = (
            "The memory is in Memory64ListStream and the flags do not say “full memory”."
            if full
            else "The flags say “full memory” and there is no Memory64ListStream."
        )
        findings.warning(where, what, WINDBG)
    for flag, stream, what in _PROMISES:
        if flags & flag and file.find(stream) is None:
            findings.note(where, f"The flags promise {what}; the dump has none.")
    if flags >> 32 & ~_UDMP_HIGH_MASK:
        findings.warning(where, f"Unknown flags: 0x{flags:X}.", UDMP_PARSER)
