"""SystemInfoStream: the machine and the operating system.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_system_info
"""

from __future__ import annotations

from dumpengine.errors import DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import MINIDUMP_SYSTEM_INFO, ProcessorArchitecture
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Architecture, SystemInfo

_ARCHITECTURES = {
    ProcessorArchitecture.INTEL: Architecture.X86,
    ProcessorArchitecture.ARM: Architecture.ARM,
    ProcessorArchitecture.AMD64: Architecture.AMD64,
    ProcessorArchitecture.ARM64: Architecture.ARM64,
    ProcessorArchitecture.BREAKPAD_ARM64_OLD: Architecture.ARM64,
}
UNKNOWN_SYSTEM = SystemInfo(
    architecture=Architecture.UNKNOWN, platform_id=0, processor_count=0, product_type=0
)


def read_system_info(file: DumpFile) -> SystemInfo:
    """Return what the stream says, without what MiscInfoStream adds; raises DumpError."""
    body = file.body(StreamType.SystemInfoStream)
    if body is None:
        raise bad_format("The dump has no system information.")
    if len(body) < MINIDUMP_SYSTEM_INFO.SIZE:
        raise bad_format("The system information is too short.")
    info = MINIDUMP_SYSTEM_INFO.unpack(body)
    return SystemInfo(
        architecture=_architecture(info.ProcessorArchitecture),
        platform_id=info.PlatformId,
        processor_level=info.ProcessorLevel,
        processor_revision=info.ProcessorRevision,
        processor_count=info.NumberOfProcessors,
        product_type=info.ProductType,
        major=info.MajorVersion,
        minor=info.MinorVersion,
        build=info.BuildNumber,
        csd_version=_csd_version(file, info.CSDVersionRva),
        cpu=info.Cpu.pack(),
    )


def _architecture(number: int) -> Architecture:
    try:
        return _ARCHITECTURES.get(ProcessorArchitecture(number), Architecture.UNKNOWN)
    except ValueError:
        return Architecture.UNKNOWN


def _csd_version(file: DumpFile, rva: int) -> str:
    if rva == 0:
        return ""
    try:
        return file.source.string(rva, "The name of the system's version")
    except DumpError as error:
        file.note("SystemInfoStream", error)
        return ""
