"""Plans and events as JSON, for who watches in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import Enum
from pathlib import Path
from typing import Any

from dumpengine.backends.vitals import Measure
from dumpengine.capture.result import CaptureResult
from dumpengine.errors import DumpError, ErrorKind
from dumpengine.options import CaptureOptions
from dumpengine.watch.conditions import (
    Above,
    Condition,
    Crashes,
    Every,
    Exits,
    Grows,
    Hangs,
    Line,
    StartsChild,
)
from dumpengine.watch.events import Armed, Dumped, Ended, Event, Failed, Fired, Sampled
from dumpengine.watch.plan import Plan

_CONDITIONS = {
    kind.__name__: kind for kind in (Above, Grows, Every, Line, Crashes, Exits, Hangs, StartsChild)
}
_NUMBERS = ("count", "spacing", "series", "apart", "most_size", "least_free")


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON."""
    return {
        "conditions": [_condition_to_json(condition) for condition in plan.conditions],
        "options": plan.options.to_json(),
        "folder": str(plan.folder),
        **{name: getattr(plan, name) for name in _NUMBERS},
    }


def plan_from_json(value: Mapping[str, Any]) -> Plan:
    """Read what :func:`plan_to_json` returned; raises DumpError, KeyError or ValueError."""
    return Plan(
        conditions=tuple(map(_condition_from_json, value["conditions"])),
        options=CaptureOptions.from_json(value["options"]),
        folder=Path(value["folder"]),
        **{name: value[name] for name in _NUMBERS},
    )


def _condition_to_json(condition: Condition) -> dict[str, Any]:
    values = {
        name: value.value if isinstance(value, Enum) else value
        for name, value in asdict(condition).items()
    }
    return {"kind": type(condition).__name__, **values}


def _condition_from_json(value: Mapping[str, Any]) -> Condition:
    kind = _CONDITIONS[value["kind"]]
    given = {each.name: value[each.name] for each in fields(kind)}
    if "measure" in given:
        given["measure"] = Measure(given["measure"])
    return kind(**given)


def event_from_json(value: Mapping[str, Any]) -> Event:
    """Read what ``to_json`` of an event returned; raises KeyError or ValueError."""
    pid, name = value["pid"] or 0, value["name"]
    match value["event"]:
        case "armed":
            words, notes = tuple(value["conditions"]), tuple(value["notes"])
            return Armed(pid=pid, name=name, conditions=words, notes=notes)
        case "sample":
            known = {m: value[m.value] for m in Measure if value[m.value] is not None}
            return Sampled(pid=pid, name=name, values=known)
        case "fired":
            return Fired(pid=pid, name=name, reasons=tuple(value["reasons"]))
        case "dumped":
            return _dumped(pid, name, value)
        case "failed":
            reasons, error = tuple(value["reasons"]), _error(value)
            return Failed(pid=pid, name=name, reasons=reasons, error=error)
        case "ended":
            return Ended(pid=pid, name=name, why=value["why"], dumps=value["dumps"])
        case other:
            raise ValueError(f"there is no event {other}")


def _dumped(pid: int, name: str, value: Mapping[str, Any]) -> Dumped:
    return Dumped(
        pid=pid,
        name=name,
        reasons=tuple(value["reasons"]),
        result=CaptureResult.from_json(value["result"]),
        number=value["number"],
        of=value["of"],
        finding=value["finding"],
    )


def _error(value: Mapping[str, Any]) -> DumpError:
    kind = ErrorKind[value["error"].upper()]
    return DumpError(value["hresult"], value["cause"], value["remedy"], kind=kind)
