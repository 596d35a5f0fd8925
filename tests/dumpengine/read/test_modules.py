"""Modules, unloaded ones, and modules by address."""

from __future__ import annotations

import struct

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.modules import (
    MINIDUMP_UNLOADED_MODULE,
    MINIDUMP_UNLOADED_MODULE_LIST,
    VS_FFI_SIGNATURE,
    VS_FIXEDFILEINFO,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.read.modules import ModuleMap
from dumpengine.snapshot import Module, Snapshot, UnloadedModule
from tests.support.synth import Synth


def snapshot_of(synth: Synth) -> Snapshot:
    return read_dump(synth.build()).snapshot()


def test_a_module_has_everything_its_entry_says() -> None:
    version = VS_FIXEDFILEINFO(VS_FFI_SIGNATURE, 0x10000, 0x00010002, 0x00030004)
    synth = Synth().system()
    misc = synth.located(b"misc")
    synth.module(
        0x7FF000000000,
        0x3000,
        "C:\\Program Files\\ünï.dll",
        b"RSDS....",
        CheckSum=1,
        TimeDateStamp=2,
        VersionInfo=version,
        MiscRecord=misc,
    )
    (module,) = snapshot_of(synth).modules
    assert module == Module(
        base=0x7FF000000000,
        size=0x3000,
        path="C:\\Program Files\\ünï.dll",
        codeview=b"RSDS....",
        timestamp=2,
        checksum=1,
        version=(VS_FFI_SIGNATURE, 0x10000, 0x00010002, 0x00030004, *(0,) * 9),
        misc=b"misc",
    )
    assert module.name == "ünï.dll"


def test_a_version_without_its_signature_or_without_numbers_is_none() -> None:
    synth = Synth().system()
    synth.module(1, 2, "a", VersionInfo=VS_FIXEDFILEINFO(FileVersionMS=1))
    synth.module(3, 4, "b", VersionInfo=VS_FIXEDFILEINFO(VS_FFI_SIGNATURE, 0x10000))
    assert [module.version for module in snapshot_of(synth).modules] == [(), ()]


def test_names_and_records_outside_the_file_are_empty_and_noted() -> None:
    nowhere = MINIDUMP_LOCATION_DESCRIPTOR(16, 1 << 30)
    synth = Synth().system()
    synth.module(0x1000, 1, "a", ModuleNameRva=1 << 31, CvRecord=nowhere)
    synth.module(0x2000, 1, "b")
    snapshot = snapshot_of(synth)
    assert [(m.path, m.codeview) for m in snapshot.modules] == [("", b""), ("b", b"")]
    assert all("Module at 0x1000" in problem.what for problem in snapshot.problems)
    assert len(snapshot.problems) == 2


def test_a_record_of_gigabytes_is_not_read() -> None:
    synth = Synth().system()
    synth.put(bytes(1 << 17))
    synth.module(0x1000, 1, "a", CvRecord=MINIDUMP_LOCATION_DESCRIPTOR(1 << 17, 32))
    snapshot = snapshot_of(synth)
    assert snapshot.modules[0].codeview == b""
    assert "too large" in snapshot.problems[0].what


def test_a_list_that_promises_too_much_is_empty_and_a_problem() -> None:
    synth = Synth().system().stream(StreamType.ModuleListStream, struct.pack("<I", 3) + bytes(108))
    snapshot = snapshot_of(synth)
    assert snapshot.modules == ()
    assert snapshot.problems[0].where == "ModuleListStream"


def test_unloaded_modules() -> None:
    synth = Synth().system()
    entry = MINIDUMP_UNLOADED_MODULE(0x5000, 0x1000, 7, 8, synth.text("gone.dll"))
    head = MINIDUMP_UNLOADED_MODULE_LIST(NumberOfEntries=1)
    synth.stream(StreamType.UnloadedModuleListStream, head.pack() + entry.pack())
    assert snapshot_of(synth).unloaded_modules == (
        UnloadedModule(0x5000, 0x1000, "gone.dll", 8, 7),
    )


def test_an_empty_list_of_unloaded_modules() -> None:
    empty = MINIDUMP_UNLOADED_MODULE_LIST().pack()
    synth = Synth().system().stream(StreamType.UnloadedModuleListStream, empty)
    snapshot = snapshot_of(synth)
    assert snapshot.unloaded_modules == ()
    assert snapshot.problems == ()


def test_modules_are_found_by_address() -> None:
    low, high = (
        Module(base=0x1000, size=0x1000, path="low"),
        Module(base=0x3000, size=0x10, path="high"),
    )
    found = ModuleMap([high, low])
    assert found.find(0xFFF) is None
    assert found.find(0x1000) is low
    assert found.find(0x1FFF) is low
    assert found.find(0x2000) is None
    assert found.find(0x300F) is high
    assert found.find(0x3010) is None
    assert ModuleMap([]).find(0) is None
