"""CaptureOptions: declared once, and every form of them follows."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import fields
from pathlib import Path

import pytest

from dumpengine.cli.capturing import CAPTURE, options_of
from dumpengine.codec import MalformedError
from dumpengine.dump_types import MinidumpType
from dumpengine.options import (
    CaptureOptions,
    ExceptionInformation,
    Mode,
    UserStream,
    declared,
)

NORMAL = CaptureOptions(dump_type=MinidumpType.Normal)


def every_option(stream: Path) -> CaptureOptions:
    """Return options of which none has its default."""
    stream.write_bytes(b"bytes")
    return CaptureOptions(
        dump_type=MinidumpType.WithFullMemory,
        mode=Mode.STOP,
        comment="it's slow",
        redact=True,
        user_streams=(UserStream(0x10001, b"bytes", str(stream)),),
        exclude_threads=frozenset({7, 5}),
        exclude_modules=frozenset({"libc.so.6", "a b"}),
        exception=ExceptionInformation(7, 0xC0000005, 1, 0xDEAD, (2, 3), b"c", True, 9),
        hold=True,
    )


def test_every_option_is_tried_here(tmp_path: Path) -> None:
    options = every_option(tmp_path / "s")
    for each in fields(CaptureOptions):
        assert getattr(options, each.name) != each.default, each.name


def test_json_carries_every_option(tmp_path: Path) -> None:
    options = every_option(tmp_path / "s")
    arrived = json.loads(json.dumps(options.to_json()))
    assert set(arrived) == {each.name for each in fields(CaptureOptions)}
    assert CaptureOptions.from_json(arrived) == options


def test_no_path_is_told_to_the_helper(tmp_path: Path) -> None:
    assert str(tmp_path) not in json.dumps(every_option(tmp_path / "s").to_json())


def test_the_command_line_sets_every_option_it_has(tmp_path: Path) -> None:
    options = every_option(tmp_path / "s")
    parser = ArgumentParser()
    for argument in CAPTURE:
        argument.add_to(parser)
    parsed = options_of(parser.parse_args(["-t", "0x2", *options.words()]))
    for each in fields(CaptureOptions):
        on_it = bool(declared(each).names) or each.name == "dump_type"
        wanted = getattr(options, each.name) if on_it else each.default
        assert getattr(parsed, each.name) == wanted, each.name


def test_defaults_need_no_words() -> None:
    assert NORMAL.words() == ()


def test_a_thread_of_one_process_is_none_of_another(tmp_path: Path) -> None:
    many = every_option(tmp_path / "s").for_many()
    assert (many.exclude_threads, many.exclude_modules, many.exception) == (set(), set(), None)
    assert (many.comment, many.redact) == ("it's slow", True)


def test_addresses_in_a_process_are_for_the_trusted_only(tmp_path: Path) -> None:
    assert NORMAL.trusted_only() == ()
    assert every_option(tmp_path / "s").trusted_only() == ("exception",)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"dump_type": 1 << 31}, "dump_type"),
        ({"mode": "fast"}, "mode: none of auto"),
        ({"redact": 1}, "redact: neither"),
        ({"user_streams": [{"type": 1}]}, "user_streams: without data"),
        ({"user_streams": [{"type": 1, "data": "", "file": "/etc/passwd"}]}, "nobody knows"),
        ({"path": "/etc/passwd"}, "nobody knows 'path'"),
        ({"exclude_threads": [0]}, "exclude_threads: no number"),
    ],
)
def test_what_arrives_is_checked(changes: dict[str, object], about: str) -> None:
    with pytest.raises(MalformedError) as caught:
        CaptureOptions.from_json(NORMAL.to_json() | changes)
    assert about in str(caught.value)
