"""MiniDumpWriteDump for Python: the real one on Windows, a native one on Linux.

These names are the public interface; everything else is free to change.
"""

from dumpengine._version import __version__
from dumpengine.callbacks import Cancel, DumpCallback, Phase, Progress
from dumpengine.capture import write_dump
from dumpengine.dump_types import (
    CONTRADICTIONS,
    FLAGS,
    PRESETS,
    Contradiction,
    DumpFlag,
    FlagGroup,
    MinidumpType,
    Preset,
    contradictions,
    flags_of,
    format_dump_type,
    parse_dump_type,
)
from dumpengine.errors import DumpError, ErrorKind, Obstacle
from dumpengine.estimate import Estimate, estimate
from dumpengine.helper.launcher import CaptureRequest, HelperCapture
from dumpengine.job import ExceptionInformation, Mode, UserStream
from dumpengine.live import live_modules, live_threads
from dumpengine.naming import dump_file_name
from dumpengine.output import free_space, sweep_partials
from dumpengine.processes import ProcessKey, ProcessLister, ProcessRow, find_process, key_of
from dumpengine.read.check import CheckReport, check_dump
from dumpengine.read.dump import Dump, open_dump
from dumpengine.read.findings import Finding
from dumpengine.result import CaptureResult
from dumpengine.snapshot import (
    Absent,
    MemoryState,
    MemoryType,
    Module,
    PageProtection,
    Range,
    Region,
    Registers,
    Snapshot,
    SoftError,
    Thread,
    read_memory,
)

__all__ = [
    "CONTRADICTIONS",
    "FLAGS",
    "PRESETS",
    "Absent",
    "Cancel",
    "CaptureRequest",
    "CaptureResult",
    "CheckReport",
    "Contradiction",
    "Dump",
    "DumpCallback",
    "DumpError",
    "DumpFlag",
    "ErrorKind",
    "Estimate",
    "ExceptionInformation",
    "Finding",
    "FlagGroup",
    "HelperCapture",
    "MemoryState",
    "MemoryType",
    "MinidumpType",
    "Mode",
    "Module",
    "Obstacle",
    "PageProtection",
    "Phase",
    "Preset",
    "ProcessKey",
    "ProcessLister",
    "ProcessRow",
    "Progress",
    "Range",
    "Region",
    "Registers",
    "Snapshot",
    "SoftError",
    "Thread",
    "UserStream",
    "__version__",
    "check_dump",
    "contradictions",
    "dump_file_name",
    "estimate",
    "find_process",
    "flags_of",
    "format_dump_type",
    "free_space",
    "key_of",
    "live_modules",
    "live_threads",
    "open_dump",
    "parse_dump_type",
    "read_memory",
    "sweep_partials",
    "write_dump",
]
