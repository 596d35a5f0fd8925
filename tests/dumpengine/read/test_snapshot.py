"""Assembling a snapshot: one broken stream never costs the others."""

from __future__ import annotations

import pytest

from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.read.snapshot import INTERPRETED
from tests.support.synth import Synth, small_dump


@pytest.mark.parametrize("kind", sorted(INTERPRETED - {StreamType.ThreadExListStream}))
def test_a_broken_stream_is_a_problem_and_the_rest_is_there(kind: StreamType) -> None:
    """The broken one comes first in the directory, so it is the one that counts."""
    synth = Synth().entry(kind, 64, 1 << 30)
    sound = small_dump()
    sound.entries[:0] = synth.entries
    snapshot = read_dump(sound.build()).snapshot()
    list(snapshot.memory.populated(0, 1 << 64))
    assert bool(snapshot.threads) == (kind is not StreamType.ThreadListStream)
    assert bool(snapshot.modules) == (kind is not StreamType.ModuleListStream)
    assert bool(snapshot.regions) == (kind is not StreamType.MemoryInfoListStream)
    memory_lists = (StreamType.MemoryListStream, StreamType.Memory64ListStream)
    assert bool(snapshot.problems) == (kind not in memory_lists)


def test_a_dump_without_streams_is_an_empty_snapshot() -> None:
    snapshot = read_dump(Synth().build()).snapshot()
    assert (snapshot.threads, snapshot.modules, snapshot.regions) == ((), (), ())
    assert (snapshot.process.pid, snapshot.process.name) == (0, "")


def test_the_program_is_the_first_module_where_no_text_names_it() -> None:
    process = read_dump(small_dump().build()).snapshot().process
    assert (process.name, process.path) == ("program", "/usr/bin/program")
