"""Stacks out of what ``to_json`` made of them, for whoever had them walked in another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dumpengine.stacks.model import (
    Finding,
    Frame,
    Group,
    Owner,
    Proof,
    Stacks,
    ThreadStack,
    Trust,
    Wait,
)

Fields = Mapping[str, Any]


def stacks_from_json(fields: Fields) -> Stacks:
    """Return what :meth:`Stacks.to_json` was called on; raises KeyError, TypeError, ValueError."""
    return Stacks(
        process=fields["process"],
        pid=fields["pid"],
        pause_ms=fields["pause_ms"],
        threads=tuple(map(_thread, fields["threads"])),
        groups=tuple(
            Group(threads=tuple(item["threads"]), frames=_frames(item)) for item in fields["groups"]
        ),
        waits=tuple(map(_wait, fields["waits"])),
        findings=tuple(map(_finding, fields["findings"])),
        warnings=tuple(fields["warnings"]),
    )


def _thread(fields: Fields) -> ThreadStack:
    return ThreadStack(**{**fields, "frames": _frames(fields)})


def _frames(fields: Fields) -> tuple[Frame, ...]:
    return tuple(map(_frame, fields["frames"]))


def _frame(fields: Fields) -> Frame:
    numbers = {name: _number(fields[name]) for name in ("offset", "function_offset")}
    address = int(fields["address"], 16)
    return Frame(**{**fields, **numbers, "address": address, "trust": Trust(fields["trust"])})


def _wait(fields: Fields) -> Wait:
    owner = fields["owner"]
    return Wait(**{**fields, "owner": Owner(**owner) if owner else None})


def _finding(fields: Fields) -> Finding:
    proof = tuple(
        Proof(**{**item, "address": _number(item["address"])}) for item in fields["proof"]
    )
    return Finding(**{**fields, "threads": tuple(fields["threads"]), "proof": proof})


def _number(text: str | None) -> int | None:
    return None if text is None else int(text, 16)
