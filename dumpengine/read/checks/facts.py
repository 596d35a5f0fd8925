"""System, process and exception: what readers need to make sense of everything else."""

from __future__ import annotations

from dumpengine.errors import DumpError
from dumpengine.format.exception import MINIDUMP_EXCEPTION_STREAM
from dumpengine.format.misc_info import VERSION_SIZES
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import MINIDUMP_SYSTEM_INFO, ProcessorArchitecture
from dumpengine.read.capture_notes import read_capture_notes
from dumpengine.read.directory import DumpFile
from dumpengine.read.findings import (
    BREAKPAD,
    LLDB,
    MINIDUMP,
    RUST_MINIDUMP,
    UDMP_PARSER,
    WINDBG,
    Findings,
)
from dumpengine.read.handles import read_handles
from dumpengine.read.threads import read_thread_rows

_ARCH = ProcessorArchitecture
_LLDB_KNOWS = {_ARCH.INTEL, _ARCH.ARM, _ARCH.AMD64, _ARCH.ARM64, _ARCH.BREAKPAD_ARM64_OLD}
_MINIDUMP_KNOWS = {_ARCH.INTEL, _ARCH.ARM, _ARCH.IA64, _ARCH.AMD64, _ARCH.ARM64, _ARCH.UNKNOWN}
_MINIDUMP_PRODUCTS = range(4)


def check_facts(file: DumpFile, findings: Findings) -> None:
    """Check SystemInfo, MiscInfo, the exception, handles and our own notes."""
    for check in (_system, _misc, _exception, _handles, _notes):
        try:
            check(file, findings)
        except DumpError as error:
            where = check.__name__.strip("_").capitalize()
            findings.error(where, error.cause)


def _system(file: DumpFile, findings: Findings) -> None:
    body, where = file.body(StreamType.SystemInfoStream), "SystemInfoStream"
    if body is None or len(body) < MINIDUMP_SYSTEM_INFO.SIZE:
        what = "It is missing: nobody can tell which processor the registers are of."
        findings.error(where, what, WINDBG, LLDB, RUST_MINIDUMP, MINIDUMP)
        return
    info = MINIDUMP_SYSTEM_INFO.unpack(body)
    strangers = [LLDB] if info.ProcessorArchitecture not in _LLDB_KNOWS else []
    strangers += [MINIDUMP] if info.ProcessorArchitecture not in _MINIDUMP_KNOWS else []
    if strangers:
        what = f"Not every reader knows processor architecture 0x{info.ProcessorArchitecture:X}."
        findings.warning(where, what, *strangers)
    if info.ProductType not in _MINIDUMP_PRODUCTS:
        findings.warning(where, f"The product type {info.ProductType} is unknown.", MINIDUMP)
    if info.CSDVersionRva == 0:
        findings.note(where, "The system's version has no name.", BREAKPAD)
        return
    try:
        file.source.string(info.CSDVersionRva, "The name of the system's version")
    except DumpError as error:
        findings.error(where, error.cause, BREAKPAD)


def _misc(file: DumpFile, findings: Findings) -> None:
    body, where = file.body(StreamType.MiscInfoStream), "MiscInfoStream"
    if body is None:
        if file.find(StreamType.LinuxProcStatus) is None:
            findings.note(where, "It is missing: the process id is not in the dump.", LLDB)
        return
    size = int.from_bytes(body[:4], "little")
    if (
        len(body) < VERSION_SIZES[0]
        or size != len(body)
        or (size not in VERSION_SIZES and size < VERSION_SIZES[-1])
    ):
        what = f"Its size ({len(body)}, by itself {size}) is that of no known version."
        findings.note(where, what, BREAKPAD)


def _exception(file: DumpFile, findings: Findings) -> None:
    body, where = file.body(StreamType.ExceptionStream), "ExceptionStream"
    if body is None:
        return
    if len(body) < MINIDUMP_EXCEPTION_STREAM.SIZE:
        findings.error(where, "It is too short.", UDMP_PARSER)
        return
    stream = MINIDUMP_EXCEPTION_STREAM.unpack(body)
    context = stream.ThreadContext
    if not file.source.holds(context.Rva, context.DataSize):
        findings.error(where, "Its registers lie outside the file.", BREAKPAD)
    threads = {row.tid for row in read_thread_rows(file)}
    if threads and stream.ThreadId not in threads:
        findings.note(where, f"Its thread {stream.ThreadId} is not among the threads.")


def _handles(file: DumpFile, findings: Findings) -> None:
    before = len(file.problems)
    read_handles(file)
    for problem in file.problems[before:][:1]:
        findings.error(problem.where, problem.what)


def _notes(file: DumpFile, findings: Findings) -> None:
    notes = read_capture_notes(file)
    for skipped in notes.skipped if notes else ():
        size = f" ({skipped.skipped} bytes)" if skipped.skipped else ""
        findings.note("Capture", f"{skipped.where}: {skipped.what}{size}.")
    for warning in notes.warnings if notes else ():
        findings.note("Capture", warning)
