"""One row per stream type: where it comes from, what brings it in, who may pass it on.

Whoever writes, reads, shrinks or redacts a dump asks here. A stream that has no row is private:
it is in no dump that is filtered, redacted or made smaller, whatever else is forgotten. To add
one: its number in ``stream_types.py``, its row here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType, stream_name


class Origin(Enum):
    """Where a stream's content comes from when we write it."""

    SNAPSHOT = "the snapshot: its own module of write/ builds it"
    PROCFS = "a text of the system, taken as it is"
    CALLER = "whoever asked for the dump"
    OTHERS = "other writers: we only pass it on"


class Shrink(Enum):
    """What becomes of it when a smaller dump is made out of a larger one."""

    REWRITTEN = "read into the snapshot and written anew"
    COPIED = "taken as it is: it is complete in itself"
    MOVED = "taken with what it points at elsewhere in its file"
    DROPPED = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What is known about one stream type.

    ``texts`` are the files a PROCFS stream is read from, the first that has any; ``{pid}`` stands
    for the process id, ``{task}`` for a thread that has its memory. It is written when one of the
    flags ``wanted_by`` is set, always when there are none; WithoutOptionalData leaves an
    ``optional`` one out. A ``private`` one is in no triage and in no redacted dump, and
    ``holds`` says what a person should know about it; of the others, those that ``names_files``
    show no folders there. ``reader`` is what understands it.
    """

    type: int
    origin: Origin = Origin.OTHERS
    texts: tuple[str, ...] = ()
    wanted_by: MinidumpType = MinidumpType.Normal
    optional: bool = False
    private: bool = True
    holds: str = ""
    names_files: bool = False
    shrink: Shrink = Shrink.DROPPED
    reader: str = ""

    @property
    def name(self) -> str:
        """Its name, or its number where nobody documents one."""
        return stream_name(self.type)

    def wanted(self, dump_type: int) -> bool:
        """Whether a dump of this type holds it, where there is one."""
        if dump_type & MinidumpType.FilterTriage and self.private:
            return False
        if dump_type & MinidumpType.WithoutOptionalData and self.optional:
            return False
        return not self.wanted_by or bool(dump_type & self.wanted_by)


_S = StreamType
_T = MinidumpType
_HOLDS_ENVIRONMENT = _T.WithProcessThreadData | _T.WithFullMemory
_UNKNOWN = "streams nobody here knows"
_ANNOTATIONS = "notes the program made for crash reports"


def _built(
    type_: StreamType,
    reader: str,
    *,
    wanted_by: MinidumpType = _T.Normal,
    optional: bool = False,
    names_files: bool = False,
) -> Stream:
    """A stream built from the snapshot, which redaction has gone through."""
    return Stream(
        type=type_,
        origin=Origin.SNAPSHOT,
        wanted_by=wanted_by,
        optional=optional,
        private=False,
        names_files=names_files,
        shrink=Shrink.REWRITTEN,
        reader=reader,
    )


def _text(
    type_: StreamType, reader: str, *texts: str, optional: bool = False, names_files: bool = False
) -> Stream:
    """A text of the system that tells nothing of what the program works on."""
    return Stream(
        type=type_,
        origin=Origin.PROCFS,
        texts=texts,
        optional=optional,
        private=False,
        names_files=names_files,
        shrink=Shrink.COPIED,
        reader=reader,
    )


STREAMS: tuple[Stream, ...] = (
    Stream(type=_S.UnusedStream, private=False),
    _built(_S.ThreadListStream, "read/threads.py"),
    _built(_S.ModuleListStream, "read/modules.py", names_files=True),
    _built(_S.MemoryListStream, "read/memory.py"),
    _built(_S.ExceptionStream, "read/exception.py"),
    _built(_S.SystemInfoStream, "read/system_info.py"),
    _built(_S.ThreadExListStream, "read/threads.py"),
    _built(_S.Memory64ListStream, "read/memory.py"),
    Stream(
        type=_S.CommentStreamA,
        origin=Origin.CALLER,
        private=False,  # written by whoever passes the dump on
        shrink=Shrink.COPIED,
        reader="read/comments.py",
    ),
    Stream(
        type=_S.CommentStreamW,
        origin=Origin.CALLER,
        private=False,
        shrink=Shrink.COPIED,
        reader="read/comments.py",
    ),
    _built(_S.HandleDataStream, "read/handles.py", wanted_by=_T.WithHandleData, names_files=True),
    Stream(
        type=_S.FunctionTableStream,  # how to unwind code that no module has: addresses only
        private=False,
        shrink=Shrink.COPIED,
        reader="read/function_tables.py",
    ),
    _built(
        _S.UnloadedModuleListStream,
        "read/modules.py",
        wanted_by=_T.WithUnloadedModules,
        names_files=True,
    ),
    _built(_S.MiscInfoStream, "read/misc_info.py"),
    _built(_S.MemoryInfoListStream, "read/memory_info.py", wanted_by=_T.WithFullMemoryInfo),
    _built(_S.ThreadInfoListStream, "read/threads.py", wanted_by=_T.WithThreadInfo),
    Stream(
        type=_S.HandleOperationListStream,
        wanted_by=_T.WithHandleData,
        holds="what was done with its handles",
        shrink=Shrink.COPIED,
    ),
    Stream(
        type=_S.TokenStream,  # who runs it, with which rights: private, and no secret
        origin=Origin.SNAPSHOT,
        wanted_by=_T.WithTokenInformation,
        shrink=Shrink.COPIED,
        reader="read/tokens.py",
    ),
    Stream(type=_S.JavaScriptDataStream, holds=_UNKNOWN),
    _built(_S.SystemMemoryInfoStream, "read/counters.py", optional=True),
    _built(_S.ProcessVmCountersStream, "read/counters.py", optional=True),
    Stream(
        type=_S.IptTraceStream,
        wanted_by=_T.WithIptTrace,
        holds="a trace of what its threads did",
        shrink=Shrink.COPIED,
    ),
    _built(_S.ThreadNamesStream, "read/threads.py"),
    Stream(type=_S.CompressedMemoryStream, holds=_UNKNOWN),  # nobody documents how
    Stream(type=_S.LastReservedStream, private=False),
    Stream(
        type=_S.BreakpadInfoStream,  # two thread ids
        private=False,
        shrink=Shrink.COPIED,
        reader="read/extensions.py",
    ),
    Stream(
        type=_S.AssertionInfoStream,
        holds="the text of a failed assertion",
        shrink=Shrink.COPIED,
        reader="read/extensions.py",
    ),
    _text(_S.LinuxCpuInfo, "read/linux_texts.py", "/proc/cpuinfo", optional=True),
    _text(_S.LinuxProcStatus, "read/linux_texts.py", "/proc/{pid}/status"),
    _text(
        _S.LinuxLsbRelease,
        "read/linux_texts.py",
        "/etc/lsb-release",
        "/etc/os-release",
        optional=True,
    ),
    Stream(
        type=_S.LinuxCmdLine,
        origin=Origin.PROCFS,
        texts=("/proc/{task}/cmdline",),
        optional=True,
        holds="its command line",
        shrink=Shrink.COPIED,
        reader="read/linux_texts.py",
    ),
    Stream(
        type=_S.LinuxEnviron,
        origin=Origin.PROCFS,
        texts=("/proc/{task}/environ",),
        # Without memory that holds it anyway, the environment stays out: it is full of secrets.
        wanted_by=_HOLDS_ENVIRONMENT,
        optional=True,
        holds="its environment",
        shrink=Shrink.COPIED,
        reader="read/linux_texts.py",
    ),
    _text(_S.LinuxAuxv, "read/linux_texts.py", "/proc/{task}/auxv"),
    _text(_S.LinuxMaps, "read/linux_maps.py", "/proc/{task}/maps", names_files=True),
    _built(_S.LinuxDsoDebug, "read/loader.py", names_files=True),
    _text(_S.LinuxProcStat, "privacy/redaction.py", "/proc/{pid}/stat", optional=True),
    Stream(type=_S.LinuxProcUptime, private=False, shrink=Shrink.COPIED),
    Stream(type=_S.LinuxProcFD, holds="the names of its open files", shrink=Shrink.COPIED),
    Stream(type=_S.LLDBGenerated, private=False, shrink=Shrink.COPIED),  # a mark without content
    Stream(
        type=_S.CrashpadInfoStream,
        holds=_ANNOTATIONS,
        shrink=Shrink.MOVED,
        reader="read/extensions.py",
    ),
    Stream(type=_S.MozMacosCrashInfoStream, holds=_ANNOTATIONS),
    Stream(type=_S.MozMacosBootargsStream, holds="how the machine was started"),
    Stream(type=_S.MozLinuxLimits, private=False, shrink=Shrink.COPIED),
    Stream(type=_S.MozSoftErrors, holds="what its writer could not do", shrink=Shrink.COPIED),
    _built(_S.DumpDeskCaptureNotes, "read/capture_notes.py"),
    _built(_S.DumpDeskThreadActivity, "read/activity.py", names_files=True),
    _built(_S.DumpDeskScriptFrames, "read/scripts.py", names_files=True),
)

_BY_TYPE = {row.type: row for row in STREAMS}


def stream_row(number: int) -> Stream:
    """Return what is known about a stream type; one without a row is private and not passed on."""
    return _BY_TYPE.get(number) or Stream(type=number, holds=_UNKNOWN)
