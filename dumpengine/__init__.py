"""MiniDumpWriteDump for Python: the real one on Windows, a native one on Linux.

The names below are the public interface; everything else is free to change. Each is imported when
it is first used: the processes that hold a target still start with what they need and no more.
``__init__.pyi`` tells type checkers the same.
"""

from importlib import import_module

from dumpengine._version import __version__

_HOMES = {
    "callbacks": (
        "CallbackType Cancel DumpCallback IncludeModule IncludeThread IncludeVmRegion "
        "IoWriteAll ModuleCallback ModuleWriteFlags Phase Progress ReadMemoryFailure "
        "SecondaryFlags ThreadCallback ThreadWriteFlags VmRead"
    ),
    "capture.call_stacks": "call_stacks",
    "system": "ON_LINUX ON_WINDOWS",
    "capture.write_dump": "capture_dump write_dump",
    "dump_types": (
        "CONTRADICTIONS Contradiction DumpFlag FLAGS FlagGroup MinidumpType PRESETS "
        "Preset contradictions flags_of format_dump_type parse_dump_type"
    ),
    "errors": "DumpError ErrorKind Obstacle unforeseen E_CANCELLED",
    "capture.shrink": "ShrinkResult shrink_dump",
    "report": "DumpDescription describe",
    "report.description": (
        "HandleDescription ModuleDescription StreamDescription ThreadDescription"
    ),
    "capture.sizing": "Estimate estimate",
    "helper.elevated": "elevation_obstacle",
    "helper.launcher": "CaptureRequest HelperCapture",
    "helper.together": "Together",
    "helper.walking": "StackWalk",
    "helper.watching": "HelperWatch WatchRequest",
    "options": "CaptureOptions ExceptionInformation Mode UserStream declared",
    "processes.live": "live_modules live_threads",
    "capture.naming": "dump_file_name free_path",
    "capture.output": "free_space",
    "capture.partials": "sweep_partials",
    "processes.listing": (
        "ProcessKey ProcessLister ProcessRow find_process key_of process_name why_not"
    ),
    "processes.search": "ROWS Query SearchLanguage parse_search",
    "read.check": "CheckReport check_dump",
    "read.dump": "Dump open_dump",
    "read.findings": "Finding",
    "capture.result": "CaptureResult",
    "snapshot": (
        "Absent MemoryState MemoryType Module PageProtection Range Region Registers "
        "Snapshot SoftError Thread read_memory"
    ),
    "stacks.model": "Frame Group Owner Proof Stacks ThreadStack Trust Wait",
    "stacks.symbols": "ModuleSymbols symbols_of",
    "stacks.telling": "own_frame",
    "stacks.text": "frame_text group_title stack_lines thread_title",
    "stacks.two_looks": "compare did_not_move with_earlier",
    "watch.conditions": (
        "Above Condition Crashes Every Exits Grows Hangs Line StartsChild amount read_size"
    ),
    "watch.events": "Armed Dumped Ended Event Failed Fired Sampled",
    "watch.plan": "Plan",
    "watch.targets": "Given Named",
    "watch.watcher": "Outcome Watcher watch_process",
    "backends.vitals": "Measure",
    "text": "part_text printable printable_lines size_text",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = ["__version__", *sorted(_HOME_OF)]  # noqa: PLE0604 - they are strings


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
