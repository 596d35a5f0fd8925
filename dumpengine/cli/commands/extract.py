"""``extract``: the bytes of one stream."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from dumpengine.cli.command import Argument, Command, Completes, Example
from dumpengine.cli.output import is_terminal
from dumpengine.cli.shared import FILE
from dumpengine.errors import E_FILE_NOT_FOUND, E_INVALIDARG, DumpError, ErrorKind
from dumpengine.format.stream_types import StreamType, stream_name


def _extract(arguments: Namespace) -> int:
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


COMMAND = Command(
    name="extract",
    run=_extract,
    summary="write out the bytes of one stream",
    arguments=(
        FILE,
        Argument(names=("stream",), metavar="STREAM", help="its number or name"),
        Argument(
            names=("-o", "--output"),
            type=Path,
            metavar="PATH",
            help="where to (default: stdout)",
            completes=Completes.PATH,
        ),
    ),
    examples=(Example(line="extract a.dmp LinuxMaps", why="one stream's bytes"),),
)
