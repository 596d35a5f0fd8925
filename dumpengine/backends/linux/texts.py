"""The procfs texts that Breakpad's, Crashpad's and LLDB's readers know, by stream type."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.backends.linux import procfs
from dumpengine.format.stream_types import StreamType


@dataclass(frozen=True, slots=True)
class Text:
    """One stream: where its bytes come from and what it tells."""

    stream: StreamType
    path: str  # {pid} stands for the process id, {task} for a thread that has its memory


_TEXTS = (
    Text(StreamType.LinuxCpuInfo, "/proc/cpuinfo"),
    Text(StreamType.LinuxProcStatus, "/proc/{pid}/status"),
    Text(StreamType.LinuxLsbRelease, "/etc/lsb-release"),
    Text(StreamType.LinuxCmdLine, "/proc/{task}/cmdline"),
    Text(StreamType.LinuxEnviron, "/proc/{task}/environ"),
    Text(StreamType.LinuxAuxv, "/proc/{task}/auxv"),
    Text(StreamType.LinuxMaps, "/proc/{task}/maps"),
    Text(StreamType.LinuxProcStat, "/proc/{pid}/stat"),
)


def read_texts(pid: int, task: int) -> dict[int, bytes]:
    """Return the texts that can be read; the writer decides which of them a dump may hold."""
    streams = {
        text.stream: procfs.read_optional(text.path.format(pid=pid, task=task)) for text in _TEXTS
    }
    if not streams[StreamType.LinuxLsbRelease]:
        streams[StreamType.LinuxLsbRelease] = procfs.read_optional("/etc/os-release")
    return {int(stream): data for stream, data in streams.items() if data}
