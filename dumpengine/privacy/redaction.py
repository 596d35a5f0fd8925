"""Takes private things out of a snapshot before it is written: decided by what may stay.

* Streams: those whose row in ``format/streams.py`` says that they are not private.
* Stacks: what an unwinder needs. What lies below a stack pointer is blanked altogether.
* Registers, and what they were arguments of: small numbers and addresses.
* Memory, in a triage dump: code, and words that are small numbers or addresses. In other redacted
  dumps the data a program allocated is what the dump is for: there every run of six bytes or more
  of a value of environment or command line, or of a folder of its files, is blanked in all
  encodings programs keep them in.
* Names: module, thread and handle names without folders and without such runs.

No page is spared for looking like its module's file: a process writes into its own copy of one and
protects it afterwards (RELRO does), and how it is protected now does not tell. So a constant that
equals such a run is blanked as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dumpengine.dump_types import MinidumpType
from dumpengine.format.handles import MINIDUMP_TOKEN_INFO_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.format.streams import stream_row
from dumpengine.privacy.activity import filtered_activity, filtered_scripts
from dumpengine.privacy.needles import needles
from dumpengine.privacy.registers import filtered_exception, filtered_registers
from dumpengine.privacy.scrubber import BlankedMemory, ScrubbedMemory, Scrubber
from dumpengine.privacy.secrets import Secrets, base_name, find_secrets
from dumpengine.privacy.stacks import Stacks, code, find_stacks
from dumpengine.privacy.words import FilteredMemory, ShownWords, word_size
from dumpengine.snapshot import (
    Absent,
    Memory,
    MemoryState,
    MemoryType,
    Range,
    SectionKind,
    Snapshot,
)
from dumpengine.snapshot.ranges import RangeSet

_T = MinidumpType
_HOLDS_DATA = (
    _T.WithFullMemory
    | _T.WithPrivateReadWriteMemory
    | _T.WithDataSegs
    | _T.WithPrivateWriteCopyMemory
    | _T.WithIndirectlyReferencedMemory
)
_NEAR = 1 << 20  # an address just outside of a region still tells where a pointer went
_NAMES_IN_MAPS = re.compile(rb"(?m)^((?:\S+ +){5})(.*)$")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A snapshot to write instead, with the type to write it with.

    ``streams`` are gone that a dump of this type would have held; ``scrubbed`` says in sentences
    what is gone, they included, ``left`` what may still be there.
    """

    snapshot: Snapshot
    dump_type: MinidumpType
    streams: frozenset[int]
    scrubbed: tuple[str, ...]
    left: tuple[str, ...]


def redact(snapshot: Snapshot, dump_type: MinidumpType) -> Redacted:
    """Return what to write so that environment, command line, folders and stack data are gone."""
    secrets = find_secrets(snapshot)
    taken = dict(_taken(snapshot, dump_type))
    return Redacted(
        _without(snapshot, secrets),
        MinidumpType(dump_type | _T.FilterMemory | _T.FilterModulePaths),
        frozenset(taken),
        (*map(_gone, taken, taken.values()), *_scrubbed(snapshot, secrets)),
        tuple(_left(dump_type, secrets)),
    )


def filtered(
    snapshot: Snapshot,
    dump_type: MinidumpType,
    *,
    more_stacks: Sequence[Range] = (),
    redacted: bool = False,
) -> Snapshot:
    """Return the snapshot as the filters of ``dump_type`` show it.

    ``more_stacks`` are in use beside those of the threads, ``redacted`` says that the snapshot
    comes from :func:`redact`.
    """
    if not dump_type & (_T.FilterMemory | _T.FilterTriage):
        return snapshot
    triage = bool(dump_type & _T.FilterTriage)
    if triage and not redacted:
        snapshot = _without(snapshot, find_secrets(snapshot))
    stacks = find_stacks(snapshot, more_stacks)
    memory = _stacks_filtered(snapshot, stacks)
    if triage:
        memory = _data_filtered(snapshot, stacks, memory)
    return replace(snapshot, memory=memory)


def _without(snapshot: Snapshot, secrets: Secrets) -> Snapshot:
    """Take environment, command line, folders and registers' contents out."""
    scrubber = Scrubber(needles(secrets.values, secrets.spared))
    memory: Memory = ScrubbedMemory(snapshot.memory, scrubber)
    if secrets.places:
        memory = BlankedMemory(memory, RangeSet(secrets.places))
    shown = ShownWords(_addresses(snapshot), word_size(snapshot))

    def name(path: str) -> str:
        return scrubber.text(base_name(path))

    return replace(
        snapshot,
        memory=memory,
        streams=dict(_public_streams(snapshot, scrubber.data)),
        linked_streams={
            stream: linked
            for stream, linked in snapshot.linked_streams.items()
            if not stream_row(stream).private
        },
        exception=filtered_exception(snapshot.exception, shown),
        xstate=(),
        threads=tuple(
            replace(
                thread,
                name=name(thread.name),
                registers=filtered_registers(thread.registers, shown),
                activity=filtered_activity(thread.activity, shown, name),
            )
            for thread in snapshot.threads
        ),
        scripts=filtered_scripts(snapshot.scripts, name),
        problems=tuple(
            replace(problem, where=scrubber.text(problem.where), what=scrubber.text(problem.what))
            for problem in snapshot.problems
        ),
        handles=snapshot.handles
        if isinstance(snapshot.handles, Absent)
        else tuple(replace(h, object_name=name(h.object_name)) for h in snapshot.handles),
    )


def _public_streams(
    snapshot: Snapshot, scrub: Callable[[bytes], bytes]
) -> Iterator[tuple[int, bytes]]:
    def bare(name: bytes) -> bytes:
        return scrub(name.rpartition(b"/")[2])

    for stream, data in snapshot.streams.items():
        row = stream_row(stream)
        if row.private:
            continue
        if stream == StreamType.LinuxMaps:
            yield stream, _NAMES_IN_MAPS.sub(lambda line: line[1] + bare(line[2]), data)
        else:
            yield stream, scrub(data) if row.names_files else data


def _constants(snapshot: Snapshot) -> RangeSet:
    """What a module's file has for an unwinder: mapped from it, and not writable now."""
    fixed = RangeSet(
        Range(region.start, region.end)
        for region in snapshot.regions
        if region.type is MemoryType.IMAGE and not region.writable
    )
    data = (
        Range(section.start, section.end)
        for module in snapshot.modules
        for section in module.sections
        if section.kind is SectionKind.DATA
    )
    return fixed.difference(data)


def _addresses(snapshot: Snapshot) -> RangeSet:
    regions = (
        Range(max(region.start - _NEAR, 0), region.end + _NEAR)
        for region in snapshot.regions
        if region.state is not MemoryState.FREE  # a dump's map lists the gaps as well
    )
    modules = (Range(module.base, module.end) for module in snapshot.modules)
    stacks = (t.stack for t in snapshot.threads if isinstance(t.stack, Range))
    return RangeSet([*regions, *modules, *stacks])


def _stacks_filtered(snapshot: Snapshot, stacks: Stacks) -> Memory:
    kept = stacks.live.union(code(snapshot))
    memory = FilteredMemory(snapshot.memory, stacks.live, kept, word_size(snapshot))
    return BlankedMemory(memory, stacks.dead)


def _data_filtered(snapshot: Snapshot, stacks: Stacks, memory: Memory) -> Memory:
    """Filter the words of everything that is neither code nor constants nor a stack already."""
    everything = RangeSet([Range(0, 1 << 64)])
    data = everything.difference(code(snapshot)).difference(_constants(snapshot))
    data = data.difference([*stacks.live, *stacks.dead])
    return FilteredMemory(memory, data, _addresses(snapshot), word_size(snapshot))


def _taken(snapshot: Snapshot, dump_type: MinidumpType) -> Iterator[tuple[int, int]]:
    """Yield the private streams that a dump of this type would hold, with their sizes."""
    sizes = {stream: len(data) for stream, data in snapshot.streams.items()}
    sizes |= {stream: len(linked.data) for stream, linked in snapshot.linked_streams.items()}
    for stream, size in sizes.items():
        row = stream_row(stream)
        nothing_in_it = stream == StreamType.TokenStream and size <= MINIDUMP_TOKEN_INFO_LIST.SIZE
        if row.private and row.wanted(dump_type) and not nothing_in_it:
            yield stream, size


def _gone(stream: int, size: int) -> str:
    row = stream_row(stream)
    what = f", {row.holds}" if row.holds else ""
    return f"Taken out: the stream {row.name}{what} ({size} bytes)."


def _scrubbed(snapshot: Snapshot, secrets: Secrets) -> Iterator[str]:
    held = sum(
        piece.size
        for place in secrets.places
        for piece in snapshot.memory.populated(place.start, place.end)
    )
    if held:
        yield (
            "Blanked wherever the dump holds that memory: environment and command line "
            f"({held} bytes of the process)."
        )
    yield (
        "Blanked: every run of six bytes or more of values of environment and command line, and of "
        "folders, in all encodings."
    )
    yield (
        "Blanked: words on the stacks that are neither small numbers nor pointers to stack or code."
    )
    yield "Blanked: registers that hold neither small numbers nor addresses."


def _left(dump_type: MinidumpType, secrets: Secrets) -> Iterator[str]:
    if not secrets.known:
        yield (
            "Environment and command line could not be found, so copies of them could not be "
            "taken out."
        )
    if dump_type & _HOLDS_DATA:
        yield (
            "The dump holds data the program allocated, and with it any other secrets; "
            "the types mini and triage do not."
        )
