"""The skeleton of the file: header, directory, locations, strings.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_header
"""

from dumpengine.format.layout import U32, U64, Struct, layout

SIGNATURE = 0x504D444D  # "MDMP"
VERSION = 0xA793  # the low word; the high word is the writer's own


@layout(size=32, TimeDateStamp=20, Flags=24)
class MINIDUMP_HEADER(Struct):
    """First bytes of the file. ``Flags`` is the MINIDUMP_TYPE that was asked for."""

    Signature: U32 = 0
    Version: U32 = VERSION
    NumberOfStreams: U32 = 0
    StreamDirectoryRva: U32 = 0
    CheckSum: U32 = 0
    TimeDateStamp: U32 = 0
    Flags: U64 = 0


@layout(size=8)
class MINIDUMP_LOCATION_DESCRIPTOR(Struct):
    """Size in bytes and file offset of a piece that lies below 4 GiB."""

    DataSize: U32 = 0
    Rva: U32 = 0


@layout(size=12)
class MINIDUMP_DIRECTORY(Struct):
    """One entry of the stream directory."""

    StreamType: U32 = 0
    Location: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()


@layout(size=16)
class MINIDUMP_MEMORY_DESCRIPTOR(Struct):
    """A range of the process's memory and where its bytes are."""

    StartOfMemoryRange: U64 = 0
    Memory: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()


@layout(size=16)
class MINIDUMP_MEMORY_DESCRIPTOR64(Struct):
    """A range whose bytes follow those of the range before it, from ``BaseRva`` on."""

    StartOfMemoryRange: U64 = 0
    DataSize: U64 = 0


def encode_string(text: str) -> bytes:
    """Return a MINIDUMP_STRING: byte length without the NUL, UTF-16LE text, NUL.

    Lone surrogates (undecodable bytes of a file name) become U+FFFD.
    """
    data = text.encode("utf-16-le", "surrogatepass")
    data = data.decode("utf-16-le", "replace").encode("utf-16-le")
    return len(data).to_bytes(4, "little") + data + b"\0\0"
