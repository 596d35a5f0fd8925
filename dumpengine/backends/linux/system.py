"""The machine: processor, kernel, distribution, time zone, memory."""

from __future__ import annotations

import os
import re
import time
from functools import cache
from pathlib import Path

from dumpengine.backends.linux import procfs
from dumpengine.snapshot import PAGE_SIZE, Architecture, SystemInfo, SystemMemory, TimeZone

_PLATFORM_LINUX = 0x8201  # Breakpad's MD_OS_LINUX

# PF_* numbers of IsProcessorFeaturePresent for the flags /proc/cpuinfo names.
_FEATURE_BITS = {
    "cx8": 2, "mmx": 3, "sse": 6, "tsc": 8, "pae": 9, "sse2": 10, "nx": 12, "pni": 13, "cx16": 14,
    "xsave": 17, "fsgsbase": 22, "rdrand": 28, "rdtscp": 32, "ssse3": 36, "sse4_1": 37,
    "sse4_2": 38, "avx": 39, "avx2": 40, "avx512f": 41,
}  # fmt: skip


@cache
def _cpu_facts() -> dict[str, str]:
    """The lines of the first processor in /proc/cpuinfo."""
    first = procfs.text(procfs.read_optional("/proc/cpuinfo")).split("\n\n", 1)[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def system_info(architecture: Architecture) -> SystemInfo:
    """Describe this machine for a process of the given architecture."""
    kernel = os.uname()
    release = [int(part) for part in re.findall(r"\d+", kernel.release)[:3]] + [0, 0, 0]
    model = _cpu_number("model")
    return SystemInfo(
        architecture=architecture,
        platform_id=_PLATFORM_LINUX,
        processor_level=_cpu_number("cpu family"),
        processor_revision=(model & 0xFF) << 8 | _cpu_number("stepping") & 0xFF,
        processor_count=os.cpu_count() or 1,
        major=release[0],
        minor=release[1],
        build=release[2],
        csd_version=f"{kernel.sysname} {kernel.release} {kernel.version} {kernel.machine}",
        cpu=_cpu_information(architecture),
        build_string=f"{kernel.sysname} {kernel.release} {kernel.version} {kernel.machine}",
        max_mhz=_max_mhz(),
        current_mhz=int(float(_cpu_facts().get("cpu MHz", "0") or 0)),
        timezone=_time_zone(),
        memory=system_memory(),
    )


def _cpu_number(name: str) -> int:
    value = _cpu_facts().get(name, "")
    return int(value) & 0xFFFF if value.isdigit() else 0


def _cpu_information(architecture: Architecture) -> bytes:
    facts = _cpu_facts()
    if architecture is Architecture.X86:
        vendor = facts.get("vendor_id", "").encode()[:12].ljust(12, b"\0")
        # CPU_INFORMATION stores ebx, edx, ecx of cpuid 0: the vendor's name in order.
        return vendor + bytes(12)
    flags = facts.get("flags", "").split()
    features = sum(1 << _FEATURE_BITS[flag] for flag in flags if flag in _FEATURE_BITS)
    return features.to_bytes(8, "little") + bytes(16)


def _max_mhz() -> int:
    path = Path("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
    try:
        return int(path.read_text()) // 1000
    except (OSError, ValueError):
        return int(float(_cpu_facts().get("cpu MHz", "0") or 0))


def _time_zone() -> TimeZone:
    summer = time.localtime().tm_isdst > 0
    return TimeZone(
        kind=2 if summer else 1,
        bias=time.timezone // 60,
        standard_name=time.tzname[0],
        daylight_name=time.tzname[1],
        daylight_bias=(time.altzone - time.timezone) // 60,
    )


def system_memory() -> SystemMemory:
    """Physical memory and commit from /proc/meminfo, in pages."""
    facts = dict(
        re.findall(r"^(\w+):\s+(\d+)", procfs.text(procfs.read_optional("/proc/meminfo")), re.M)
    )

    def pages(name: str) -> int:
        return int(facts.get(name, 0)) * 1024 // PAGE_SIZE

    return SystemMemory(
        physical=pages("MemTotal"),
        available=pages("MemAvailable"),
        committed=pages("Committed_AS"),
        commit_limit=pages("CommitLimit"),
        cached=pages("Cached"),
        dirty=pages("Dirty"),
    )
