"""ModuleListStream and UnloadedModuleListStream, with their CodeView records.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_module
"""

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import U32, U64, Struct, layout

CV_SIGNATURE_RSDS = 0x53445352  # GUID, age, PDB path
CV_SIGNATURE_NB10 = 0x3031424E  # offset, timestamp, age, PDB path
CV_SIGNATURE_ELF = 0x4270454C  # Breakpad: a raw ELF build id of any length
VS_FFI_SIGNATURE = 0xFEEF04BD
VS_FFI_STRUCVERSION = 0x00010000


@layout(size=52)
class VS_FIXEDFILEINFO(Struct):
    """A file's version resource."""

    Signature: U32 = 0
    StrucVersion: U32 = 0
    FileVersionMS: U32 = 0
    FileVersionLS: U32 = 0
    ProductVersionMS: U32 = 0
    ProductVersionLS: U32 = 0
    FileFlagsMask: U32 = 0
    FileFlags: U32 = 0
    FileOS: U32 = 0
    FileType: U32 = 0
    FileSubtype: U32 = 0
    FileDateMS: U32 = 0
    FileDateLS: U32 = 0


@layout(size=108, ModuleNameRva=20, VersionInfo=24, CvRecord=76, MiscRecord=84)
class MINIDUMP_MODULE(Struct):
    """One entry of ModuleListStream, after a u32 count."""

    BaseOfImage: U64 = 0
    SizeOfImage: U32 = 0
    CheckSum: U32 = 0
    TimeDateStamp: U32 = 0
    ModuleNameRva: U32 = 0
    VersionInfo: VS_FIXEDFILEINFO = VS_FIXEDFILEINFO()
    CvRecord: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()
    MiscRecord: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()
    Reserved0: U64 = 0
    Reserved1: U64 = 0


@layout(size=12)
class MINIDUMP_UNLOADED_MODULE_LIST(Struct):
    """Head of UnloadedModuleListStream."""

    SizeOfHeader: U32 = 12
    SizeOfEntry: U32 = 24
    NumberOfEntries: U32 = 0


@layout(size=24)
class MINIDUMP_UNLOADED_MODULE(Struct):
    """A module that was unloaded before the dump."""

    BaseOfImage: U64 = 0
    SizeOfImage: U32 = 0
    CheckSum: U32 = 0
    TimeDateStamp: U32 = 0
    ModuleNameRva: U32 = 0
