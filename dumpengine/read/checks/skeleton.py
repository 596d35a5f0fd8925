"""Directory: streams inside the file, not over each other, none twice."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.read.directory import DumpFile, StreamEntry
from dumpengine.read.findings import (
    BREAKPAD,
    LLDB,
    MINIDUMP,
    READERS,
    UDMP_PARSER,
    Findings,
    few,
)

MAX_BREAKPAD_STREAMS = 128
_BREAKPAD_ONCE = {
    StreamType.ThreadListStream,
    StreamType.ThreadNamesStream,
    StreamType.ModuleListStream,
    StreamType.MemoryListStream,
    StreamType.ExceptionStream,
    StreamType.SystemInfoStream,
    StreamType.MiscInfoStream,
    StreamType.BreakpadInfoStream,
    StreamType.CrashpadInfoStream,
}
# The `minidump` package has an enumeration up to ThreadNames, without IptTrace, and stops at
# every other number that is not above the reserved ones.
_MINIDUMP_KNOWS = {*range(23), StreamType.ThreadNamesStream}


def check_skeleton(file: DumpFile, findings: Findings) -> None:
    """Check the directory."""
    if not file.entries:
        findings.error("Directory", "The dump has no streams at all.", *READERS)
    if file.header.NumberOfStreams > MAX_BREAKPAD_STREAMS:
        what = f"There are {file.header.NumberOfStreams} streams, more than Breakpad accepts."
        findings.warning("Directory", what, BREAKPAD)
    for entry in file.entries:
        _inside(file, entry, findings)
    _overlaps(file, findings)
    _duplicates(file, findings)
    strange = {e.type for e in file.entries if e.type <= StreamType.LastReservedStream}
    if strange := strange - _MINIDUMP_KNOWS:
        what = f"Stream types of the reserved range that one reader does not know: {few(strange)}."
        findings.warning("Directory", what, MINIDUMP)


def _inside(file: DumpFile, entry: StreamEntry, findings: Findings) -> None:
    if file.source.holds(entry.rva, entry.size):
        return
    what = (
        f"The stream reaches beyond the file's end (offset {entry.rva}, {entry.size} bytes; "
        f"the file has {file.source.size}): the file is cut off or damaged."
    )
    # The others miss it only where they look for that stream.
    findings.error(entry.name, what, LLDB)


def _overlaps(file: DumpFile, findings: Findings) -> None:
    spans = sorted((e.rva, e.rva + e.size, e.name) for e in file.entries if e.size)
    for (_, end, name), (start, _, other) in pairwise(spans):
        if start < end:
            findings.warning(other, f"It lies over the stream {name}: one of them is damaged.")


def _duplicates(file: DumpFile, findings: Findings) -> None:
    for kind, count in Counter(entry.type for entry in file.entries).items():
        if count == 1:
            continue
        refuses = [UDMP_PARSER, LLDB]
        if kind in _BREAKPAD_ONCE:
            refuses.append(BREAKPAD)
        findings.warning(stream_name(kind), f"The stream is there {count} times.", *refuses)
