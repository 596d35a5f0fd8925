"""redact() and filtered(): what a dump that is passed on may hold."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId, ProcessorArchitecture
from dumpengine.privacy.redaction import filtered, redact
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Handle, Snapshot, SoftError, read_memory
from tests.support import fake_snapshot as fake
from tests.support.fake_memory import FakeMemory
from tests.support.synth import Synth, amd64_context

T = MinidumpType
SECRET = b"PASSWORD=hunter2\0"


def stat(*places: int) -> bytes:
    """The text of /proc/PID/stat of a process whose name is meant to confuse."""
    fields = ["0"] * 49
    fields[45:49] = [str(place) for place in places]
    return b"42 (a ) b) " + " ".join(fields).encode() + b"\n"


def linux_snapshot(text: bytes) -> Snapshot:
    synth = Synth().system()
    synth.thread(1, amd64_context(Rip=1, Rsp=0x1000))
    synth.memory(0x7000, b"./program\0-x\0" + SECRET + b"behind")
    synth.stream(StreamType.LinuxProcStat, text)
    synth.stream(StreamType.LinuxCmdLine, b"./program\0-x\0")
    synth.stream(StreamType.LinuxEnviron, SECRET)
    synth.stream(StreamType.LinuxCpuInfo, b"kept")
    return read_dump(synth.build()).snapshot()


def test_linux_texts_and_their_places_in_memory_are_gone() -> None:
    found = redact(linux_snapshot(stat(0x7000, 0x700D, 0x700D, 0x701E)), T.Normal)
    assert set(found.snapshot.streams) == {StreamType.LinuxProcStat, StreamType.LinuxCpuInfo}
    assert read_memory(found.snapshot.memory, 0x7000, 99) == bytes(30) + b"behind"
    assert found.dump_type == T.FilterMemory | T.FilterModulePaths
    assert found.scrubbed == (
        "Taken out: the stream LinuxCmdLine, its command line (13 bytes).",
        "Blanked wherever the dump holds that memory: environment and command line (30 bytes of "
        "the process).",
        "Blanked: every run of six bytes or more of values of environment and command line, and of "
        "folders, in all encodings.",
        "Blanked: words on the stacks that are neither small numbers nor pointers to stack or "
        "code.",
        "Blanked: registers that hold neither small numbers nor addresses.",
    )
    assert found.left == ()


@pytest.mark.parametrize(
    "text", [b"", b"42 (x) S 1", stat(0, 0, 0, 0), stat(9, 5, 3, 1), b"1 (x) " + b"z " * 60]
)
def test_without_their_places_the_texts_tell_what_to_look_for(text: bytes) -> None:
    found = redact(linux_snapshot(text), T.Normal)
    memory = read_memory(found.snapshot.memory, 0x7000, 99)
    assert memory == bytes(9) + b"\0-x\0PASSWORD=" + bytes(7) + b"\0behind"
    assert not any("that memory" in sentence for sentence in found.scrubbed)


def test_without_the_texts_their_places_tell_what_to_look_for() -> None:
    whole = linux_snapshot(stat(0x7000, 0x700D, 0x700D, 0x701E))
    copy = FakeMemory({0x7000: read_memory(whole.memory, 0x7000, 30), 0x9000: b"a hunter2!"})
    kept = {StreamType.LinuxProcStat: whole.streams[StreamType.LinuxProcStat]}
    found = redact(replace(whole, memory=copy, streams=kept), T.Normal)
    assert read_memory(found.snapshot.memory, 0x9000, 99) == b"a " + bytes(7) + b"!"


def test_where_neither_is_known_that_is_said() -> None:
    found = redact(replace(linux_snapshot(b""), streams={}), T.Normal)
    assert found.left == (
        "Environment and command line could not be found, so copies of them could not be taken "
        "out.",
    )


@pytest.mark.parametrize(
    ("dump_type", "names"),
    [
        (T.Normal, {StreamType.LinuxCmdLine}),
        (T.WithFullMemory, {StreamType.LinuxCmdLine, StreamType.LinuxEnviron}),
        (T.WithoutOptionalData, set()),
    ],
)
def test_of_streams_only_those_the_type_would_have_held_are_named(
    dump_type: T, names: set[StreamType]
) -> None:
    found = redact(linux_snapshot(b""), dump_type)
    assert found.streams == names
    said = [sentence for sentence in found.scrubbed if sentence.startswith("Taken out")]
    assert len(said) == len(names)


@pytest.mark.parametrize(("size", "told"), [(16, False), (17, True)])
def test_a_list_of_no_tokens_is_nothing_to_tell_of(size: int, told: bool) -> None:
    snapshot = replace(linux_snapshot(b""), streams={StreamType.TokenStream: bytes(size)})
    found = redact(snapshot, T.WithTokenInformation)
    assert found.streams == ({StreamType.TokenStream} if told else set())
    assert ("Taken out: the stream TokenStream (17 bytes)." in found.scrubbed) is told


def test_types_that_hold_data_say_so() -> None:
    snapshot = linux_snapshot(b"")
    assert redact(snapshot, T.WithThreadInfo).left == ()
    for flag in (T.WithFullMemory, T.WithPrivateReadWriteMemory, T.WithDataSegs):
        assert "other secrets" in redact(snapshot, flag).left[0]


TEB, PEB, PARAMETERS = 0x10000, 0x20000, 0x30000
COMMAND = "program.exe /secret".encode("utf-16-le")
ENVIRONMENT = "PASSWORD=hunter2\0\0".encode("utf-16-le")


def windows_snapshot(*, wide: bool) -> Snapshot:
    """TEB -> PEB -> process parameters, each with only the fields that matter."""
    word, architecture = ("<Q", ProcessorArchitecture.AMD64)
    peb, parameters, line, environment, size = 0x60, 0x20, 0x70, 0x80, 0x3F0
    if not wide:
        word, architecture = "<I", ProcessorArchitecture.INTEL
        peb, parameters, line, environment, size = 0x30, 0x10, 0x40, 0x48, 0x290
    block = bytearray(0x400)
    struct.pack_into("<HH", block, line, len(COMMAND), len(COMMAND) + 2)
    struct.pack_into(word, block, line + struct.calcsize(word), 0x40000)
    struct.pack_into(word, block, environment, 0x50000)
    struct.pack_into(word, block, size, len(ENVIRONMENT))
    synth = Synth().system(architecture, PlatformId.WIN32_NT)
    synth.thread(1, Teb=TEB)
    synth.memory(TEB + peb, struct.pack(word, PEB))
    synth.memory(PEB + parameters, struct.pack(word, PARAMETERS))
    synth.memory(PARAMETERS, bytes(block))
    synth.memory(0x40000, COMMAND + b"after")
    synth.memory(0x50000, ENVIRONMENT + b"after")
    return read_dump(synth.build()).snapshot()


@pytest.mark.parametrize("wide", [True, False])
def test_windows_texts_are_found_through_the_peb(wide: bool) -> None:
    found = redact(windows_snapshot(wide=wide), T.Normal)
    memory = found.snapshot.memory
    assert read_memory(memory, 0x40000, 99) == bytes(len(COMMAND)) + b"after"
    assert read_memory(memory, 0x50000, 99) == bytes(len(ENVIRONMENT)) + b"after"
    assert any("that memory" in sentence for sentence in found.scrubbed)


def test_windows_dumps_without_those_pages_are_left_as_they_are() -> None:
    whole = windows_snapshot(wide=True)
    for missing in (TEB, PEB, PARAMETERS):
        snapshot = replace(whole, memory=_without(whole, missing))
        found = redact(snapshot, T.Normal)
        assert not any("that memory" in sentence for sentence in found.scrubbed)


def _without(snapshot: Snapshot, page: int) -> FakeMemory:
    pieces = {
        piece.start: read_memory(snapshot.memory, piece.start, piece.size)
        for piece in snapshot.memory.populated(0, 1 << 64)
        if not page <= piece.start < page + 0x1000
    }
    return FakeMemory(pieces)


def private(*pieces: str, **streams: bytes) -> Snapshot:
    """A process in /home/zoe/desk whose environment says hunter2."""
    made = fake.snapshot()
    program = replace(made.modules[0], path="/home/zoe/desk/program")
    texts = {StreamType[name]: data for name, data in streams.items()}
    memory = dict(made.memory.pieces)  # type: ignore[attr-defined]
    memory[fake.HEAP] = "|".join(pieces).encode().ljust(fake.PAGE, b"\0")
    return replace(
        made,
        modules=(program,),
        memory=fake.FakeMemory(memory),
        streams={StreamType.LinuxEnviron: SECRET} | texts,
        threads=(replace(made.threads[0], name="of hunter2"),),
        handles=(Handle(handle=3, type_name="File", object_name="/home/zoe/desk/hunter2.txt"),),
    )


def test_copies_and_folders_in_memory_are_blanked_and_names_spared() -> None:
    made = private("hunter2", "/home/zoe/desk/program", "program", "other")
    found = redact(made, T.WithFullMemory)
    memory = read_memory(found.snapshot.memory, fake.HEAP, 50).replace(b"\0", b".")
    assert memory[:43] == b".......|...............program|program|other"[:43]


def test_names_of_threads_and_handles_hold_no_secret() -> None:
    found = redact(private(), T.Normal).snapshot
    assert found.threads[0].name == "of *******"
    assert isinstance(found.handles, tuple)
    assert found.handles[0].object_name == "*******.txt"


def test_what_could_not_be_done_names_no_secret() -> None:
    made = replace(private(), problems=(SoftError("hunter2", "no hunter2 there", 1, 2),))
    found = redact(made, T.Normal).snapshot.problems
    assert found == (SoftError("*******", "no ******* there", 1, 2),)


def test_maps_keep_their_numbers() -> None:
    line = b"00400000-00500000 r-xp 00000000 08:01 1234567    %s\n"
    made = private(LinuxMaps=line % b"/data/hunter2-x")
    made.streams[StreamType.LinuxEnviron] = b"A=1234567\0B=hunter2\0"  # type: ignore[index]
    assert redact(made, T.Normal).snapshot.streams[StreamType.LinuxMaps] == line % b"*******-x"


@pytest.mark.parametrize("place", [fake.CODE, fake.DATA])
def test_no_page_of_a_module_is_spared(place: int) -> None:
    """How a page is protected now does not tell whether it was written to before."""
    made = private()
    text = b"hunter2 in the program's file"
    made.memory.pieces[place] = text.ljust(2 * fake.PAGE, b"\0")  # type: ignore[attr-defined]
    memory = redact(made, T.WithFullMemory).snapshot.memory
    assert read_memory(memory, place, len(text)) == bytes(7) + text[7:]


@pytest.mark.parametrize("flag", [T.WithFullMemory, T.WithPrivateReadWriteMemory, T.WithDataSegs])
def test_of_data_a_triage_dump_holds_small_numbers_and_addresses(flag: T) -> None:
    made = private()
    words = struct.pack("<5Q", 7, fake.HEAP + 8, fake.CODE, 0x70617373776F7264, 0x123456789)
    made.memory.pieces[fake.HEAP] = made.memory.pieces[fake.DATA] = (  # type: ignore[attr-defined]
        words.ljust(2 * fake.PAGE, b"\0")
    )
    dump, data, _ = fake.written(made, flag | T.FilterTriage)
    address = fake.DATA if flag == T.WithDataSegs else fake.HEAP
    found = struct.unpack("<5Q", read_memory(dump.memory, address, 40))
    assert found == (7, fake.HEAP + 8, fake.CODE, *[0x0DEFACED0DEFACED] * 2)
    assert b"hunter2" not in data
    assert "zoe".encode("utf-16-le") not in data


def test_what_was_redacted_is_not_gone_through_twice() -> None:
    made = private("hunter2")
    clean = redact(made, T.FilterTriage)
    again = filtered(clean.snapshot, clean.dump_type, redacted=True)
    assert again.threads is clean.snapshot.threads
    assert filtered(made, T.WithFullMemory) is made
