"""``check``: whether a dump is whole and usable."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from dumpengine.cli.command import Command, Example
from dumpengine.cli.output import print_json
from dumpengine.cli.shared import FILE, JSON
from dumpengine.errors import ErrorKind


def _check(arguments: Namespace) -> int:
    """Say whether a dump is whole and who can open it; return 0 or 1."""
    from dumpengine.read.check import check_dump

    report = check_dump(arguments.file)
    if arguments.json:
        print_json(report.to_json())
    else:
        verdict = "whole" if report.ok else "damaged"
        print(f"{arguments.file} is {verdict}.")
        for finding in report.findings:
            concerns = f" (concerns {', '.join(finding.readers)})" if finding.readers else ""
            print(f"  {finding.severity:<8} {finding.where}: {finding.what}{concerns}")
        print(f"Opens in: {_names(report.readers, opens=True)}")
        if not all(report.readers.values()):
            print(f"Not in:   {_names(report.readers, opens=False)}")
    return 0 if report.ok else ErrorKind.FAILED.exit_code


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
