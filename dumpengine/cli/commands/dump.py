"""``dump``: write a minidump, show how far it is, and say what came of it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dumpengine.callbacks import DumpCallback, Progress
from dumpengine.capture.naming import DEFAULT_TEMPLATE, dump_file_name
from dumpengine.capture.result import CaptureResult
from dumpengine.cli.capturing import CAPTURE, options_of
from dumpengine.cli.command import Argument, Command, Completes, Example
from dumpengine.cli.interrupt import cancel_on_signals
from dumpengine.cli.output import (
    PrintingError,
    count,
    human_ms,
    print_failure,
    print_json,
    print_lines,
)
from dumpengine.cli.shared import JSON, OVERWRITE, TARGET
from dumpengine.cli.target import the_one_target
from dumpengine.dump_types import MinidumpType, contradictions
from dumpengine.errors import E_INVALIDARG, E_PATH_NOT_FOUND, DumpError, unforeseen
from dumpengine.processes.listing import ProcessKey, process_name, why_not
from dumpengine.snapshot import SoftError
from dumpengine.system import ON_WINDOWS
from dumpengine.text import size_text

if TYPE_CHECKING:
    from dumpengine.cli.progress import ProgressView

_SKIPPED_SHOWN = 5


class _TerminalCallback(DumpCallback):
    """Cancels on a signal and passes progress on."""

    def __init__(self, view: ProgressView) -> None:
        self._cancelled = False
        self._view = view

    def request_cancel(self) -> None:
        self._cancelled = True
        self._view.cancelling()

    def cancel(self) -> bool:
        return self._cancelled

    def progress(self, progress: Progress) -> None:
        self._view.show(progress)


def _dump(arguments: Namespace) -> int:
    """Write the dump; return 0, or raise DumpError after ``--json`` printed the failure."""
    _choose_dll(arguments.dll)
    if not arguments.json:
        key = the_one_target(arguments.target)
        result = _capture(arguments, key, process_name(key))
        with _telling_of(result):
            _report(arguments, result)
        return 0
    return _dump_as_json(arguments)


def _choose_dll(path: str | None) -> None:
    if path is None:
        return
    if not ON_WINDOWS:
        raise DumpError(
            E_INVALIDARG, "--dll is for Windows: on Linux no DLL writes the dump.", "Leave it out."
        )
    os.environ["DUMPENGINE_DLL"] = path


def _dump_as_json(arguments: Namespace) -> int:
    """Print one object whatever happens; its ``pid`` is null while no process was found."""
    key, name = None, " ".join(arguments.target)
    try:
        key = the_one_target(arguments.target)
        name = process_name(key)
        result = _capture(arguments, key, name)
    except Exception as caught:  # nothing may keep the object from being printed
        error = unforeseen(caught)
        print_failure(error, as_json=False)
        failed = CaptureResult.from_error(
            error, pid=key.pid if key else 0, name=name, dump_type=int(arguments.type)
        )
        print_json({**failed.to_json(), "pid": key.pid if key else None})
        return error.kind.exit_code
    with _telling_of(result):
        print_json(result.to_json())
    return 0


@contextmanager
def _telling_of(result: CaptureResult) -> Iterator[None]:
    """Of a dump that is written nobody shall think that it is not, when that cannot be printed."""
    try:
        yield
        sys.stdout.flush()
    except PrintingError as error:
        cause = f"The dump is written to {result.path}. {error.cause}"
        raise DumpError(error.hresult, cause, error.remedy, kind=error.kind) from error


def _capture(arguments: Namespace, key: ProcessKey, name: str) -> CaptureResult:
    from dumpengine.capture.write_dump import capture_dump
    from dumpengine.cli.progress import progress_view

    if (obstacle := why_not(key.pid)) and obstacle.certain:
        raise obstacle.to_error(key.pid)
    path, chosen_by_us = _destination(arguments.output, name, key.pid)
    view = progress_view(silent=arguments.quiet or arguments.json)
    terminal = _TerminalCallback(view)
    with closing(view), cancel_on_signals(terminal.request_cancel):
        return capture_dump(
            key,
            path,
            options_of(arguments),
            callback=terminal,
            overwrite=arguments.overwrite,
            numbered=chosen_by_us,
        )


def _destination(output: str | None, name: str, pid: int) -> tuple[Path, bool]:
    """Return where the dump goes, and whether its name is ours: then any other is as good."""
    if output is not None and not os.path.isdir(output):
        return _file(output), False
    folder = Path(output or "")
    return folder / dump_file_name(DEFAULT_TEMPLATE, name, pid, datetime.now()), True


def _file(output: str) -> Path:
    if output.endswith(tuple(filter(None, (os.sep, os.altsep)))):
        folder = Path(os.path.abspath(output))
        raise DumpError(E_PATH_NOT_FOUND, f"There is no folder {folder}.", path=folder)
    return Path(output)


def _report(arguments: Namespace, result: CaptureResult) -> None:
    if arguments.quiet:
        print(result.path)
        return
    print_lines(summary(result, redacted=arguments.redact))


def summary(result: CaptureResult, *, redacted: bool = False) -> list[str]:
    """Return what came of a capture, in lines for people."""
    pause = "" if result.pause_ms is None else f"; it stood still for {human_ms(result.pause_ms)}"
    lines = [
        *filter(None, [result.ended_sentence]),
        f"Dumped {result.name} ({result.pid}) to {result.path}",
        f"  size     {size_text(result.size)} (type 0x{result.dump_type:X})",
        f"  time     {human_ms(result.elapsed_ms)}{pause}"
        + (f" (mode {result.mode})" if result.mode else ""),
        f"  holds    {count(result.threads, 'thread')}, {count(result.modules, 'module')}, "
        f"{size_text(result.memory_bytes)} of memory in {count(result.ranges, 'range')}",
        *_skipped(result),
    ]
    # Redaction sets FilterMemory itself, blanks more than that, and says what.
    asked = result.dump_type & ~MinidumpType.FilterMemory if redacted else result.dump_type
    remarks = [*result.warnings, *(c.sentence for c in contradictions(asked))]
    lines += [f"  note     {remark}" for remark in remarks]
    if not result.dump_type & MinidumpType.FilterTriage:
        lines.append(
            "  secrets  It may hold passwords, keys and personal data; only you can read the file. "
            "Pass it on with care."
        )
    return lines


def _skipped(result: CaptureResult) -> list[str]:
    if not result.skipped:
        return []
    lines = [
        f"  skipped  {size_text(result.skipped_bytes)} in {count(len(result.skipped), 'place')}"
    ]
    lines += [f"           {_place(item)}" for item in result.skipped[:_SKIPPED_SHOWN]]
    if more := len(result.skipped) - _SKIPPED_SHOWN:
        lines += [f"           and {more} more; --json lists them all"] if more > 0 else []
    return lines


def _place(item: SoftError) -> str:
    size = f", {size_text(item.skipped)}" if item.skipped else ""
    address = "" if item.address is None else f" at 0x{item.address:x}"
    return f"{item.where}{address}{size}: {item.what}"


COMMAND = Command(
    name="dump",
    run=_dump,
    summary="write a minidump of a process",
    details="The file appears when it is whole and has been read back.",
    arguments=(
        TARGET,
        Argument(
            names=("-o", "--output"),
            metavar="PATH",
            help="file or folder (default: NAME_PID_DATE_TIME.dmp in this folder)",
            completes=Completes.PATH,
        ),
        *CAPTURE,
        OVERWRITE,
        Argument(
            names=("--dll",),
            metavar="PATH",
            help="on Windows: the DLL that writes the dump",
            completes=Completes.PATH,
        ),
        JSON,
        Argument(names=("-q", "--quiet"), action="store_true", help="print only the path"),
    ),
    examples=(
        Example(line="dump firefox", why="by name, when only one process bears it, or by PID"),
        Example(line="dump 4711 -t full -o /tmp/a.dmp"),
        Example(
            line='dump 4711 -t WithFullMemory,WithHandleData --comment "hangs after login" --json'
        ),
        Example(
            line="dump 4711 --redact",
            why="without environment, command line, folders, stack contents",
        ),
    ),
)
