"""A process that dumps itself, from another process.

MiniDumpWriteDump suspends every thread but the caller's. Our callbacks need Python's lock, which a
suspended thread may hold, and so a process would wait for itself for ever. Instead a second process
makes the dump while this one waits; the calling thread's registers are true as well. Nothing may
flow between the two meanwhile, hence files; and of the callbacks only those that choose threads and
modules are asked, beforehand.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dumpengine import codec
from dumpengine.backends.windows.toolhelp import loaded_modules, thread_ids
from dumpengine.backends.windows.unseen import Unseen
from dumpengine.callbacks import (
    DumpCallback,
    IncludeModule,
    IncludeThread,
    ModuleWriteFlags,
    Phase,
    Progress,
    ThreadWriteFlags,
    raise_if_cancelled,
)
from dumpengine.errors import E_HELPER_DIED, DumpError, ErrorKind
from dumpengine.format.header import MINIDUMP_HEADER
from dumpengine.job import Captured, CaptureJob, Sink
from dumpengine.options import DUMP_TYPE, CaptureOptions, Mode
from dumpengine.snapshot import SoftError

MODULE = "dumpengine.backends.windows.own"
NOTICE = (
    "A process that dumps itself cannot answer questions: "
    "the callback was asked about threads and modules only."
)
_BLOCK = 1 << 20
_NUMBER = codec.integer(0, 1 << 62)
_SKIPPED = codec.record(
    SoftError,
    {
        "what": codec.text(),
        "where": codec.text(),
        "address": codec.optional(codec.integer(0, (1 << 64) - 1)),
        "skipped": _NUMBER,
    },
)
_CAPTURED = codec.record(
    Captured,
    {
        **dict.fromkeys(
            "size memory_bytes threads modules ranges restarted_calls".split(), _NUMBER
        ),
        "dump_type": DUMP_TYPE,
        "mode": codec.member(Mode),
        "pause_ms": codec.optional(codec.number()),
        "skipped": codec.many(_SKIPPED, tuple),
        "warnings": codec.many(codec.text(), tuple),
    },
)


def capture_own(job: CaptureJob) -> Captured:
    """Dump this very process; raises DumpError."""
    raise_if_cancelled(job.callback)
    job.callback.progress(Progress(Phase.COLLECTING))
    with tempfile.TemporaryDirectory(prefix="dumpdesk-") as folder:
        dump, result = Path(folder, "dump"), Path(folder, "result")
        order = {
            "pid": job.pid,
            "started": job.started,
            "options": _options(job).to_json(),
            "threads": _chosen_threads(job),
            "modules": _chosen_modules(job),
            "dump": str(dump),
            "result": str(result),
        }
        nothing = subprocess.DEVNULL
        dumper = Unseen(_command(), stdin=subprocess.PIPE, stdout=nothing, stderr=nothing)
        dumper.communicate(json.dumps(order).encode())
        captured = _read_result(result, job.pid)
        raise_if_cancelled(job.callback)
        _copy(dump, job.sink)
    return replace(captured, warnings=(*captured.warnings, NOTICE))


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--module", MODULE]
    return [sys.executable, "-m", MODULE]


def _options(job: CaptureJob) -> CaptureOptions:
    asked = job.options.exception
    if asked is None:
        return job.options
    # An address in this process is one in the target.
    own = asked.client_pointers or bool(asked.pointers)
    return replace(job.options, exception=replace(asked, client_pointers=own))


def _chosen_threads(job: CaptureJob) -> dict[str, int]:
    """What the callback leaves of each thread, by its id; 0 for one that is left out."""
    ask, all_flags = job.callback.include_thread, ThreadWriteFlags(0x7F)
    return {str(tid): ask(IncludeThread(tid, all_flags)) or 0 for tid in thread_ids(job.pid)}


def _chosen_modules(job: CaptureJob) -> dict[str, int]:
    """What the callback leaves of each module, by its base."""
    ask, all_flags = job.callback.include_module, ModuleWriteFlags(0x7F)
    modules = loaded_modules(job.pid)
    return {str(m.base): ask(IncludeModule(m.base, all_flags)) or 0 for m in modules}


class _Choice(DumpCallback):
    """Answers on the other side what was asked beforehand; what is new since is included."""

    def __init__(self, threads: Mapping[str, int], modules: Mapping[str, int]) -> None:
        self._threads = threads
        self._modules = modules

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        left = self._threads.get(str(event.thread_id), 0x7F)
        return event.write_flags & left if left else None

    def include_module(self, event: IncludeModule) -> ModuleWriteFlags | None:
        left = self._modules.get(str(event.base), 0x7F)
        return event.write_flags & left if left else None


def _read_result(path: Path, pid: int) -> Captured:
    try:
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise DumpError(E_HELPER_DIED, pid=pid) from None
    if "hresult" in fields:
        kind = ErrorKind[fields["kind"]]
        raise DumpError(fields["hresult"], fields["cause"], fields["remedy"], kind=kind, pid=pid)
    return _CAPTURED.read(fields)


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

    sink = _File(order["dump"])
    options = CaptureOptions.from_json(order["options"])
    choice = _Choice(order["threads"], order["modules"])
    job = CaptureJob(order["pid"], order["started"], options, sink, choice)
    try:
        return _CAPTURED.write(capture(job))  # type: ignore[no-any-return]
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
