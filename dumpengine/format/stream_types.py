"""MINIDUMP_STREAM_TYPE and the stream numbers other writers have taken.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ne-minidumpapiset-minidump_stream_type
"""

from __future__ import annotations

from enum import IntEnum


class StreamType(IntEnum):
    """The number that names a stream in the directory."""

    UnusedStream = 0
    ThreadListStream = 3
    ModuleListStream = 4
    MemoryListStream = 5
    ExceptionStream = 6
    SystemInfoStream = 7
    ThreadExListStream = 8
    Memory64ListStream = 9
    CommentStreamA = 10
    CommentStreamW = 11
    HandleDataStream = 12
    FunctionTableStream = 13
    UnloadedModuleListStream = 14
    MiscInfoStream = 15
    MemoryInfoListStream = 16
    ThreadInfoListStream = 17
    HandleOperationListStream = 18
    TokenStream = 19
    JavaScriptDataStream = 20
    SystemMemoryInfoStream = 21
    ProcessVmCountersStream = 22
    IptTraceStream = 23
    ThreadNamesStream = 24
    CompressedMemoryStream = 25
    LastReservedStream = 0xFFFF

    # Breakpad: src/google_breakpad/common/minidump_format.h
    BreakpadInfoStream = 0x47670001
    AssertionInfoStream = 0x47670002
    LinuxCpuInfo = 0x47670003
    LinuxProcStatus = 0x47670004
    LinuxLsbRelease = 0x47670005
    LinuxCmdLine = 0x47670006
    LinuxEnviron = 0x47670007
    LinuxAuxv = 0x47670008
    LinuxMaps = 0x47670009
    LinuxDsoDebug = 0x4767000A
    # LLDB: llvm/include/llvm/BinaryFormat/MinidumpConstants.def
    LinuxProcStat = 0x4767000B
    LinuxProcUptime = 0x4767000C
    LinuxProcFD = 0x4767000D
    LLDBGenerated = 0x4C4C4442
    # Crashpad: minidump/minidump_extensions.h
    CrashpadInfoStream = 0x43500001
    # Mozilla's minidump-writer
    MozMacosCrashInfoStream = 0x4D7A0001
    MozMacosBootargsStream = 0x4D7A0002
    MozLinuxLimits = 0x4D7A0003
    MozSoftErrors = 0x4D7A0004

    # Ours: what a capture could not do, as JSON (see write/capture_notes.py).
    DumpDeskCaptureNotes = 0x44440001
    # Ours: what each thread did and waits for (see format/activity.py).
    DumpDeskThreadActivity = 0x44440002
    # Ours: the frames of an interpreted language (see format/scripts.py).
    DumpDeskScriptFrames = 0x44440003


def stream_name(number: int) -> str:
    """Return the name of a stream type, or its number in hex when nobody documents it."""
    try:
        return StreamType(number).name
    except ValueError:
        return f"0x{number:X}"
