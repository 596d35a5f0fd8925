"""A process that dumps itself, from another process.

MiniDumpWriteDump suspends every thread but the caller's. Our callbacks need Python's lock, which a
suspended thread may hold, and so a process would wait for itself for ever. Instead a second process
makes the dump while this one waits; the calling thread's registers are true as well. Nothing may
flow between the two meanwhile, hence files and no callbacks.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dumpengine.backends.windows.unseen import Unseen
from dumpengine.callbacks import Phase, Progress, raise_if_cancelled
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_HELPER_DIED, DumpError, ErrorKind
from dumpengine.format.header import MINIDUMP_HEADER
from dumpengine.job import Captured, CaptureJob, ExceptionInformation, Mode, Sink, UserStream
from dumpengine.snapshot import SoftError

MODULE = "dumpengine.backends.windows.own"
NOTICE = "A process that dumps itself cannot answer questions: the callback was not asked."
_BLOCK = 1 << 20


def capture_own(job: CaptureJob) -> Captured:
    """Dump this very process; raises DumpError."""
    raise_if_cancelled(job.callback)
    job.callback.progress(Progress(Phase.COLLECTING))
    with tempfile.TemporaryDirectory(prefix="dumpdesk-") as folder:
        dump, result = Path(folder, "dump"), Path(folder, "result")
        order = json.dumps(_order(job) | {"dump": str(dump), "result": str(result)})
        nothing = subprocess.DEVNULL
        dumper = Unseen(_command(), stdin=subprocess.PIPE, stdout=nothing, stderr=nothing)
        dumper.communicate(order.encode())
        captured = _read_result(result, job.pid)
        raise_if_cancelled(job.callback)
        _copy(dump, job.sink)
    return replace(captured, warnings=(*captured.warnings, NOTICE))


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--module", MODULE]
    return [sys.executable, "-m", MODULE]


def _order(job: CaptureJob) -> dict[str, Any]:
    asked = job.exception
    exception = None
    if asked is not None:
        # An address in this process is one in the target.
        own = asked.client_pointers or bool(asked.pointers)
        context = base64.b64encode(asked.context).decode()
        exception = asdict(asked) | {"context": context, "client_pointers": own}
    return {
        "pid": job.pid,
        "started": job.started,
        "dump_type": int(job.dump_type),
        "mode": job.mode.value,
        "exception": exception,
        "user_streams": [
            [stream.type, base64.b64encode(stream.data).decode()] for stream in job.user_streams
        ],
    }


def _read_result(path: Path, pid: int) -> Captured:
    try:
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise DumpError(E_HELPER_DIED, pid=pid) from None
    if "hresult" in fields:
        kind = ErrorKind[fields["kind"]]
        raise DumpError(fields["hresult"], fields["cause"], fields["remedy"], kind=kind, pid=pid)
    typed = {
        "dump_type": MinidumpType(fields["dump_type"]),
        "mode": Mode(fields["mode"]),
        "skipped": tuple(SoftError(**item) for item in fields["skipped"]),
        "warnings": tuple(fields["warnings"]),
    }
    return Captured(**(fields | typed))


def _copy(path: Path, sink: Sink) -> None:
    """Copy the file, its header last."""
    with path.open("rb") as file:
        header = file.read(MINIDUMP_HEADER.SIZE)
        offset = len(header)
        while block := file.read(_BLOCK):
            sink.write_at(offset, block)
            offset += len(block)
    sink.write_at(0, header)


class _File:
    """The sink on the other side."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "xb")  # noqa: SIM115 - closed by close()

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self._file.seek(offset)
        self._file.write(data)

    def close(self) -> None:
        self._file.close()


def _serve(order: Mapping[str, Any]) -> dict[str, Any]:
    from dumpengine.backends.windows.capture import capture

    exception = order["exception"]
    if exception is not None:
        context = base64.b64decode(exception["context"])
        parameters = tuple(exception["parameters"])
        exception = ExceptionInformation(
            **(exception | {"context": context, "parameters": parameters})
        )
    sink = _File(order["dump"])
    job = CaptureJob(
        order["pid"],
        order["started"],
        MinidumpType(order["dump_type"]),
        sink,
        mode=Mode(order["mode"]),
        exception=exception,
        user_streams=tuple(
            UserStream(kind, base64.b64decode(data)) for kind, data in order["user_streams"]
        ),
    )
    try:
        captured = capture(job)
        return asdict(captured) | {"mode": captured.mode.value}
    except DumpError as error:
        told = {"hresult": error.hresult, "cause": error.cause, "remedy": error.remedy}
        return told | {"kind": error.kind.name}
    finally:
        sink.close()


def main() -> None:
    """Carry out the order on standard input."""
    order = json.loads(sys.stdin.buffer.read())
    Path(order["result"]).write_text(json.dumps(_serve(order)))


if __name__ == "__main__":
    main()
