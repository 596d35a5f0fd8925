"""SystemInfoStream."""

from __future__ import annotations

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.system_info import (
    CPU_INFORMATION_OTHER,
    MINIDUMP_SYSTEM_INFO,
    ProcessorArchitecture,
)
from dumpengine.snapshot import Architecture
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_ARCHITECTURES = {
    Architecture.X86: ProcessorArchitecture.INTEL,
    Architecture.AMD64: ProcessorArchitecture.AMD64,
    Architecture.ARM64: ProcessorArchitecture.ARM64,
    Architecture.ARM: ProcessorArchitecture.ARM,
    Architecture.UNKNOWN: ProcessorArchitecture.UNKNOWN,
}


def write_system_info(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append the stream. Its version string is never missing: Breakpad reads it regardless."""
    system = source.snapshot.system
    return image.add(
        MINIDUMP_SYSTEM_INFO(
            ProcessorArchitecture=_ARCHITECTURES[system.architecture],
            ProcessorLevel=system.processor_level,
            ProcessorRevision=system.processor_revision,
            NumberOfProcessors=min(system.processor_count, 255),
            ProductType=system.product_type,
            MajorVersion=system.major,
            MinorVersion=system.minor,
            BuildNumber=system.build,
            PlatformId=system.platform_id,
            CSDVersionRva=image.string(system.csd_version),
            Cpu=CPU_INFORMATION_OTHER.unpack(system.cpu.ljust(24, b"\0")),
        )
    )
