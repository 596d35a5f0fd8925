"""``show``, ``check`` and ``extract``: what a dump file holds."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dumpengine.cli.output import count, human_size, is_terminal, print_json
from dumpengine.errors import E_FILE_NOT_FOUND, E_INVALIDARG, DumpError, ErrorKind
from dumpengine.format.stream_types import StreamType, stream_name

if TYPE_CHECKING:
    from dumpengine.capture.shrink import ShrinkResult

# What `show` prints behind the first page; --all adds the long tables.
_USUAL_DETAILS = ("streams", "threads", "modules")


def show(arguments: Namespace) -> int:
    """Print what is in a dump."""
    from rich.console import Console

    from dumpengine.read.dump import open_dump
    from dumpengine.report import describe
    from dumpengine.report.render import DETAILS, render

    with open_dump(arguments.file) as dump:
        description = describe(dump)
        if arguments.json:
            print_json(description.to_json())
            return 0
        details = _details(arguments, tuple(DETAILS))
        # In a pipe nothing is cut off: whoever reads it has no window to widen.
        width = None if is_terminal(sys.stdout) else _PIPE_WIDTH
        render(description, Console(width=width, highlight=False), details)
    return 0


_PIPE_WIDTH = 200


def _details(arguments: Namespace, everything: tuple[str, ...]) -> tuple[str, ...]:
    """The tables to print: the ones named, all, none, or the usual."""
    if arguments.all:
        return everything
    if arguments.brief or arguments.details:
        return tuple(arguments.details or ())
    return _USUAL_DETAILS


def check(arguments: Namespace) -> int:
    """Say whether a dump is whole and who can open it; return 0 or 1."""
    from dumpengine.read.check import check_dump

    report = check_dump(arguments.file)
    if arguments.json:
        print_json(report.to_json())
    else:
        verdict = "whole" if report.ok else "damaged"
        print(f"{arguments.file} is {verdict}.")
        for finding in report.findings:
            concerns = f" (concerns {', '.join(finding.readers)})" if finding.readers else ""
            print(f"  {finding.severity:<8} {finding.where}: {finding.what}{concerns}")
        print(f"Opens in: {_names(report.readers, opens=True)}")
        if not all(report.readers.values()):
            print(f"Not in:   {_names(report.readers, opens=False)}")
    return 0 if report.ok else ErrorKind.FAILED.exit_code


def _names(readers: Mapping[str, bool], *, opens: bool) -> str:
    return ", ".join(name for name, works in readers.items() if works is opens) or "none"


def shrink(arguments: Namespace) -> int:
    """Write a smaller dump out of a larger one."""
    from dumpengine.capture.shrink import shrink_dump

    result = shrink_dump(
        arguments.file,
        arguments.output,
        arguments.type,
        redacted=arguments.redact,
        overwrite=arguments.overwrite,
    )
    if arguments.json:
        print_json(result.to_json())
    else:
        for line in _shrunk(result):
            print(line)
    return 0


def _shrunk(result: ShrinkResult) -> list[str]:
    return [
        f"Wrote {result.path}",
        f"  size     {human_size(result.size)} of {human_size(result.source_size)} "
        f"(type 0x{result.dump_type:X})",
        f"  holds    {count(result.threads, 'thread')}, {count(result.modules, 'module')}, "
        f"{human_size(result.memory_bytes)} of memory in {count(result.ranges, 'range')}",
        *(f"  left out {name}" for name in result.dropped),
        *(f"  scrubbed {sentence}" for sentence in result.scrubbed),
        *(f"  note     {sentence}" for sentence in result.warnings),
    ]


def extract(arguments: Namespace) -> int:
    """Write one stream's bytes to a file or stdout."""
    from dumpengine.read.dump import open_dump

    with open_dump(arguments.file) as dump:
        number = _stream_number(arguments.stream)
        data = dump.stream(number)
        if data is None:
            there = ", ".join(stream_name(entry.type) for entry in dump.streams)
            raise DumpError(
                E_FILE_NOT_FOUND,
                f"{arguments.file} has no stream {stream_name(number)}.",
                f"There are: {there or 'none'}.",
                kind=ErrorKind.FAILED,
                path=arguments.file,
            )
        if arguments.output is None:
            _write_stdout(data)
        else:
            _write_file(arguments.output, data)
    return 0


def _stream_number(text: str) -> int:
    names = {stream.name.lower(): stream.value for stream in StreamType}
    for name in (text.lower(), f"{text.lower()}stream"):
        if name in names:
            return names[name]
    try:
        return int(text, 0)
    except ValueError:
        raise DumpError(
            E_INVALIDARG,
            f"“{text}” is neither a stream's number nor the name of one.",
            "Run `dumpengine show FILE` for the streams there are.",
        ) from None


def _write_stdout(data: bytes) -> None:
    if is_terminal(sys.stdout) and not _is_text(data):
        raise DumpError(
            E_INVALIDARG,
            "These bytes are no text, and stdout is a terminal.",
            "Name a file with -o, or send the output to another program.",
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\n\t\r\0" for char in text)


def _write_file(path: Path, data: bytes) -> None:
    try:
        # Owner only: a stream can hold secrets as a dump can.
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise DumpError.from_os_error(error, path=path) from None
    try:
        with open(fd, "wb") as file:
            file.write(data)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise DumpError.from_os_error(error, path=path) from None
