"""The caller's side: opens the output, starts the helper, follows it, puts the file in place.

The file has no name before it is whole and verified; whatever happens to the helper, the target
runs on and nothing is left behind.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dumpengine.callbacks import DumpCallback, Phase, Progress
from dumpengine.capture.output import OutputFile
from dumpengine.capture.result import CaptureResult
from dumpengine.capture.verify import verify
from dumpengine.errors import (
    E_CANCELLED,
    E_FAIL,
    E_HELPER_DIED,
    DumpError,
    ErrorKind,
    unforeseen,
)
from dumpengine.helper.channel import Channel, Conversation, Helper
from dumpengine.helper.elevated import ElevatedHelper, start_elevated
from dumpengine.helper.protocol import (
    CANCEL,
    Capture,
    ProtocolError,
    decode_line,
    decode_progress,
    encode_line,
)
from dumpengine.helper.together import Place, moment_sentence
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import ProcessKey
from dumpengine.system import ON_WINDOWS

PATIENCE = 2.0  # seconds a helper may take to cancel before it is ended
_POLL = 0.1
_ONE_AFTER_ANOTHER = "On Windows processes are dumped one after another, not as of one moment."

OnProgress = Callable[[Progress], None]
OnLog = Callable[[tuple[str, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRequest:
    """What to dump, how, and where to.

    With ``numbered`` a name that is taken gets a number. ``elevated`` asks for administrator rights
    first, for the helper and this capture alone; see :func:`dumpengine.elevation_obstacle`.
    ``place`` is one of :class:`dumpengine.Together` where several are to be of one moment.
    """

    key: ProcessKey
    name: str
    path: Path
    options: CaptureOptions
    overwrite: bool = False
    numbered: bool = False
    elevated: bool = False
    place: Place | None = None

    def message(self) -> Capture:
        """Return the request as the helper gets it: without any path."""
        together = self.place is not None and not ON_WINDOWS
        return Capture(self.key, replace(self.options, hold=together))


class _Cancel(DumpCallback):
    """Passes on that the capture was cancelled."""

    def __init__(self, cancelled: threading.Event) -> None:
        self._cancelled = cancelled

    def cancel(self) -> bool:
        return self._cancelled.is_set()


class HelperCapture:
    """One capture in a helper process: ``run`` it on a worker thread, ``cancel`` it from any."""

    def __init__(self, request: CaptureRequest) -> None:
        self.request = request
        self._cancelled = threading.Event()
        self._channel: Conversation | None = None
        self._notices: list[str] = []
        self._of_one_moment: bool | None = None
        if ON_WINDOWS and request.place is not None:
            self._notices.append(_ONE_AFTER_ANOTHER)
            self._of_one_moment = False

    def cancel(self) -> None:
        """Ask the helper to stop; returns at once. Later calls do nothing."""
        if self._cancelled.is_set():
            return
        self._cancelled.set()
        if self._channel is not None:
            with suppress(OSError):  # it has ended already; run() tells how
                self._channel.send(CANCEL)

    def run(
        self, on_progress: OnProgress | None = None, on_log: OnLog | None = None
    ) -> CaptureResult:
        """Capture and return the result; a failure is a result too, nothing is raised.

        Both functions are called on this thread. ``on_log`` gets the callbacks made, in words.
        """
        started = time.perf_counter()
        try:
            result = self._run(on_progress or _ignore, on_log or _ignore)
        except Exception as error:  # the thread's edge
            request = self.request
            result = CaptureResult.from_error(
                unforeseen(error),
                pid=request.key.pid,
                name=request.name,
                dump_type=request.options.dump_type,
            )
        finally:
            if self.request.place is not None:
                self.request.place.leave()
        return replace(result, elapsed_ms=(time.perf_counter() - started) * 1000)

    def _run(self, on_progress: OnProgress, on_log: OnLog) -> CaptureResult:
        on_progress(Progress(Phase.PREPARING))
        output = OutputFile(
            self.request.path, overwrite=self.request.overwrite, numbered=self.request.numbered
        )
        try:
            result = self._converse(output.fd, on_progress, on_log)
            on_progress(Progress(Phase.VERIFYING, result.size, result.size))
            verify(_Cancel(self._cancelled), output.fd, output.path)
            return replace(result, path=str(output.publish()), name=self.request.name)
        finally:
            output.discard()

    def _converse(self, file: int, on_progress: OnProgress, on_log: OnLog) -> CaptureResult:
        key = self.request.key
        if self.request.elevated:
            helper, channel = start_elevated(key, self._cancelled.is_set)
        else:
            helper, channel = start_helper()
        asking = threading.Thread(target=self._ask, args=(channel, file), daemon=True)
        asking.start()
        try:
            return self._follow(helper, channel, on_progress, on_log)
        except (ProtocolError, OSError) as error:
            raise self._died(helper, str(error)) from error
        finally:
            channel.close()
            asking.join()
            self._channel = None
            _end(helper)

    def _ask(self, channel: Conversation, file: int) -> None:
        """Send the request. It may have to wait for the helper, as long as a prompt is up."""
        with suppress(OSError):  # the helper has ended; run() tells how
            channel.send(self.request.message().encode(), file)
            self._channel = channel
            if self._cancelled.is_set():
                channel.send(CANCEL)

    def _follow(
        self,
        helper: Helper,
        channel: Conversation,
        on_progress: OnProgress,
        on_log: OnLog,
    ) -> CaptureResult:
        while True:
            fields = self._next_message(helper, channel)
            match fields["message"]:
                case "progress":
                    on_progress(decode_progress(fields))
                case "ready" | "held" as arrived:
                    self._take_turn(channel, arrived)
                case "callback":
                    on_log(tuple(map(str, fields.get("last", ()))))
                case "finished":
                    result = _result(fields)
                    return replace(
                        result,
                        warnings=(*result.warnings, *self._notices),
                        of_one_moment=self._of_one_moment,
                    )
                case "failed":
                    raise _failure(fields, self.request.key.pid)

    def _next_message(self, helper: Helper, channel: Conversation) -> dict[str, Any]:
        """Wait for it; after a cancel only so long."""
        give_up: float | None = None
        while True:
            try:
                line = channel.receive(_POLL)
            except TimeoutError:
                if self._cancelled.is_set():
                    give_up = give_up or time.monotonic() + PATIENCE
                    if time.monotonic() > give_up:
                        helper.kill()
                        raise DumpError(E_CANCELLED) from None
                continue
            if line is None:
                raise self._died(helper, "")
            return decode_line(line)

    def _take_turn(self, channel: Conversation, arrived: str) -> None:
        place = self.request.place
        if place is None:
            raise ProtocolError(f"{arrived!r} was not expected")
        wait = place.ready if arrived == "ready" else place.held
        self._of_one_moment = wait(self._cancelled)
        said = moment_sentence(self._of_one_moment, place.count) if arrived == "held" else ""
        channel.send(encode_line({"message": "go", "remark": said}))

    def _died(self, helper: Helper, detail: str) -> DumpError:
        if self._cancelled.is_set():
            return DumpError(E_CANCELLED)
        code, pid = _end(helper), self.request.key.pid
        if isinstance(helper, ElevatedHelper) and (refusal := helper.refusal(code, pid)):
            return refusal
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        detail = f" ({detail})" if detail else ""
        return DumpError(
            E_HELPER_DIED,
            f"The capturing process was ended {how}{detail}.",
            pid=pid,
        )


def start_helper() -> tuple[Helper, Conversation]:
    """Start a helper in a session of its own, so that Ctrl-C reaches us and not it."""
    if ON_WINDOWS:
        from dumpengine.backends.windows import transport

        return transport.start(helper_command())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        helper = subprocess.Popen(
            helper_command(),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    return helper, Channel(ours)


def helper_command() -> list[str]:
    """Return the program to start: beside us when frozen, else a module of this interpreter."""
    if getattr(sys, "frozen", False):
        return [str(Path(sys.executable).with_name("dumpengine-helper"))]
    return [sys.executable, "-m", "dumpengine.helper"]


def _end(helper: Helper) -> int:
    """Wait a little for the helper's end, then end it; returns its exit code."""
    try:
        return helper.wait(0.5)
    except subprocess.TimeoutExpired:
        helper.kill()
        return helper.wait()


def _result(fields: Mapping[str, Any]) -> CaptureResult:
    try:
        return CaptureResult.from_json(fields["result"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ProtocolError("the result is malformed") from error


def _failure(fields: Mapping[str, Any], pid: int) -> DumpError:
    kind = fields.get("kind")
    known = isinstance(kind, str) and kind in ErrorKind.__members__
    hresult = fields.get("hresult")
    error = DumpError(
        hresult if isinstance(hresult, int) else E_FAIL,
        str(fields.get("cause", "")),
        str(fields.get("remedy", "")),
        kind=ErrorKind[str(kind)] if known else None,
        pid=pid,
    )
    how = fields.get("target_ended")
    error.target_ended = how if isinstance(how, str) else None
    return error


def _ignore(_value: object) -> None:
    pass


__all__ = ["PATIENCE", "CaptureRequest", "HelperCapture", "helper_command", "start_helper"]
