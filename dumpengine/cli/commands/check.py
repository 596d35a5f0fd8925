"""``check``: whether a dump is whole and usable."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dumpengine.cli.command import Command, Example
from dumpengine.cli.output import print_json, print_lines
from dumpengine.cli.shared import FILE, JSON
from dumpengine.errors import ErrorKind

if TYPE_CHECKING:
    from dumpengine.read.check import CheckReport


def _check(arguments: Namespace) -> int:
    """Say whether a dump is whole and who can open it; return 0 or 1."""
    from dumpengine.read.check import check_dump

    report = check_dump(arguments.file)
    if arguments.json:
        print_json(report.to_json())
    else:
        print_lines(_lines(arguments.file, report))
    return 0 if report.ok else ErrorKind.FAILED.exit_code


def _lines(file: Path, report: CheckReport) -> Iterator[str]:
    yield f"{file} is {'whole' if report.ok else 'damaged'}."
    for finding in report.findings:
        concerns = f" (concerns {', '.join(finding.readers)})" if finding.readers else ""
        yield f"  {finding.severity:<8} {finding.where}: {finding.what}{concerns}"
    yield f"Opens in: {_names(report.readers, opens=True)}"
    if not all(report.readers.values()):
        yield f"Not in:   {_names(report.readers, opens=False)}"
    yield from _stacks(report.stacks)


def _stacks(stacks: Mapping[str, str]) -> Iterator[str]:
    """Who shows stacks at once, who needs something for it, and who does not."""
    if not stacks:
        return
    by_need: dict[str, list[str]] = {"yes": ["DumpDesk"]}
    for reader, need in stacks.items():
        by_need.setdefault(need, []).append(reader)
    never = by_need.pop("no", [])
    for need, readers in by_need.items():
        yield f"Stacks in: {', '.join(readers)}{'' if need == 'yes' else f' {need}'}"
    if never:
        yield f"No stacks in: {', '.join(never)}"


def _names(readers: Mapping[str, bool], *, opens: bool) -> str:
    return ", ".join(name for name, works in readers.items() if works is opens) or "none"


COMMAND = Command(
    name="check",
    run=_check,
    summary="tell whether a dump is whole and usable (exit code 0 or 1)",
    details="It names the debuggers that open it.",
    arguments=(FILE, JSON),
    examples=(Example(line="check a.dmp", why="is it whole, and which debuggers open it"),),
)
