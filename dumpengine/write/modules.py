"""ModuleListStream and UnloadedModuleListStream."""

from __future__ import annotations

from dumpengine.callbacks import ModuleWriteFlags
from dumpengine.format.codeview import without_folders
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.format.modules import (
    MINIDUMP_MODULE,
    MINIDUMP_UNLOADED_MODULE,
    MINIDUMP_UNLOADED_MODULE_LIST,
    VS_FFI_SIGNATURE,
    VS_FFI_STRUCVERSION,
    VS_FIXEDFILEINFO,
)
from dumpengine.write.choice import ChosenModule
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_NOWHERE = MINIDUMP_LOCATION_DESCRIPTOR()


def write_module_list(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append the stream; the first module is the program, as Breakpad expects."""
    entries = [_entry(image, source, chosen) for chosen in source.choice.modules]
    return image.append(len(entries).to_bytes(4, "little") + pack_many(entries))


def _entry(image: FileImage, source: Source, chosen: ChosenModule) -> MINIDUMP_MODULE:
    module = chosen.module
    codeview, misc = module.codeview, module.misc
    if source.without_folders:
        codeview, misc = without_folders(codeview), b""  # the other is the program's path
    return MINIDUMP_MODULE(
        BaseOfImage=module.base,
        SizeOfImage=module.size & 0xFFFFFFFF,
        CheckSum=module.checksum,
        TimeDateStamp=module.timestamp,
        ModuleNameRva=image.string(source.name_of(module.path)),
        VersionInfo=_version(module.version),
        CvRecord=_record(image, codeview, chosen.flags & ModuleWriteFlags.WriteCvRecord),
        MiscRecord=_record(image, misc, chosen.flags & ModuleWriteFlags.WriteMiscRecord),
    )


def _record(image: FileImage, data: bytes, wanted: int) -> MINIDUMP_LOCATION_DESCRIPTOR:
    return image.append(data) if data and wanted else _NOWHERE


def _version(numbers: tuple[int, ...]) -> VS_FIXEDFILEINFO:
    if numbers:
        return VS_FIXEDFILEINFO(*numbers)
    return VS_FIXEDFILEINFO(Signature=VS_FFI_SIGNATURE, StrucVersion=VS_FFI_STRUCVERSION)


def write_unloaded_modules(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append the stream; it may be empty."""
    entries = [
        MINIDUMP_UNLOADED_MODULE(
            BaseOfImage=module.base,
            SizeOfImage=module.size & 0xFFFFFFFF,
            CheckSum=module.checksum,
            TimeDateStamp=module.timestamp,
            ModuleNameRva=image.string(source.name_of(module.path)),
        )
        for module in source.snapshot.unloaded_modules
    ]
    head = MINIDUMP_UNLOADED_MODULE_LIST(NumberOfEntries=len(entries))
    return image.append(head.pack() + pack_many(entries))
