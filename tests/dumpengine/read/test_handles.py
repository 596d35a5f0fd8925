"""HandleDataStream: both descriptors, names, object information."""

from __future__ import annotations

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.handles import (
    MINIDUMP_HANDLE_DATA_STREAM,
    MINIDUMP_HANDLE_DESCRIPTOR,
    MINIDUMP_HANDLE_DESCRIPTOR_2,
    MINIDUMP_HANDLE_OBJECT_INFORMATION,
)
from dumpengine.format.layout import Struct
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.dump import read_dump
from dumpengine.read.handles import ObjectInformation, read_handle_objects, read_handles
from dumpengine.snapshot import Absent, Handle
from tests.support.synth import Synth


def file_with(synth: Synth, *descriptors: Struct, count: int | None = None) -> DumpFile:
    head = MINIDUMP_HANDLE_DATA_STREAM(
        SizeOfDescriptor=descriptors[0].SIZE if descriptors else 32,
        NumberOfDescriptors=len(descriptors) if count is None else count,
    )
    body = head.pack() + b"".join(descriptor.pack() for descriptor in descriptors)
    return read_dump(synth.stream(StreamType.HandleDataStream, body).build()).file


def test_the_first_version() -> None:
    synth = Synth()
    kind, name = synth.text("File"), synth.text("/var/log/x")
    file = file_with(synth, MINIDUMP_HANDLE_DESCRIPTOR(3, kind, name, 1, 2, 4, 5))
    assert read_handles(file) == (
        Handle(
            handle=3,
            type_name="File",
            object_name="/var/log/x",
            attributes=1,
            granted_access=2,
            handle_count=4,
            pointer_count=5,
        ),
    )
    assert read_handle_objects(file) == ()


def test_names_may_be_missing() -> None:
    assert read_handles(file_with(Synth(), MINIDUMP_HANDLE_DESCRIPTOR(3))) == (
        Handle(
            handle=3,
            type_name="",
            object_name="",
            attributes=0,
            granted_access=0,
            handle_count=0,
            pointer_count=0,
        ),
    )


def test_the_second_version_and_its_chain() -> None:
    synth = Synth()
    last = synth.put(MINIDUMP_HANDLE_OBJECT_INFORMATION(0, 99, 2).pack() + b"99")
    first = synth.put(MINIDUMP_HANDLE_OBJECT_INFORMATION(last, 6, 4).pack() + b"evnt")
    file = file_with(
        synth, MINIDUMP_HANDLE_DESCRIPTOR_2(3), MINIDUMP_HANDLE_DESCRIPTOR_2(8, ObjectInfoRva=first)
    )
    handles = read_handles(file)
    assert not isinstance(handles, Absent)
    assert [handle.handle for handle in handles] == [3, 8]
    (objects,) = read_handle_objects(file)
    assert objects.handle == 8
    assert objects.information == (
        ObjectInformation("Event1", b"evnt"),
        ObjectInformation("99", b"99"),
    )


def test_a_chain_that_bites_its_tail_ends() -> None:
    synth = Synth()
    here = len(synth.blob)
    synth.put(MINIDUMP_HANDLE_OBJECT_INFORMATION(here, 1, 0).pack())
    file = file_with(synth, MINIDUMP_HANDLE_DESCRIPTOR_2(8, ObjectInfoRva=here))
    assert len(read_handle_objects(file)[0].information) == 1


def test_a_chain_that_leaves_the_file_ends_and_is_noted() -> None:
    file = file_with(Synth(), MINIDUMP_HANDLE_DESCRIPTOR_2(8, ObjectInfoRva=1 << 30))
    assert read_handle_objects(file)[0].information == ()
    assert file.problems[0].where == "HandleDataStream"


def test_a_name_outside_the_file_is_empty_and_noted() -> None:
    file = file_with(Synth(), MINIDUMP_HANDLE_DESCRIPTOR(3, TypeNameRva=1 << 30))
    handles = read_handles(file)
    assert not isinstance(handles, Absent)
    assert handles[0].type_name == ""
    assert file.problems[0].where == "HandleDataStream"


def test_no_stream_is_not_the_same_as_no_handles() -> None:
    assert read_handles(read_dump(Synth().build()).file) == Absent("not asked for")
    assert read_handles(file_with(Synth())) == ()


@pytest.mark.parametrize("count", [2, 1 << 31])
def test_a_list_that_promises_too_much_raises(count: int) -> None:
    with pytest.raises(DumpError):
        read_handles(file_with(Synth(), MINIDUMP_HANDLE_DESCRIPTOR(3), count=count))


def test_a_list_shorter_than_its_head_raises() -> None:
    file = read_dump(Synth().stream(StreamType.HandleDataStream, bytes(15)).build()).file
    with pytest.raises(DumpError):
        read_handles(file)
