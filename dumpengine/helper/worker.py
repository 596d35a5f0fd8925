"""The helper's side: takes one request, captures, reports, ends.

It opens no path it is told, writes only to the file that was handed over, and cancels when the
conversation breaks off.
"""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from dumpengine.callbacks import (
    DumpCallback,
    IncludeVmRegion,
    ModuleCallback,
    ModuleWriteFlags,
    Phase,
    Progress,
    ThreadCallback,
    ThreadWriteFlags,
)
from dumpengine.capture.write_dump import capture_dump
from dumpengine.errors import E_FAIL, DumpError, unforeseen
from dumpengine.helper.channel import Channel, Conversation
from dumpengine.helper.protocol import (
    Capture,
    ProtocolError,
    decode_line,
    encode_line,
    encode_progress,
)
from dumpengine.helper.together import moment_sentence
from dumpengine.snapshot import Range
from dumpengine.system import ON_WINDOWS

_INTERVAL = 0.05  # seconds between two reports; the latest value wins
_LOG_LIMIT = 200  # callbacks named in one report
# What one of several captures says, and the seconds it then waits for its go.
_GATES = {Phase.STOPPING: ("ready", 60.0), Phase.COLLECTING: ("held", 10.0)}


class _Reporter(DumpCallback):
    """Counts what happens and reports it now and then; cancels when told to.

    Its methods run while the target may stand still: they only note things. One of several
    captures of one moment waits for its go before the process is stopped and before it runs on.
    """

    def __init__(self, channel: Conversation, *, hold: bool) -> None:
        self._channel = channel
        self._gates = dict(_GATES) if hold else {}
        self._cancelled = threading.Event()
        self._go = threading.Semaphore(0)
        self._log: list[str] = []
        self._reported = 0.0
        self._threads = 0
        self._modules = 0
        self._last = ""
        self._remarks: tuple[str, ...] = ()
        self._phase: object = None

    def request_cancel(self) -> None:
        self._cancelled.set()
        self._go.release()

    def go(self, remark: str) -> None:
        self._remarks = (remark,) if remark else ()
        self._go.release()

    def remarks(self) -> tuple[str, ...]:
        return self._remarks

    def cancel(self) -> bool:
        return self._cancelled.is_set()

    def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
        self._threads += 1
        self._note(f"Thread {event.thread_id} {event.name}".rstrip())
        return event.write_flags

    def module(self, event: ModuleCallback) -> ModuleWriteFlags | None:
        self._modules += 1
        self._note("Module " + event.path.replace("\\", "/").rsplit("/", 1)[-1])
        return event.write_flags

    def include_vm_region(self, event: IncludeVmRegion) -> Range | None:
        region = event.region
        self._note(f"Memory {region.start:x} {region.name.rsplit('/', 1)[-1]}".rstrip())
        return Range(region.start, region.end)

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._reported < _INTERVAL and progress.phase is self._phase:
            return
        self._reported, self._phase = now, progress.phase
        log, self._log = self._log[-_LOG_LIMIT:], []
        if log:
            self._channel.send(encode_line({"message": "callback", "last": log}))
        self._channel.send(
            encode_progress(
                replace(progress, threads=self._threads, modules=self._modules, last=self._last)
            )
        )
        if gate := self._gates.pop(progress.phase, None):
            message, patience = gate
            self._channel.send(encode_line({"message": message}))
            if not self._go.acquire(timeout=patience):
                self._remarks = (moment_sentence(False, 0),)

    def _note(self, text: str) -> None:
        self._last = text
        self._log.append(text)


Check = Callable[[Capture, int], None]


def serve(channel: Conversation, check: Check | None = None, patience: float | None = None) -> int:
    """Hold the conversation; returns the exit code.

    ``check`` may refuse the request and its file with ProtocolError; ``patience`` is how many
    seconds the request may take to arrive.
    """
    try:
        request, file = _receive(channel, check, patience)
    except TimeoutError:
        return 2
    except Exception as error:  # the process's edge: say it rather than die
        with suppress(OSError):
            channel.send(_refused(error))
        return 2
    reporter = _Reporter(channel, hold=request.options.hold)
    listener = threading.Thread(target=_listen, args=(channel, reporter), daemon=True)
    listener.start()
    try:
        channel.send(encode_line({"message": "started", "helper": os.getpid()}))
        channel.send(_capture(request, file, reporter))
    except OSError:  # nobody listens any more
        return 1
    return 0


def _receive(
    channel: Conversation, check: Check | None, patience: float | None
) -> tuple[Capture, int]:
    line = channel.receive(patience)
    if line is None:
        raise ProtocolError("there was no request")
    fields = decode_line(line)
    if fields["message"] != "capture":
        raise ProtocolError(f"{fields['message']!r} is not a request")
    request = Capture.decode(fields)
    file = channel.take_file()
    if file is None:
        raise ProtocolError("no file came along")
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ProtocolError("what came along is not a file")
        if check is not None:
            check(request, file)
    except ProtocolError:
        os.close(file)
        raise
    return request, file


def _listen(channel: Conversation, reporter: _Reporter) -> None:
    """Cancel on the cancel message, and when whoever asked is gone or talks nonsense."""
    try:
        while (line := channel.receive()) is not None:
            fields = decode_line(line)
            match fields["message"]:
                case "cancel":
                    reporter.request_cancel()
                case "go":
                    reporter.go(str(fields.get("remark", "")))
                case _:
                    break
    except (OSError, ProtocolError):
        pass
    reporter.request_cancel()


def _capture(request: Capture, file: int, reporter: _Reporter) -> bytes:
    try:
        result = capture_dump(request.key, file, request.options, callback=reporter)
    except Exception as error:  # the process's edge: say it rather than die
        return _failure(unforeseen(error))
    return encode_line({"message": "finished", "result": result.to_json()})


def _refused(error: Exception) -> bytes:
    if not isinstance(error, ProtocolError):
        return _failure(unforeseen(error))
    return _failure(DumpError(E_FAIL, f"The request was refused: {error}."))


def _failure(error: DumpError) -> bytes:
    return encode_line(
        {
            "message": "failed",
            "hresult": error.hresult,
            "kind": error.kind.name,
            "cause": error.cause,
            "remedy": error.remedy,
            "target_ended": error.target_ended,
        }
    )


def main() -> int:
    """Serve the conversation on standard input, which is a socket (on Windows: a pipe)."""
    if ON_WINDOWS:
        from dumpengine.backends.windows import transport

        return serve(transport.own_channel())
    return serve(Channel(socket.socket(fileno=os.dup(0))))


def serve_on_terms(arguments: Sequence[str]) -> int:
    """Serve a user as administrator: one process, as the command line names it (Linux)."""
    from dumpengine.helper import agreed, terms

    end = socket.socket(fileno=os.dup(0))
    channel = Channel(end)
    try:
        allowed = terms.Terms.read(arguments, os.environ)
    except ProtocolError as error:
        with suppress(OSError):
            channel.send(_refused(error))
        return 2
    # What we start has nobody to answer to but us.
    del os.environ[terms.USER]
    terms.settle_in(end)
    return serve(channel, allowed.check, agreed.START_LIMIT)
