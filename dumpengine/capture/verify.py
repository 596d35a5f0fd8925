"""Reading a written dump back, before it gets its name."""

from __future__ import annotations

from pathlib import Path

from dumpengine.callbacks import DumpCallback, Phase, Progress, raise_if_cancelled
from dumpengine.errors import E_BAD_FORMAT, DumpError


def verify(callback: DumpCallback, fd: int, path: Path) -> None:
    """Read a written dump back; raises DumpError when our own checker finds an error.

    It is the last thing before a dump gets its name, so a cancel counts until its end.
    """
    from dumpengine.read.check import check_dump

    callback.progress(Progress(Phase.VERIFYING))
    report = check_dump(fd)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    if errors:
        raise DumpError(
            E_BAD_FORMAT,
            f"The written dump is not whole: {errors[0].where}: {errors[0].what}",
            "Nothing was kept. Try again; if it stays, report it with the details.",
            path=path,
        )
    raise_if_cancelled(callback)
