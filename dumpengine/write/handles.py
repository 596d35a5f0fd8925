"""HandleDataStream and TokenStream."""

from __future__ import annotations

from dumpengine.format.handles import (
    MINIDUMP_HANDLE_DATA_STREAM,
    MINIDUMP_HANDLE_DESCRIPTOR,
    MINIDUMP_TOKEN_INFO_LIST,
)
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.snapshot import Absent, Handle
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source


def write_handle_data(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the stream; None when the handles could not be listed."""
    handles = source.snapshot.handles
    if isinstance(handles, Absent):
        return None
    entries = [_descriptor(image, source, handle) for handle in handles]
    head = MINIDUMP_HANDLE_DATA_STREAM(NumberOfDescriptors=len(entries))
    return image.append(head.pack() + pack_many(entries))


def _descriptor(image: FileImage, source: Source, handle: Handle) -> MINIDUMP_HANDLE_DESCRIPTOR:
    name = source.name_of(handle.object_name)
    return MINIDUMP_HANDLE_DESCRIPTOR(
        Handle=handle.handle,
        TypeNameRva=image.string(handle.type_name) if handle.type_name else 0,
        ObjectNameRva=image.string(name) if name else 0,
        Attributes=handle.attributes,
        GrantedAccess=handle.granted_access,
        HandleCount=handle.handle_count,
        PointerCount=handle.pointer_count,
    )


def write_token_list(image: FileImage, _source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append an empty list: users and groups of another system do not fit Windows' TOKEN."""
    return image.add(MINIDUMP_TOKEN_INFO_LIST())
