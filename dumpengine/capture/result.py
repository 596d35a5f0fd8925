"""CaptureResult: the one object that says everything about a capture.

The window, the terminal and ``--json`` all print it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from dumpengine.dump_types import format_dump_type
from dumpengine.errors import DumpError
from dumpengine.snapshot import SoftError


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult:
    """Outcome of a capture.

    Sizes are bytes, times milliseconds; ``pause_ms`` is how long the target stood still. ``mode``
    is what was done in the end ("snapshot" or "stop"). ``skipped`` lists memory that is missing
    and why, ``warnings`` are sentences. ``restarted_calls`` counts system calls that the stop
    interrupted and that were made again. With ``ok`` false, ``hresult``, ``cause`` and ``remedy``
    say what happened and ``path`` names no file.

    ``target_ended`` says how the target ended before the capture did: "exit code N",
    "signal NAME", "OOM killer" or "unknown"; None when it runs on. It is ``ok`` when it ended only
    while its image was copied. ``of_one_moment`` says of processes dumped together whether all
    stood still at once; None of one that was dumped alone.
    """

    ok: bool
    pid: int
    name: str
    dump_type: int
    path: str | None = None
    size: int = 0
    mode: str | None = None
    pause_ms: float | None = None
    elapsed_ms: float = 0.0
    memory_bytes: int = 0
    threads: int = 0
    modules: int = 0
    ranges: int = 0
    skipped_bytes: int = 0
    skipped: tuple[SoftError, ...] = ()
    warnings: tuple[str, ...] = ()
    restarted_calls: int = 0
    target_ended: str | None = None
    of_one_moment: bool | None = None
    hresult: int | None = None
    error: str | None = None
    cause: str | None = None
    remedy: str | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of the flags in ``dump_type``."""
        return tuple(format_dump_type(self.dump_type).split("|"))

    @property
    def ended_sentence(self) -> str:
        """What to say first of a dump that outlived its target; empty when it runs on."""
        return ended_sentence(self.target_ended) if self.ok and self.target_ended else ""

    def to_json(self) -> dict[str, Any]:
        """Return the object ``dumpengine dump --json`` prints."""
        fields = asdict(self)
        fields["flags"] = list(self.flags)
        return fields

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Rebuild a result from :meth:`to_json`; unknown fields are ignored."""
        known = {name: fields[name] for name in cls.__slots__ if name in fields}
        known["skipped"] = tuple(SoftError(**item) for item in known.get("skipped", ()))
        known["warnings"] = tuple(known.get("warnings", ()))
        return cls(**known)

    @classmethod
    def from_error(cls, error: DumpError, *, pid: int, name: str, dump_type: int) -> Self:
        """The result of a capture that failed."""
        return cls(
            ok=False,
            pid=pid,
            name=name,
            dump_type=dump_type,
            hresult=error.hresult,
            error=error.kind.name.lower(),
            cause=error.cause,
            remedy=error.remedy,
            target_ended=error.target_ended,
        )


def ended_sentence(how: str) -> str:
    """Say that a target ended while its image was copied."""
    return f"The process ended while it was being copied: {how}. The dump shows it before that."
