"""A client that means harm, and the elevated helper's side in a thread of this process."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dumpengine.dump_types import MinidumpType
from dumpengine.helper import worker
from dumpengine.helper.channel import Channel
from dumpengine.helper.protocol import Capture, ProtocolError
from dumpengine.helper.terms import Terms
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import key_of, process_name

PATIENCE = 10.0  # seconds; nothing here takes long


class Client:
    """One conversation with a helper that agreed to dump the process ``pid`` for this user."""

    def __init__(self, pid: int, *, user: int | None = None, name: str | None = None) -> None:
        self.key = key_of(pid)
        name = process_name(self.key) if name is None else name
        self.terms = Terms(os.getuid() if user is None else user, pid, name)
        self.end, theirs = socket.socketpair()
        self.end.settimeout(PATIENCE)
        self.code: int | None = None
        self._channel = Channel(theirs)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        try:
            self.code = worker.serve(self._channel, self.terms.check, PATIENCE)
        finally:
            self._channel.close()

    def request(self, **changes: Any) -> bytes:
        """Return the request that would be granted, with some fields replaced."""
        fields = json.loads(
            Capture(self.key, CaptureOptions(dump_type=MinidumpType.Normal)).encode()
        )
        fields.update(changes)
        return json.dumps(fields).encode() + b"\n"

    def send(self, data: bytes, files: Sequence[int] = ()) -> None:
        """Send it all; the helper may have ended the conversation already."""
        with suppress(BrokenPipeError, ConnectionResetError):
            if files:
                data = data[socket.send_fds(self.end, [data], files) :]
            self.end.sendall(data)

    def finish(self) -> str:
        """Say no more, wait for the helper's end; return the cause it gave, if any."""
        with suppress(OSError):  # it may have gone already
            self.end.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            while data := self.end.recv(1 << 16):
                answer += data
        self.end.close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        failures = [json.loads(line) for line in answer.splitlines()]
        return "".join(each["cause"] for each in failures if each["message"] == "failed")


class NeverCalled:
    """In the place of capture_dump: a refused request must not get there."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *arguments: Any, **_options: Any) -> Any:
        self.calls.append(arguments)
        raise ProtocolError("never to be seen")


def opened(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """Open a file as a client would."""
    return os.open(path, flags, 0o600)


def open_files() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


def state(pid: int) -> tuple[str, int]:
    """Return a process's state letter and its tracer."""
    fields: dict[str, str] = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":\t")
        fields[name] = value
    return fields["State"][0], int(fields["TracerPid"])
