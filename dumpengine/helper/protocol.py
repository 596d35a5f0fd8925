"""What window and helper say to each other: one JSON object a line, checked on arrival.

To the helper: ``capture`` (with the open output file, first and once) and ``cancel``. From it:
``started``, ``progress``, ``callback``, ``notice`` and in the end ``finished`` or ``failed``. A
capture that is one of several ``together`` says ``ready`` before it stops the process and ``held``
when it has, and waits each time for a ``go``.
The helper may run with more rights than who talks to it, so it takes nothing for granted: every
field has a type and a limit, paths do not occur, and an unknown message ends the conversation.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from dumpengine.callbacks import Phase, Progress
from dumpengine.dump_types import MinidumpType, validate
from dumpengine.errors import DumpError
from dumpengine.job import Mode, UserStream
from dumpengine.processes.listing import ProcessKey

MAX_LINE = 16 << 20  # bytes; user streams travel in the request
MAX_NAMES = 4096
MAX_PID = 1 << 22  # the largest pid_max Linux allows; Windows' ids are far below

T = TypeVar("T")


class ProtocolError(Exception):
    """A message that must not be: the conversation ends."""


@dataclass(frozen=True, slots=True)
class Capture:
    """The one request. ``exclude_modules`` are file names without folders."""

    key: ProcessKey
    dump_type: MinidumpType
    mode: Mode = Mode.AUTO
    user_streams: tuple[UserStream, ...] = ()
    exclude_threads: frozenset[int] = frozenset()
    exclude_modules: frozenset[str] = frozenset()
    redact: bool = False
    together: bool = False

    def encode(self) -> bytes:
        """Return the message."""
        return encode_line(
            {
                "message": "capture",
                "pid": self.key.pid,
                "started": self.key.started,
                "dump_type": int(self.dump_type),
                "mode": self.mode.value,
                "user_streams": [
                    {"type": s.type, "data": base64.b64encode(s.data).decode()}
                    for s in self.user_streams
                ],
                "exclude_threads": sorted(self.exclude_threads),
                "exclude_modules": sorted(self.exclude_modules),
                "redact": self.redact,
                "together": self.together,
            }
        )

    @classmethod
    def decode(cls, fields: Mapping[str, Any]) -> Capture:
        """Check a received message; raises ProtocolError."""
        pid = _integer(fields, "pid", 1, MAX_PID)
        try:
            return cls(
                key=ProcessKey(pid, _number(fields, "started")),
                dump_type=validate(_integer(fields, "dump_type", 0, 0xFFFFFFFF)),
                mode=Mode(_text(fields, "mode")),
                user_streams=tuple(_list(fields, "user_streams", _user_stream)),
                exclude_threads=frozenset(_list(fields, "exclude_threads", _thread_id)),
                exclude_modules=frozenset(_list(fields, "exclude_modules", _short_text)),
                redact=_flag(fields, "redact"),
                together=_flag(fields, "together"),
            )
        except (DumpError, ValueError) as error:
            raise ProtocolError(str(error)) from None


CANCEL = b'{"message": "cancel"}\n'
GO = b'{"message": "go"}\n'


def encode_line(fields: Mapping[str, Any]) -> bytes:
    """Return a message as a line of ASCII."""
    return json.dumps(fields).encode() + b"\n"


def decode_line(line: bytes) -> dict[str, Any]:
    """Return a line's fields; raises ProtocolError when it is no message."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ProtocolError("not JSON") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("message"), str):
        raise ProtocolError("not a message")
    return fields


def encode_progress(progress: Progress) -> bytes:
    """Return a progress message."""
    return encode_line(
        {
            "message": "progress",
            "phase": progress.phase.name,
            "done": progress.done,
            "total": progress.total,
            "pause_ms": round(progress.pause_ms, 3),
            "running": progress.running,
            "threads": progress.threads,
            "modules": progress.modules,
            "last": progress.last,
        }
    )


def decode_progress(fields: Mapping[str, Any]) -> Progress:
    """Check a received progress message; raises ProtocolError."""
    phase = _text(fields, "phase")
    if phase not in Phase.__members__:
        raise ProtocolError(f"no phase {phase!r}")
    return Progress(
        phase=Phase[phase],
        done=_integer(fields, "done", 0, 1 << 62),
        total=_integer(fields, "total", 0, 1 << 62),
        pause_ms=_number(fields, "pause_ms"),
        running=fields.get("running") is True,
        threads=_integer(fields, "threads", 0, 1 << 31),
        modules=_integer(fields, "modules", 0, 1 << 31),
        last=_text(fields, "last"),
    )


def _integer(fields: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not low <= value <= high:
        raise ProtocolError(f"{name} is no number from {low} to {high}")
    return value


def _number(fields: Mapping[str, Any], name: str) -> float:
    value = fields.get(name)
    if isinstance(value, (int, float)) and 0 <= value < 1e12:  # a time, in any unit used here
        return float(value)
    raise ProtocolError(f"{name} is no number")


def _text(fields: Mapping[str, Any], name: str) -> str:
    return _short_text(fields.get(name))


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise ProtocolError(f"{name} is neither true nor false")
    return value


def _short_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_NAMES:
        raise ProtocolError("not a text, or too long")
    return value


def _thread_id(value: Any) -> int:
    return _integer({"thread": value}, "thread", 1, 0xFFFFFFFF)


def _list(fields: Mapping[str, Any], name: str, check: Callable[[Any], T]) -> list[T]:
    values = fields.get(name, [])
    if not isinstance(values, list) or len(values) > MAX_NAMES:
        raise ProtocolError(f"{name} is no list, or too long")
    return [check(value) for value in values]


def _user_stream(value: Any) -> UserStream:
    if not isinstance(value, dict) or not isinstance(value.get("data"), str):
        raise ProtocolError("not a user stream")
    try:
        data = base64.b64decode(value["data"], validate=True)
    except binascii.Error:
        raise ProtocolError("a user stream is not base64") from None
    return UserStream(_integer(value, "type", 0, 0xFFFFFFFF), data)
