"""Is a dump whole, and who can use it: the answer in words.

Looks at every structure and every offset, never at the memory itself, so that it takes
milliseconds and little memory whatever the file's size. What each reader demands was found out by
feeding it variants; the rules say so where they apply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from os import PathLike
from types import MappingProxyType
from typing import Any

from dumpengine.errors import E_BAD_FORMAT, DumpError
from dumpengine.read.checks.facts import check_facts
from dumpengine.read.checks.flags import check_flags
from dumpengine.read.checks.memory import check_memory
from dumpengine.read.checks.modules import check_modules
from dumpengine.read.checks.skeleton import check_skeleton
from dumpengine.read.checks.stacks import stack_readers
from dumpengine.read.checks.threads import check_threads
from dumpengine.read.directory import DumpFile
from dumpengine.read.dump import map_file
from dumpengine.read.findings import READERS, Finding, Findings
from dumpengine.read.source import Source


@dataclass(frozen=True, slots=True)
class CheckReport:
    """``ok`` when nothing is damaged; ``readers`` says who would open the dump usefully.

    ``stacks`` says of each of those whether it shows call stacks: "yes", "no", or what it needs.
    """

    ok: bool
    findings: tuple[Finding, ...]
    readers: Mapping[str, bool]
    stacks: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the object ``dumpengine check --json`` prints."""
        findings = [asdict(finding) for finding in self.findings]
        return {
            "ok": self.ok,
            "findings": findings,
            "readers": dict(self.readers),
            "stacks": dict(self.stacks),
        }


_CHECKS: tuple[Callable[[DumpFile, Findings], None], ...] = (
    check_skeleton,
    check_facts,
    check_threads,
    check_modules,
    check_memory,
    check_flags,
)


def check_dump(path: str | PathLike[str] | int) -> CheckReport:
    """Check a file, or an open file descriptor.

    A damaged file is a report with errors; DumpError is raised only when the file cannot be
    opened at all.
    """
    try:
        data = map_file(path)
    except DumpError as error:
        if error.hresult != E_BAD_FORMAT:
            raise
        return _report([Finding("error", "File", error.cause, READERS)])
    with data:
        return check_source(Source(data))


def check_bytes(data: bytes) -> CheckReport:
    """Check a dump that is in memory."""
    return check_source(Source(data))


def check_source(source: Source) -> CheckReport:
    """Check whatever is behind ``source``."""
    try:
        file = DumpFile(source)
    except DumpError as error:
        return _report([Finding("error", "Header", error.cause, READERS)])
    findings = Findings()
    for check in _CHECKS:
        check(file, findings)
    return _report(findings.found, stack_readers(file))


def _report(findings: list[Finding], stacks: Mapping[str, str] | None = None) -> CheckReport:
    hindered = {
        reader for finding in findings if finding.severity != "note" for reader in finding.readers
    }
    readers = MappingProxyType({reader: reader not in hindered for reader in READERS})
    ok = all(finding.severity != "error" for finding in findings)
    able = {reader: how for reader, how in (stacks or {}).items() if readers[reader]}
    return CheckReport(ok, tuple(findings), readers, MappingProxyType(able))
