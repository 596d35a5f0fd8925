"""What window and helper say to each other: one JSON object a line, checked on arrival.

To the helper: ``capture`` (with the open output file, first and once) and ``cancel``. From it:
``started``, ``progress``, ``callback``, ``notice`` and in the end ``finished`` or ``failed``. A
capture that is one of several of one moment, and so is to ``hold`` its process, says ``ready``
before it stops the process and ``held`` when it has, and waits each time for a ``go``.
The helper may run with more rights than who talks to it, so it takes nothing for granted: every
field has a type and a limit, paths do not occur, and an unknown message ends the conversation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dumpengine import codec
from dumpengine.callbacks import Phase, Progress
from dumpengine.codec import MalformedError
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import ProcessKey

MAX_LINE = 16 << 20  # bytes; user streams travel in the request
MAX_PID = 1 << 22  # the largest pid_max Linux allows; Windows' ids are far below

_PID = codec.integer(1, MAX_PID)
_COUNT = codec.integer(0, 1 << 31)
_BYTES = codec.integer(0, 1 << 62)
_PROGRESS = codec.record(
    Progress,
    {
        "phase": codec.member(Phase),
        "done": _BYTES,
        "total": _BYTES,
        "pause_ms": codec.number(),
        "running": codec.flag(),
        "threads": _COUNT,
        "modules": _COUNT,
        "last": codec.text(),
        "ended": codec.text(),
    },
)


class ProtocolError(Exception):
    """A message that must not be: the conversation ends."""


@dataclass(frozen=True, slots=True)
class Capture:
    """The one request: the process, and how to capture it."""

    key: ProcessKey
    options: CaptureOptions

    def encode(self) -> bytes:
        """Return the message."""
        named = {"message": "capture", "pid": self.key.pid, "started": self.key.started}
        return encode_line({**named, **self.options.to_json()})

    @classmethod
    def decode(cls, fields: Mapping[str, Any]) -> Capture:
        """Check a received message; raises ProtocolError."""
        options = dict(fields)
        try:
            del options["message"]
            pid = _PID.read(options.pop("pid", None))
            started = codec.number().read(options.pop("started", None))
            return cls(ProcessKey(pid, started), CaptureOptions.from_json(options))
        except MalformedError as error:
            raise ProtocolError(str(error)) from None


CANCEL = b'{"message": "cancel"}\n'


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
    return encode_line({"message": "progress", **_PROGRESS.write(progress)})


def decode_progress(fields: Mapping[str, Any]) -> Progress:
    """Check a received progress message; raises ProtocolError."""
    try:
        return _PROGRESS.read({name: fields[name] for name in fields if name != "message"})
    except MalformedError as error:
        raise ProtocolError(str(error)) from None
