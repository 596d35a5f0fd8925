"""Modules: their list, names, records and places."""

from __future__ import annotations

from itertools import pairwise

from dumpengine.errors import DumpError
from dumpengine.format.modules import MINIDUMP_MODULE
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.read.directory import DumpFile
from dumpengine.read.findings import (
    BREAKPAD,
    LLDB,
    MINIDUMP,
    READERS,
    RUST_MINIDUMP,
    UDMP_PARSER,
    Findings,
    few,
)
from dumpengine.read.modules import read_modules
from dumpengine.read.system_info import UNKNOWN_SYSTEM, read_system_info
from dumpengine.snapshot import Module

MAX_BREAKPAD_MODULES = 2048
MAX_BREAKPAD_STRING = 1024  # UTF-16 units
MAX_BREAKPAD_CODEVIEW = 32768
_WHERE = "ModuleListStream"
_DELETED = " (deleted)"


def check_modules(file: DumpFile, findings: Findings) -> None:
    """Check the module list and what it points to."""
    if file.find(StreamType.ModuleListStream) is None:
        what = "It is missing: no function can be named."
        findings.warning(_WHERE, what, BREAKPAD, MINIDUMP)
        return
    before = len(file.problems)
    try:
        modules = read_modules(file)
    except DumpError as error:
        findings.error(_WHERE, error.cause, *READERS)
        return
    for problem in file.problems[before:][:5]:
        findings.error(_WHERE, problem.what, BREAKPAD, LLDB, UDMP_PARSER)
    _size(file, len(modules), findings)
    _names(modules, findings)
    _places(file, modules, findings)


def _size(file: DumpFile, count: int, findings: Findings) -> None:
    entry = file.find(StreamType.ModuleListStream)
    exact = 4 + count * MINIDUMP_MODULE.SIZE
    if entry and entry.size not in (exact, exact + 4):
        what = f"It is {entry.size} bytes long; its {count} modules need {exact}."
        findings.warning(_WHERE, what, BREAKPAD)
    if count > MAX_BREAKPAD_MODULES:
        what = f"It has {count} modules, more than Breakpad accepts."
        findings.warning(_WHERE, what, BREAKPAD)


def _names(modules: tuple[Module, ...], findings: Findings) -> None:
    nameless = [f"0x{module.base:X}" for module in modules if not module.path]
    if nameless:
        findings.note(_WHERE, f"Modules without a name: {few(nameless)}.", BREAKPAD)
    long = [m.name for m in modules if len(m.path.encode("utf-16-le")) > 2 * MAX_BREAKPAD_STRING]
    if long:
        findings.warning(_WHERE, f"Names too long for Breakpad: {few(long)}.", BREAKPAD)
    foreign = [m.path for m in modules if not (m.path.isascii() and m.path.isprintable())]
    if foreign:
        what = f"Names that are not plain ASCII: {few(foreign)}."
        findings.warning(_WHERE, what, UDMP_PARSER)
    deleted = [module.path for module in modules if module.path.endswith(_DELETED)]
    if deleted:
        findings.note(_WHERE, f"The files are gone: {few(deleted)}.", LLDB)
    large = [module.name for module in modules if len(module.codeview) > MAX_BREAKPAD_CODEVIEW]
    if large:
        findings.note(_WHERE, f"Records too large for Breakpad: {few(large)}.", BREAKPAD)


def _places(file: DumpFile, modules: tuple[Module, ...], findings: Findings) -> None:
    empty = [module.name for module in modules if module.size == 0]
    if empty:
        findings.note(_WHERE, f"Modules of size 0: {few(empty)}.", RUST_MINIDUMP)
        findings.warning(_WHERE, "Breakpad drops the list for a module of size 0.", BREAKPAD)
    ordered = sorted(modules, key=lambda module: module.base)
    pairs = pairwise(ordered)
    over = [f"{low.name} and {high.name}" for low, high in pairs if low.end > high.base]
    if not over:
        return
    what = f"Modules lie over each other: {few(over)}."
    if _is_linux(file):  # there Breakpad cuts the lower one
        findings.note(_WHERE, what, BREAKPAD)
    else:
        findings.warning(_WHERE, what, BREAKPAD)


def _is_linux(file: DumpFile) -> bool:
    try:
        platform = read_system_info(file).platform_id
    except DumpError:
        platform = UNKNOWN_SYSTEM.platform_id
    return platform in (PlatformId.LINUX, PlatformId.ANDROID)
