"""Call stacks walked in a process of their own: its bytes come from strangers, and it takes time.

The conversation is one JSON object on standard input, and one on standard output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dumpengine.errors import E_CANCELLED, E_HELPER_DIED, DumpError, ErrorKind, unforeseen
from dumpengine.helper.launcher import helper_command
from dumpengine.processes.listing import ProcessKey
from dumpengine.stacks.from_json import stacks_from_json
from dumpengine.stacks.model import Stacks

_OPTION = "--stacks"
_NO_CONSOLE: int = getattr(subprocess, "DETACHED_PROCESS", 0)  # on Windows


class StackWalk:
    """One look at the stacks of a running process or of a dump file.

    ``run`` it on a worker thread, ``cancel`` it from any.
    """

    def __init__(self, target: ProcessKey | Path, symbols: Sequence[Path] = ()) -> None:
        self._request = _request(target, symbols)
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = threading.Event()

    def run(self) -> Stacks:
        """Return the stacks; raises DumpError, E_CANCELLED when it was cancelled."""
        self._process = subprocess.Popen(
            [*helper_command(), _OPTION],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=_NO_CONSOLE,
        )
        if self._cancelled.is_set():
            self._process.kill()
        answer, _ = self._process.communicate(json.dumps(self._request).encode())
        if self._cancelled.is_set():
            raise DumpError(E_CANCELLED)
        return _stacks(answer)

    def cancel(self) -> None:
        """End it at once; a process that was held runs on."""
        self._cancelled.set()
        if self._process is not None:
            self._process.kill()


def _request(target: ProcessKey | Path, symbols: Sequence[Path]) -> dict[str, Any]:
    folders = [str(folder) for folder in symbols]
    if isinstance(target, Path):
        return {"path": str(target), "symbols": folders}
    return {"pid": target.pid, "started": target.started, "symbols": folders}


def _stacks(answer: bytes) -> Stacks:
    try:
        fields = json.loads(answer)
        if "stacks" in fields:
            return stacks_from_json(fields["stacks"])
        error = _error(fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DumpError(E_HELPER_DIED) from None
    raise error


def _error(fields: Mapping[str, Any]) -> DumpError:
    kind = ErrorKind[fields["kind"]]
    return DumpError(int(fields["hresult"]), fields["cause"], fields["remedy"], kind=kind)


def serve() -> None:
    """Be the process that walks: read the request, print the answer."""
    from dumpengine.capture.call_stacks import call_stacks

    request = json.load(sys.stdin.buffer)
    try:
        answer = {"stacks": call_stacks(_target(request), symbols=request["symbols"]).to_json()}
    except DumpError as error:
        answer = _failure(error)
    except Exception as error:  # a process's edge: whoever waits must be told
        answer = _failure(unforeseen(error))
    sys.stdout.write(json.dumps(answer))


def _target(request: Mapping[str, Any]) -> ProcessKey | Path:
    if "path" in request:
        return Path(request["path"])
    return ProcessKey(request["pid"], request["started"])


def _failure(error: DumpError) -> dict[str, Any]:
    return {
        "hresult": error.hresult,
        "cause": error.cause,
        "remedy": error.remedy,
        "kind": error.kind.name,
    }
