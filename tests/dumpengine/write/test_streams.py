"""What each stream module writes, read back by our reader (which is tested by itself)."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from dumpengine.callbacks import DumpCallback, SecondaryFlags
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_FILE_TOO_LARGE, E_INVALIDARG, DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.options import UserStream
from dumpengine.snapshot import (
    Absent,
    Handle,
    LinkMapEntry,
    LoaderDebug,
    Module,
    SystemMemory,
    TimeZone,
    UnloadedModule,
    VmCounters,
)
from dumpengine.write import image as image_module
from dumpengine.write.image import FileImage
from dumpengine.write.threads import filetime
from dumpengine.write.user_streams import check_user_streams, duplicates
from tests.support.fake_snapshot import CODE, PAGE, program, registers, snapshot, thread, written

T = MinidumpType


def body(dump, stream) -> bytes:
    found = dump.file.body(stream)
    return b"" if found is None else bytes(found)


def test_threads_come_back():
    dump, _, _ = written(snapshot(3), T.WithThreadInfo)
    read = dump.snapshot().threads
    for ours, theirs in zip(snapshot(3).threads, read, strict=True):
        assert (theirs.tid, theirs.name, theirs.teb) == (ours.tid, ours.name, ours.teb)
        assert theirs.stack == ours.stack
        assert theirs.registers.values["rip"] == ours.registers.pc
        assert theirs.times == ours.times
        assert (theirs.affinity, theirs.start_address) == (3, CODE + 0x1000)


def test_a_thread_without_registers_has_no_context_and_says_so():
    made = snapshot()
    silent = replace(made.threads[0], registers=Absent("gone"), stack=Absent("gone"), tid=101)
    dump, _, _ = written(replace(made, threads=(*made.threads, silent)), T.WithThreadInfo)
    read = dump.snapshot().threads[1]
    assert isinstance(read.registers, Absent)
    assert isinstance(read.stack, Absent)
    flags = struct.unpack_from("<II", body(dump, StreamType.ThreadInfoListStream), 12 + 64)
    assert flags == (101, 0x10)


def test_only_named_threads_are_in_the_list_of_names():
    made = snapshot(threads=(thread(1), replace(thread(2, 1), name="")))
    dump, _, _ = written(made)
    assert struct.unpack_from("<II", body(dump, StreamType.ThreadNamesStream)) == (1, 1)
    dump, _, _ = written(snapshot(threads=(replace(thread(1), name=""),)))
    assert body(dump, StreamType.ThreadNamesStream) == b""


def test_names_that_are_no_utf8_are_written_all_the_same():
    odd = b"a\xff\nb".decode("utf-8", "surrogateescape")
    made = snapshot(threads=(replace(thread(1), name=odd),))
    dump, _, _ = written(replace(made, modules=(replace(program(), path="/tmp/" + odd),)))
    assert dump.snapshot().threads[0].name == "a�\nb"
    assert dump.snapshot().modules[0].path == "/tmp/a�\nb"


def test_times_as_windows_counts_them():
    assert filetime(0) == 0
    assert filetime(1.5) == (11_644_473_600 * 10 + 15) * 1_000_000


def test_modules_come_back():
    extra = Module(
        base=0x7000_0000, size=5 << 30, path="/lib/x", timestamp=5, checksum=6, misc=b"misc"
    )
    dump, _, _ = written(snapshot(modules=(program(), extra)))
    read = dump.snapshot().modules
    assert read[0].codeview == program().codeview
    assert (read[0].base, read[0].size, read[0].path) == (CODE, program().size, "/usr/bin/program")
    assert (read[1].size, read[1].timestamp, read[1].checksum) == ((5 << 30) & 0xFFFFFFFF, 5, 6)
    assert (read[1].codeview, read[1].misc) == (b"", b"misc")


def test_unloaded_modules_come_back():
    gone = UnloadedModule(0x1000, 0x2000, "C:\\gone.dll", 3, 4)
    dump, _, _ = written(snapshot(unloaded_modules=(gone,)), T.WithUnloadedModules)
    assert dump.snapshot().unloaded_modules == (gone,)
    dump, _, _ = written(snapshot(), T.WithUnloadedModules)
    assert body(dump, StreamType.UnloadedModuleListStream) == struct.pack("<III", 12, 24, 0)


def test_handles_come_back():
    handles = (
        Handle(
            handle=0, type_name="File", object_name="/tmp/a", attributes=0o100644, granted_access=2
        ),
        Handle(handle=7, type_name="", object_name=""),
    )
    dump, _, _ = written(snapshot(handles=handles), T.WithHandleData)
    assert dump.snapshot().handles == handles


def test_handles_that_could_not_be_listed_leave_no_stream():
    dump, _, _ = written(snapshot(handles=Absent("refused")), T.WithHandleData)
    assert body(dump, StreamType.HandleDataStream) == b""


def test_the_token_list_is_there_and_empty():
    dump, _, _ = written(snapshot(), T.WithTokenInformation)
    assert struct.unpack_from("<II", body(dump, StreamType.TokenStream)) == (16, 0)


def test_the_address_space_with_its_gaps():
    dump, _, _ = written(snapshot(), T.WithFullMemoryInfo)
    data = body(dump, StreamType.MemoryInfoListStream)
    head, entry, count = struct.unpack_from("<IIQ", data)
    assert (head, entry, len(data)) == (16, 48, 16 + 48 * count)
    rows = [struct.unpack_from("<QQI4xQIII", data, 16 + 48 * n) for n in range(count)]
    assert rows[0][0] == 0
    ends = [row[0] + row[3] for row in rows]
    assert ends[:-1] == [row[0] for row in rows[1:]]
    assert rows[0][4:] == (0x10000, 1, 0)
    assert rows[1][4:] == (0x1000, 2, 0x1000000)


def test_every_range_of_a_full_dump_begins_an_entry_of_the_address_space():
    dump, _, _ = written(snapshot(), T.WithFullMemory)
    data = body(dump, StreamType.MemoryInfoListStream)
    count = struct.unpack_from("<Q", data, 8)[0]
    starts = {struct.unpack_from("<Q", data, 16 + 48 * n)[0] for n in range(count)}
    memory = body(dump, StreamType.Memory64ListStream)
    ranges = struct.unpack_from("<Q", memory)[0]
    assert ranges > 2
    for n in range(ranges):
        assert struct.unpack_from("<Q", memory, 16 + 16 * n)[0] in starts


def test_counters_of_process_and_machine():
    made = snapshot()
    machine = SystemMemory(physical=1000, available=400, committed=300, commit_limit=2000)
    made = replace(
        made,
        system=replace(made.system, memory=machine),
        process=replace(
            made.process,
            counters=VmCounters(
                page_faults=1,
                peak_working_set=2,
                working_set=3,
                peak_virtual=4,
                virtual=5,
                private=6,
                private_working_set=7,
                swapped=8,
                shared=9,
            ),
        ),
    )
    dump, _, _ = written(made)
    read = dump.snapshot()
    assert (read.system.memory.physical, read.system.memory.available) == (1000, 400)
    assert (read.process.counters.working_set, read.process.counters.virtual) == (3, 5)


def test_optional_data_can_be_left_out():
    streams = {0x47670003: b"cpu", 0x47670009: b"1000-2000 r--p 0 0 0 /x\n", 0x47670006: b"cmd"}
    made = snapshot(streams=streams)
    kept = {e.type for e in written(made, 0)[0].file.entries if e.size}
    less = {e.type for e in written(made, T.WithoutOptionalData)[0].file.entries if e.size}
    assert kept - less == {0x47670003, 0x47670006, 22}
    assert 0x47670009 in less


def test_the_environment_needs_a_flag_that_holds_it_anyway():
    made = snapshot(streams={StreamType.LinuxEnviron: b"TOKEN=1\0"})
    for dump_type, there in (
        (0, False),
        (T.WithProcessThreadData, True),
        (T.WithFullMemory, True),
        (T.WithFullMemory | T.FilterTriage, False),
        (T.WithFullMemory | T.WithoutOptionalData, False),
    ):
        dump, _, _ = written(made, dump_type)
        assert bool(body(dump, StreamType.LinuxEnviron)) is there, dump_type


@pytest.mark.parametrize("flag", [T.FilterModulePaths, T.FilterTriage])
def test_no_folder_remains_when_paths_are_filtered(flag):
    maps = b"400000-401000 r--p 00000000 08:01 42   /secret/place/program\n1000-2000 rw-p 0 0 0 \n"
    loader = LoaderDebug(
        version=1,
        map_address=2,
        breakpoint=3,
        loader_base=4,
        dynamic_address=5,
        dynamic=b"dyn",
        entries=(LinkMapEntry(0, "/secret/place/lib.so", 9),),
    )
    made = snapshot(
        modules=(replace(program(), path="/secret/place/program"),),
        handles=(Handle(handle=3, type_name="File", object_name="/secret/place/file"),),
        streams={StreamType.LinuxMaps: maps},
        loader=loader,
    )
    dump, data, _ = written(made, flag | T.WithHandleData)
    assert b"secret" not in data
    assert "secret".encode("utf-16-le") not in data
    read = dump.snapshot()
    assert (read.modules[0].path, read.handles[0].object_name) == ("program", "file")
    assert body(dump, StreamType.LinuxMaps).startswith(
        b"400000-401000 r--p 00000000 08:01 42   program\n"
    )


def test_the_loaders_list_comes_back():
    entries = (LinkMapEntry(1, "", 2), LinkMapEntry(3, "/lib/x.so", 4))
    loader = LoaderDebug(
        version=1,
        map_address=0x10,
        breakpoint=0x20,
        loader_base=0x30,
        dynamic_address=0x40,
        dynamic=b"dynamic!",
        entries=entries,
    )
    dump, _, _ = written(snapshot(loader=loader))
    read = dump.snapshot().loader
    assert read.entries == entries
    assert (read.version, read.breakpoint, read.loader_base) == (1, 0x20, 0x30)
    assert (read.dynamic_address, read.dynamic) == (0x40, b"dynamic!")


def test_facts_about_the_process_and_the_machine():
    made = snapshot()
    zone = TimeZone(1, -60, "CET", "CEST", -60)
    made = replace(made, system=replace(made.system, timezone=zone, build_string="L" * 400))
    dump, _, _ = written(made)
    data = body(dump, StreamType.MiscInfoStream)
    assert len(data) == 1364
    flags = 1 | 2 | 4 | 0x40 | 0x100
    assert struct.unpack_from("<7I", data) == (1364, flags, 100, 1_700_000_000, 0, 0, 3000)
    assert struct.unpack_from("<Ii", data, 56) == (1, -60)
    assert data[232 : 232 + 520].decode("utf-16-le") == "L" * 259 + "\0"


def test_without_power_information_when_a_callback_says_so():
    class NoPower(DumpCallback):
        def secondary_flags(self, _flags):
            return SecondaryFlags.WithoutPowerInfo

    dump, _, _ = written(snapshot(), callback=NoPower())
    data = body(dump, StreamType.MiscInfoStream)
    assert struct.unpack_from("<I", data, 4)[0] & 4 == 0
    assert struct.unpack_from("<I", data, 24) == (0,)


def test_the_version_string_is_never_missing():
    made = snapshot()
    dump, data, _ = written(replace(made, system=replace(made.system, csd_version="")))
    rva = struct.unpack_from("<I", body(dump, StreamType.SystemInfoStream), 24)[0]
    assert rva > 32
    assert struct.unpack_from("<I", data, rva) == (0,)


def test_processors_are_counted_up_to_255():
    made = snapshot()
    dump, _, _ = written(replace(made, system=replace(made.system, processor_count=1000)))
    assert body(dump, StreamType.SystemInfoStream)[6] == 255


class TestUserStreams:
    def test_any_number_and_comments(self):
        streams = [UserStream(0x10000 + n, bytes([n]) * n) for n in range(50)]
        streams += [UserStream(10, b"a comment\0"), UserStream(11, "ü\0".encode("utf-16-le"))]
        dump, _, _ = written(snapshot(), user_streams=streams)
        for stream in streams[1:]:
            assert body(dump, stream.type) == stream.data

    @pytest.mark.parametrize("kind", [0, 3, 9, 12, 25, 0xFFFF, 0x47670009, 0x44440001, 1 << 32, -1])
    def test_reserved_types_are_refused(self, kind):
        with pytest.raises(DumpError) as raised:
            check_user_streams([UserStream(kind, b"")])
        assert raised.value.hresult == E_INVALIDARG

    def test_duplicates_are_written_and_named(self):
        streams = [UserStream(0x10000 + n % 2, bytes([n])) for n in range(3)]
        dump, _, _ = written(snapshot(), user_streams=streams)
        types = [entry.type for entry in dump.streams if 0x10000 <= entry.type < 0x20000]
        assert sorted(types) == [0x10000, 0x10000, 0x10001]
        (sentence,) = duplicates(streams)
        assert sentence.startswith("There are 2 user streams of type 0x10000: ")
        assert duplicates(streams[:2]) == ()

    def test_a_comment_of_the_callers_wins_over_ours(self):
        made = snapshot()
        made.memory.bad = {made.threads[0].stack.start // PAGE * PAGE}
        dump, _, _ = written(made, user_streams=[UserStream(10, b"mine\0")])
        assert body(dump, StreamType.CommentStreamA) == b"mine\0"
        assert b"could not be read" in body(dump, StreamType.DumpDeskCaptureNotes)


class TestFileImage:
    def test_pieces_are_aligned_and_strings_shared(self):
        image = FileImage()
        assert image.append(b"abc").Rva == 0
        assert image.append(b"d", alignment=16).Rva == 16
        assert image.string("x") == image.string("x") == 20
        assert bytes(image.data[20:]) == b"\x02\0\0\0x\0\0\0"

    def test_reserved_room_is_patched(self):
        image = FileImage()
        room = image.reserve(4)
        image.patch(room.Rva, b"1234")
        assert bytes(image.data) == b"1234"

    def test_more_than_4_gib_of_lists_is_refused(self, monkeypatch):
        monkeypatch.setattr(image_module, "_LIMIT", 100)
        image = FileImage()
        with pytest.raises(DumpError) as raised:
            image.append(bytes(101))
        assert raised.value.hresult == E_FILE_TOO_LARGE


def test_registers_under_their_names():
    values = {name: n for n, name in enumerate("rax rbx rcx r15 dr7 mxcsr".split(), 1)}
    made = snapshot(threads=(replace(thread(1), registers=registers(**values)),))
    dump, _, _ = written(made)
    read = dump.snapshot().threads[0].registers
    assert {name: read[name] for name in values} == values
