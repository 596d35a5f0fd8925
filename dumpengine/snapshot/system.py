"""The machine and its system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dumpengine.snapshot.absent import Absent
from dumpengine.snapshot.memory import PAGE_SIZE


class Architecture(Enum):
    """The instruction set the process runs, not the one the kernel has."""

    X86 = "x86"
    AMD64 = "x64"
    ARM64 = "arm64"
    ARM = "arm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TimeZone:
    """``bias`` minutes added to local time give UTC; ``kind`` 1 is standard time, 2 summer time."""

    kind: int = 0
    bias: int = 0
    standard_name: str = ""
    daylight_name: str = ""
    daylight_bias: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMemory:
    """Physical memory and commit, in pages of ``page_size`` bytes; I/O totals in bytes."""

    page_size: int = PAGE_SIZE
    physical: int = 0
    available: int = 0
    committed: int = 0
    commit_limit: int = 0
    cached: int = 0
    dirty: int = 0
    read_bytes: int = 0
    write_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemInfo:
    """The machine and its operating system, under the names of MINIDUMP_SYSTEM_INFO."""

    architecture: Architecture
    platform_id: int
    processor_level: int = 0
    processor_revision: int = 0
    processor_count: int = 1
    product_type: int = 1
    major: int = 0
    minor: int = 0
    build: int = 0
    csd_version: str = ""
    cpu: bytes = bytes(24)
    build_string: str = ""
    max_mhz: int = 0
    current_mhz: int = 0
    timezone: TimeZone | Absent = Absent("not asked for")
    memory: SystemMemory | Absent = Absent("not asked for")


@dataclass(frozen=True, slots=True)
class XStateFeature:
    """One feature of the extended state: bit number, offset and size in the XSAVE area."""

    bit: int
    offset: int
    size: int
