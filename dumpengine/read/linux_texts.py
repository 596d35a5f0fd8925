"""The Linux text streams of Breakpad's writers: what /proc said when the dump was made.

Breakpad: src/google_breakpad/common/minidump_format.h; the texts: proc(5).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile

_LARGEST_ID = 0xFFFFFFFF
_AUXV = {8: struct.Struct("<QQ"), 4: struct.Struct("<II")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinuxStatus:
    """Lines of /proc/PID/status one asks for; None where the text lacks them. ``uid`` is real."""

    name: str | None = None
    pid: int | None = None
    ppid: int | None = None
    uid: int | None = None
    gid: int | None = None
    seccomp: int | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AuxiliaryValue:
    """One entry of the auxiliary vector: AT_* type and value (``<elf.h>``)."""

    type: int
    value: int


def read_status(file: DumpFile) -> LinuxStatus:
    """Return LinuxProcStatus; raises DumpError when it lies outside the file."""
    lines = _fields(file.body(StreamType.LinuxProcStatus) or b"")
    return LinuxStatus(
        name=lines.get("Name"),
        pid=_first_number(lines.get("Pid")),
        ppid=_first_number(lines.get("PPid")),
        uid=_first_number(lines.get("Uid")),
        gid=_first_number(lines.get("Gid")),
        seccomp=_first_number(lines.get("Seccomp")),
    )


def read_command_line(file: DumpFile) -> tuple[str, ...]:
    """Return the arguments in LinuxCmdLine; raises DumpError."""
    text = (file.body(StreamType.LinuxCmdLine) or b"").rstrip(b"\0")
    return tuple(part.decode("utf-8", "replace") for part in text.split(b"\0")) if text else ()


def read_environment(file: DumpFile) -> tuple[Variable, ...]:
    """Return LinuxEnviron; raises DumpError."""
    text = file.body(StreamType.LinuxEnviron) or b""
    pairs = (
        part.decode("utf-8", "replace").partition("=") for part in text.split(b"\0") if b"=" in part
    )
    return tuple(Variable(name, value) for name, _, value in pairs)


def read_distribution(file: DumpFile) -> str:
    """Return the distribution's name from LinuxLsbRelease or os-release text; raises DumpError."""
    lines = _fields(file.body(StreamType.LinuxLsbRelease) or b"", "=")
    for key in ("DISTRIB_DESCRIPTION", "PRETTY_NAME", "NAME"):
        if value := lines.get(key, "").strip("\"'"):
            return value
    return ""


def read_cpu_model(file: DumpFile) -> str:
    """Return the processor's name from LinuxCpuInfo; raises DumpError."""
    lines = _fields(file.body(StreamType.LinuxCpuInfo) or b"")
    return lines.get("model name") or lines.get("Hardware", "")


def read_auxiliary_vector(file: DumpFile, word: int) -> tuple[AuxiliaryValue, ...]:
    """Return LinuxAuxv up to AT_NULL; ``word`` is 8 or 4 bytes; raises DumpError."""
    data = file.body(StreamType.LinuxAuxv) or b""
    codec = _AUXV[word]
    values = []
    for kind, value in codec.iter_unpack(data[: len(data) // codec.size * codec.size]):
        if kind == 0:
            break
        values.append(AuxiliaryValue(kind, value))
    return tuple(values)


def _fields(text: bytes, separator: str = ":") -> dict[str, str]:
    """Return the text's ``key: value`` lines; the first of a key counts."""
    fields: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        key, found, value = line.partition(separator)
        if found:
            fields.setdefault(key.strip(), value.strip())
    return fields


def _first_number(text: str | None) -> int | None:
    """An id as the kernel has them; a damaged text may say anything."""
    word = text.split()[0] if text and text.split() else ""
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 20 else None
    return number if number is not None and number <= _LARGEST_ID else None
