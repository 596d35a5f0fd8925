"""The options of a capture as arguments of commands, derived from their declarations."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any, cast

from dumpengine.cli.command import Argument
from dumpengine.cli.shared import TYPE
from dumpengine.errors import DumpError
from dumpengine.options import CaptureOptions, declared


def _argument(option: Field[Any]) -> Argument:
    said = declared(option)
    action = None
    if option.default is False:
        action = "store_true"
    elif isinstance(option.default, (tuple, frozenset)):
        action = "append"
    return Argument(
        names=said.names,
        help=said.help,
        dest=option.name,
        action=action,
        metavar=said.metavar,
        choices=said.choices,
        type=_reader(said.read) if said.read and not said.choices else None,
    )


def _reader(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        except DumpError as error:
            raise argparse.ArgumentTypeError(f"{error.cause} {error.remedy}") from None

    return checked


_ON_COMMAND_LINE = {each.name: each for each in fields(CaptureOptions) if declared(each).names}
CAPTURE = (TYPE, *map(_argument, _ON_COMMAND_LINE.values()))
REDACT = _argument(_ON_COMMAND_LINE["redact"])


def options_of(arguments: Namespace) -> CaptureOptions:
    """Return the options that were given."""
    given = {
        name: _value(option, getattr(arguments, name)) for name, option in _ON_COMMAND_LINE.items()
    }
    return CaptureOptions(dump_type=arguments.type, **given)


def _value(option: Field[Any], given: Any) -> Any:
    said, default = declared(option), cast("Any", option.default)
    if given is None:
        return default
    if said.choices and said.read:
        return said.read(given)
    return type(default)(given)
