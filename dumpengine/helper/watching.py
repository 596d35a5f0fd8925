"""A watch in a process of its own, for the window.

The request is a line of JSON on standard input, which stays open: its end ends the watch, so that
nothing armed survives silently. More on it asks for a dump at once. The answer are the watch's
events, a line of JSON each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dumpengine.errors import E_HELPER_DIED, DumpError, unforeseen
from dumpengine.helper.launcher import helper_command
from dumpengine.processes.listing import ProcessKey
from dumpengine.watch.events import Event, Failed
from dumpengine.watch.plan import Plan
from dumpengine.watch.targets import Given, Named, Targets
from dumpengine.watch.watcher import Watcher
from dumpengine.watch.wire import event_from_json, plan_from_json, plan_to_json

_OPTION = "--watch"
_DUMP = b"dump\n"
_NO_CONSOLE: int = getattr(subprocess, "DETACHED_PROCESS", 0)  # on Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """Whom to watch, for what, and what to do then.

    With ``by_name`` all processes called ``name``, now or later, else the one of ``key``.
    """

    key: ProcessKey
    name: str
    plan: Plan
    by_name: bool = False


class HelperWatch:
    """One watch; ``run`` it on a worker thread, ``stop`` it from any."""

    def __init__(self, request: WatchRequest) -> None:
        self._request = request
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def run(self, tell: Callable[[Event], None]) -> None:
        """Watch until it is over or stopped; ``tell`` hears of each event.

        Raises DumpError when the helper ended without being asked to.
        """
        self._process = subprocess.Popen(
            [*helper_command(), _OPTION],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=_NO_CONSOLE,
        )
        with self._process as process:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(OSError):
                process.stdin.write(_line(self._request))
                process.stdin.flush()
            if self._stopped.is_set():
                self._hang_up()
            for line in process.stdout:
                tell(event_from_json(json.loads(line)))
            self._hang_up()
        if process.returncode and not self._stopped.is_set():
            raise DumpError(E_HELPER_DIED)

    def stop(self) -> None:
        """End it; the process runs on."""
        self._stopped.set()
        self._hang_up()

    def dump_now(self) -> None:
        """Dump what is watched, though nothing happened; from any thread, returns at once."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, ValueError):
                self._process.stdin.write(_DUMP)
                self._process.stdin.flush()

    def _hang_up(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, ValueError):
                self._process.stdin.close()


def _line(request: WatchRequest) -> bytes:
    value = {
        "pid": request.key.pid,
        "started": request.key.started,
        "name": request.name,
        "by_name": request.by_name,
        "plan": plan_to_json(request.plan),
    }
    return json.dumps(value).encode() + b"\n"


def serve() -> None:
    """Be the process that watches."""
    value = json.loads(sys.stdin.buffer.readline())
    name = value["name"]
    try:
        watcher = Watcher(plan_from_json(value["plan"]), _targets(value), _tell)
        threading.Thread(target=_listen, args=[watcher], daemon=True).start()
        watcher.run()
    except Exception as error:  # a process's edge: whoever waits must be told
        _tell(Failed(pid=value["pid"], name=name, reasons=(), error=unforeseen(error)))


def _targets(value: Mapping[str, Any]) -> Targets:
    if value["by_name"]:
        return Named(value["name"])
    return Given([ProcessKey(value["pid"], value["started"])])


def _listen(watcher: Watcher) -> None:
    # Not through the buffer, whose lock this thread would hold when the program ends.
    while os.read(sys.stdin.fileno(), 4096):
        watcher.dump_now()  # the only thing that is ever asked for
    watcher.stop()


def _tell(event: Event) -> None:
    print(json.dumps(event.to_json()), flush=True)
