"""Numbers as words: sizes, times, protections, versions, systems."""

from __future__ import annotations

from datetime import UTC, datetime

from dumpengine.format.system_info import VER_NT_WORKSTATION, PlatformId
from dumpengine.snapshot import PageProtection, SystemInfo

_WINDOWS_11_BUILD = 22000
_SYSTEMS = {
    PlatformId.UNIX: "Unix",
    PlatformId.MACOS: "macOS",
    PlatformId.IOS: "iOS",
    PlatformId.LINUX: "Linux",
    PlatformId.SOLARIS: "Solaris",
    PlatformId.ANDROID: "Android",
}
_NT_NAMES = {
    (5, 1): "Windows XP",
    (5, 2): "Windows XP x64",
    (6, 0): "Windows Vista",
    (6, 1): "Windows 7",
    (6, 2): "Windows 8",
    (6, 3): "Windows 8.1",
    (10, 0): "Windows 10",
}
_FLAG_LETTERS = (
    (PageProtection.GUARD, "guard"),
    (PageProtection.NOCACHE, "no cache"),
    (PageProtection.WRITECOMBINE, "write combine"),
)
_LETTERS = {
    0x00: "",
    PageProtection.NOACCESS: "---",
    PageProtection.READONLY: "r--",
    PageProtection.READWRITE: "rw-",
    PageProtection.WRITECOPY: "rc-",
    PageProtection.EXECUTE: "--x",
    PageProtection.EXECUTE_READ: "r-x",
    PageProtection.EXECUTE_READWRITE: "rwx",
    PageProtection.EXECUTE_WRITECOPY: "rcx",
}


def time_text(seconds: float) -> str:
    """Return a Unix time as local date and time with its zone; "unknown" when there is none."""
    if seconds <= 0:
        return "unknown"
    try:
        local = datetime.fromtimestamp(seconds, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return "unknown"
    return local.strftime("%Y-%m-%d %H:%M:%S %Z")


def protection_text(protect: int) -> str:
    """Return ``rw-`` and the like; ``c`` means that writing makes a private copy."""
    letters = _LETTERS.get(protect & 0xFF, f"0x{protect:X}")
    extra = [word for flag, word in _FLAG_LETTERS if protect & flag]
    return " ".join(filter(None, [letters, *extra]))


def version_text(version: tuple[int, ...]) -> str:
    """Return the file version of VS_FIXEDFILEINFO as ``1.2.3.4``; empty when there is none."""
    if len(version) < 4:
        return ""
    high, low = version[2], version[3]
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


def system_name(system: SystemInfo, distribution: str) -> str:
    """Return the operating system in the words people use."""
    if system.platform_id == PlatformId.WIN32_NT:
        name = _windows_name(system)
        service_pack = f" {system.csd_version}" if system.csd_version else ""
        return f"{name}{service_pack} ({system.major}.{system.minor}.{system.build})"
    try:
        known = _SYSTEMS.get(PlatformId(system.platform_id), "")
    except ValueError:
        known = f"unknown system 0x{system.platform_id:X}"
    detail = system.csd_version
    if not detail.startswith(known) or not detail:
        # Crashpad leaves name and number out of the text: "-18-amd64 #1 SMP x86_64".
        detail = f"{known} {system.major}.{system.minor}.{system.build}{detail}"
    return f"{distribution} ({detail})" if distribution else detail or known


def _windows_name(system: SystemInfo) -> str:
    if system.product_type not in (0, VER_NT_WORKSTATION):
        return "Windows Server"
    if (system.major, system.minor) == (10, 0) and system.build >= _WINDOWS_11_BUILD:
        return "Windows 11"
    return _NT_NAMES.get((system.major, system.minor), "Windows")
