"""shrink_dump(): smaller dumps out of larger ones, of every writer."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from dumpengine.callbacks import DumpCallback
from dumpengine.capture.from_file import prepared
from dumpengine.capture.shrink import ShrinkResult, shrink_dump
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.errors import E_CANCELLED, E_FILE_EXISTS, E_INVALIDARG, DumpError, ErrorKind
from dumpengine.format.counters import (
    MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION,
    MINIDUMP_SYSTEM_MEMORY_INFO_1,
    MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.check import check_dump
from dumpengine.read.dump import open_dump, read_dump
from dumpengine.read.extensions import read_crashpad_info
from dumpengine.snapshot import Range, Registers, SectionKind, SystemMemory, read_memory
from tests.support.samples import NAMES, sample, unpacked
from tests.support.synth import CODE, STACK, Synth, amd64_context, small_dump

T = MinidumpType
MINI = PRESETS["mini"].value


def shrunk(
    path: Path, dump_type: MinidumpType = MINI, *, redacted: bool = False
) -> tuple[Path, ShrinkResult]:
    """Shrink it, made large enough first that every type is smaller."""
    with path.open("ab") as file:
        file.write(bytes(1 << 16))
    target = path.with_name("small.dmp")
    return target, shrink_dump(path, target, dump_type, redacted=redacted, overwrite=True)


@pytest.mark.parametrize("name", NAMES)
def test_threads_and_stacks_survive_whoever_wrote_it(name: str, tmp_path: Path) -> None:
    path = unpacked(name, tmp_path)
    target, result = shrunk(path)
    before = read_dump(sample(name)).snapshot()
    with open_dump(target) as dump:
        after = dump.snapshot()
        assert [(t.tid, t.name) for t in after.threads] == [(t.tid, t.name) for t in before.threads]
        assert after.modules == before.modules
        for one, two in zip(before.threads, after.threads, strict=True):
            assert isinstance(one.registers, Registers)
            assert isinstance(two.registers, Registers)
            assert (one.registers.pc, one.registers.sp) == (two.registers.pc, two.registers.sp)
            if isinstance(one.stack, Range):
                stack = read_memory(before.memory, one.stack.start, one.stack.size)
                assert read_memory(after.memory, one.stack.start, one.stack.size) == stack
        assert dump.timestamp == read_dump(sample(name)).timestamp
        assert (result.threads, result.size) == (len(after.threads), dump.size)
    assert check_dump(target).ok


def test_a_full_dump_becomes_a_fraction(tmp_path: Path) -> None:
    path = tmp_path / "full.dmp"
    synth = Synth().system()
    synth.thread(1, amd64_context(Rip=CODE + 0x80, Rsp=STACK), b"s" * 64, STACK)
    synth.ranges.clear()
    synth.region(CODE, 0x1000, 0x20).region(STACK, 0x1000).region(0x1000_0000, 1 << 22)
    synth.memory64(CODE, b"c" * 4096).memory64(STACK, b"s" * 4096)
    synth.memory64(0x1000_0000, bytes(1 << 22))
    synth.module(CODE, 0x1000, "/bin/x")
    path.write_bytes(synth.build())
    target, result = shrunk(path)
    assert result.source_size > 1 << 22
    assert result.size < 1 << 15
    with open_dump(target) as dump:
        assert read_memory(dump.memory, STACK, 99) == b"s" * 64
        assert read_memory(dump.memory, CODE, 999) == b"c" * 256  # around the program counter
        assert dump.memory.missing(0x1000_0000) is not None
        assert dump.stream(StreamType.Memory64ListStream) is None


def test_modules_code_and_data_are_worked_out_from_the_map() -> None:
    synth = small_dump()
    synth.region(CODE, 0x1000, 0x02).region(CODE + 0x1000, 0x2000, 0x20)
    synth.region(CODE + 0x3000, 0x1000, 0x08)
    snapshot = prepared(read_dump(synth.build()))
    kinds = [(s.start - CODE, s.end - CODE, s.kind) for s in snapshot.modules[0].sections]
    assert kinds == [
        (0, 0x1000, SectionKind.HEADER),
        (0x1000, 0x3000, SectionKind.CODE),
        (0x3000, 0x4000, SectionKind.DATA),
    ]


def test_comments_stay_and_streams_nobody_knows_do_not(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    synth = small_dump().stream(10, b"seen twice\0").stream(0x12340000, b"mine")
    path.write_bytes(synth.build())
    target, result = shrunk(path)
    with open_dump(target) as dump:
        assert dump.comments == ("seen twice",)
        assert dump.stream(0x12340000) is None
    assert result.dropped == ("0x12340000",)
    target, result = shrunk(path, PRESETS["triage"].value)
    with open_dump(target) as dump:
        assert dump.comments == ("seen twice",)
        assert dump.stream(0x12340000) is None
    assert result.dropped == ("0x12340000",)


def test_what_crashpad_noted_is_moved_with_all_it_points_at(tmp_path: Path) -> None:
    path = unpacked("crashpad-segv", tmp_path)
    with open_dump(path) as dump:
        before, whole = read_crashpad_info(dump.file), dump.snapshot().linked_streams
    target, result = shrunk(path)
    assert result.dropped == ()
    with open_dump(target) as dump:
        assert read_crashpad_info(dump.file) == before
        assert dump.snapshot().linked_streams == whole
    assert before is not None
    assert before.annotations
    assert check_dump(target).ok


def test_what_crashpad_noted_is_not_passed_on(tmp_path: Path) -> None:
    for dump_type, redacted in ((MINI, True), (PRESETS["triage"].value, False)):
        path = unpacked("crashpad-segv", tmp_path)
        target, result = shrunk(path, dump_type, redacted=redacted)
        assert ("CrashpadInfoStream" in result.dropped) is not redacted
        assert any("CrashpadInfoStream" in said for said in result.scrubbed) is redacted
        with open_dump(target) as dump:
            assert dump.stream(StreamType.CrashpadInfoStream) is None


def test_streams_nobody_knows_stay_behind(tmp_path: Path) -> None:
    _, result = shrunk(unpacked("wine-dbghelp", tmp_path))
    assert result.dropped == ("0xFFF0",)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["mini", "triage", "heap"])
def test_no_dump_grows(name: str, preset: str, tmp_path: Path) -> None:
    path, target = unpacked(name, tmp_path), tmp_path / "small.dmp"
    size = path.stat().st_size
    refused = None
    try:
        shrink_dump(path, target, PRESETS[preset].value)
    except DumpError as error:
        refused = error
    assert target.exists() is (refused is None)
    if refused is None:
        assert target.stat().st_size < size
    else:
        assert "small already" in refused.cause
        assert "--redact" in refused.remedy


@pytest.mark.parametrize("name", NAMES)
def test_a_triage_dump_is_no_larger_than_a_mini(name: str, tmp_path: Path) -> None:
    sizes = {}
    for preset in ("mini", "triage"):
        target, _ = shrunk(unpacked(name, tmp_path), PRESETS[preset].value)
        sizes[preset] = target.stat().st_size
    assert sizes["triage"] <= sizes["mini"]


def test_a_small_dump_may_grow_when_it_is_redacted(tmp_path: Path) -> None:
    path, target = unpacked("crashpad-segv", tmp_path), tmp_path / "small.dmp"
    assert shrink_dump(path, target, MINI, redacted=True).size == target.stat().st_size


def test_a_damaged_dump_is_blamed_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    path.write_bytes(Synth().system().entry(StreamType.MemoryListStream, 99, 1 << 30).build())
    with pytest.raises(DumpError, match="The dump is damaged") as caught:
        shrunk(path)
    assert caught.value.path == path


def test_a_full_disk_is_the_outputs_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dumpengine.capture.output.FileSink.write_at", full)
    with pytest.raises(DumpError) as caught:
        shrunk(unpacked("dumpdesk-full", tmp_path))
    assert caught.value.kind is ErrorKind.DESTINATION
    assert caught.value.path == tmp_path / "small.dmp"


def test_what_the_writer_leaves_out_is_named_too(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    synth = small_dump().stream(StreamType.LinuxEnviron, b"A=1\0")
    path.write_bytes(synth.stream(StreamType.LinuxCmdLine, b"x\0").build())
    _, result = shrunk(path, PRESETS["triage"].value)
    assert result.dropped == ("LinuxEnviron", "LinuxCmdLine")


def test_a_stream_outside_the_file_stays_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    path.write_bytes(small_dump().entry(0x12340000, 9, 1 << 30).build())
    _, result = shrunk(path)
    assert result.dropped == ("0x12340000",)


def test_the_reason_it_stopped_survives(tmp_path: Path) -> None:
    target, _ = shrunk(unpacked("crashpad-segv", tmp_path))
    with open_dump(target) as dump:
        before = read_dump(sample("crashpad-segv")).snapshot().exception
        assert dump.snapshot().exception == before


def test_what_the_source_never_had_is_not_promised(tmp_path: Path) -> None:
    target, result = shrunk(unpacked("dbgcore-normal", tmp_path))
    with open_dump(target) as dump:
        missing = T.WithHandleData | T.WithFullMemoryInfo | T.WithThreadInfo
        assert not dump.flags & missing
        assert result.dump_type == dump.flags == MINI & ~missing
    assert len(result.warnings) == 3
    assert "The dump has no HandleDataStream; WithHandleData was left out." in result.warnings


def test_contexts_that_were_cut_short_are_made_whole(tmp_path: Path) -> None:
    """LLDB's have 720 bytes; Breakpad takes none below 1232."""
    path = unpacked("lldb14-stacks", tmp_path)
    assert not check_dump(path).readers["Breakpad"]
    target, _ = shrunk(path)
    assert check_dump(target).readers["Breakpad"]


def test_full_memory_cannot_come_of_less(tmp_path: Path) -> None:
    with pytest.raises(DumpError) as caught:
        shrunk(unpacked("dbgcore-normal", tmp_path), PRESETS["full"].value)
    assert caught.value.hresult == E_INVALIDARG
    assert not (tmp_path / "small.dmp").exists()


def test_redaction_takes_the_texts_out_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    synth = small_dump().stream(StreamType.LinuxEnviron, b"PASSWORD=hunter2\0")
    path.write_bytes(synth.build())
    target, result = shrunk(path, T.WithThreadInfo | T.WithProcessThreadData, redacted=True)
    assert b"hunter2" not in target.read_bytes()
    assert result.scrubbed[0] == "Taken out: the stream LinuxEnviron, its environment (17 bytes)."
    assert "LinuxEnviron" not in result.dropped
    assert result.dump_type & T.FilterMemory
    with open_dump(target) as dump:
        words = read_memory(dump.memory, STACK + 8, 8)
    assert words == (0x0DEFACED0DEFACED).to_bytes(8, "little")


def test_the_result_as_json(tmp_path: Path) -> None:
    _, result = shrunk(unpacked("dumpdesk-full", tmp_path))
    fields = json.loads(json.dumps(result.to_json()))
    assert fields["dump_type"] == MINI
    assert "WithThreadInfo" in fields["flags"]
    assert fields["source_size"] > fields["memory_bytes"] > 0


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = unpacked("dbgcore-normal", tmp_path)
    target = tmp_path / "there.dmp"
    target.write_bytes(b"precious")
    with pytest.raises(DumpError) as caught:
        shrink_dump(path, target, MINI)
    assert caught.value.hresult == E_FILE_EXISTS
    assert target.read_bytes() == b"precious"


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    class Cancelling(DumpCallback):
        def cancel(self) -> bool:
            return True

    with pytest.raises(DumpError) as caught:
        shrink_dump(
            unpacked("dumpdesk-full", tmp_path), tmp_path / "b.dmp", MINI, callback=Cancelling()
        )
    assert caught.value.hresult == E_CANCELLED
    assert [path.name for path in tmp_path.iterdir()] == ["dumpdesk-full.dmp"]


def test_what_is_no_dump_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.dmp"
    path.write_bytes(b"not a dump at all, sorry" * 9)
    with pytest.raises(DumpError, match="not a minidump"):
        shrunk(path)


def test_numbers_that_fit_nowhere_are_cut_not_fatal(tmp_path: Path) -> None:
    """Seen in damaged files: pages beyond what the field of another structure can count."""
    basic = MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION(AvailablePages=(1 << 64) - 1)
    memory = MINIDUMP_SYSTEM_MEMORY_INFO_1(
        BasicPerfInfo=basic, PerfInfo=MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION(Counters=bytes(280))
    )
    path = tmp_path / "a.dmp"
    path.write_bytes(small_dump().stream(StreamType.SystemMemoryInfoStream, memory.pack()).build())
    target, _ = shrunk(path)
    with open_dump(target) as dump:
        found = dump.snapshot().system.memory
    assert isinstance(found, SystemMemory)
    assert found.available == (1 << 64) - 1
