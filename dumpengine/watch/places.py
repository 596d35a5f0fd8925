"""Where a watch's dumps go: checked when it is armed, and its limits kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dumpengine.capture.naming import dump_file_name
from dumpengine.capture.output import check_space, destination_error, free_space
from dumpengine.capture.sizing import dump_size
from dumpengine.errors import E_PATH_NOT_FOUND, DumpError, ErrorKind
from dumpengine.processes.listing import ProcessKey
from dumpengine.text import size_text
from dumpengine.watch.plan import Plan


@dataclass(slots=True)
class Place:
    """The folder of a plan; ``written`` are the bytes that went there."""

    plan: Plan
    written: int = field(default=0, init=False)

    def check(self, key: ProcessKey) -> None:
        """Raise DumpError when a dump of the process could not be written there now."""
        folder = self.plan.folder
        if not folder.is_dir():
            raise DumpError(
                E_PATH_NOT_FOUND,
                f"There is no folder {folder}.",
                "Make it, or choose another one.",
                kind=ErrorKind.DESTINATION,
                path=folder,
            )
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise destination_error(error, folder) from error
        check_space(folder, dump_size(key, self.plan.options.dump_type) + self.plan.least_free)

    def path(self, name: str, pid: int, slugs: tuple[str, ...]) -> Path:
        """Return the name of a dump, which says why: ``shop_4711_cpu-memory_DATE_TIME.dmp``."""
        template = f"{{name}}_{{pid}}_{'-'.join(slugs)}_{{date}}_{{time}}.dmp"
        return self.plan.folder / dump_file_name(template, name, pid, datetime.now())

    def limit_reached(self) -> str:
        """Return why no more may be written, empty while it may."""
        plan = self.plan
        if plan.most_size and self.written >= plan.most_size:
            return (
                f"The dumps take {size_text(self.written)} together, of at most "
                f"{size_text(plan.most_size)}."
            )
        free = free_space(plan.folder)
        if plan.least_free and free is not None and free <= plan.least_free:
            return (
                f"Only {size_text(free)} are free in {plan.folder}; "
                f"{size_text(plan.least_free)} are to stay so."
            )
        return ""
