"""What a watch tells, as it happens: each event is one line of JSON, and one for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dumpengine.backends.vitals import Measure
from dumpengine.capture.result import CaptureResult
from dumpengine.errors import DumpError
from dumpengine.watch.conditions import amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a process; ``pid`` is 0 for the watch as a whole."""

    pid: int
    name: str

    @property
    def who(self) -> str:
        """The process as a sentence names it."""
        return f"{self.name} ({self.pid})" if self.pid else self.name

    def to_json(self) -> dict[str, Any]:
        """Return the line."""
        return {"event": type(self).__name__.lower(), "pid": self.pid or None, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed(Event):
    """A process is watched from now on; ``notes`` are sentences on what that costs it."""

    conditions: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """See Event."""
        more = {"conditions": list(self.conditions), "notes": list(self.notes)}
        return {**_common(self), **more}

    def __str__(self) -> str:
        return " ".join([f"Watching {self.who}: {', or '.join(self.conditions)}.", *self.notes])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Event):
    """What was read of a process: ``values`` as in :class:`Measure`."""

    values: Mapping[Measure, float]

    def to_json(self) -> dict[str, Any]:
        """See Event."""
        values = {measure.value: self.values.get(measure) for measure in Measure}
        return {**_common(self), "event": "sample", **values}

    def __str__(self) -> str:
        said = (amount(measure, value) for measure, value in self.values.items())
        return f"{self.who}: {', '.join(said)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired(Event):
    """Conditions came true; ``reasons`` says which and how."""

    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """See Event."""
        return {**_common(self), "reasons": list(self.reasons)}

    def __str__(self) -> str:
        return f"{self.who}: {' and '.join(self.reasons)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumped(Event):
    """A dump was written because of ``reasons``; ``result`` is as ``dump --json`` prints it.

    It is ``number`` of the ``of`` dumps of a series; with the last comes what the first and it tell
    together.
    """

    reasons: tuple[str, ...]
    result: CaptureResult
    number: int = 1
    of: int = 1
    finding: str = ""

    def to_json(self) -> dict[str, Any]:
        """See Event."""
        series = {"number": self.number, "of": self.of, "finding": self.finding}
        return {
            **_common(self),
            "reasons": list(self.reasons),
            **series,
            "path": self.result.path,
            "result": self.result.to_json(),
        }

    def __str__(self) -> str:
        series = f" ({self.number} of {self.of})" if self.of > 1 else ""
        finding = f". {self.finding}" if self.finding else ""
        return f"Dumped {self.who} to {self.result.path}{series}{finding}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """A dump that was due could not be written, or a process could not be watched."""

    reasons: tuple[str, ...]
    error: DumpError

    def to_json(self) -> dict[str, Any]:
        """See Event."""
        error = self.error
        why = {"hresult": error.hresult, "error": error.kind.name.lower()}
        words = {"cause": error.cause, "remedy": error.remedy}
        return {**_common(self), "reasons": list(self.reasons), **why, **words}

    def __str__(self) -> str:
        because = f" ({' and '.join(self.reasons)})" if self.reasons else ""
        return f"{self.who}{because}: {self.error.cause} {self.error.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    """A process, or with ``pid`` 0 the whole watch, is watched no more; ``why`` is a sentence."""

    why: str
    dumps: int = 0

    def to_json(self) -> dict[str, Any]:
        """See Event."""
        return {**_common(self), "why": self.why, "dumps": self.dumps}

    def __str__(self) -> str:
        return self.why


def _common(event: Event) -> dict[str, Any]:
    """Return the fields that every event has: ``super()`` does not know slotted dataclasses."""
    return Event.to_json(event)
