"""What of a process is secret: environment and command line, where they lie and what they say.

Both systems keep them in one place of the process's memory; programs and libraries copy them. The
folders its files lie in are secret too: they tell user names and what somebody works on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.privacy.environ import current_environment
from dumpengine.privacy.peb import find_parameters
from dumpengine.snapshot import LoaderDebug, Range, Snapshot, read_memory, region_at

# proc(5), /proc/PID/stat: arg_start, arg_end, env_start and env_end, counted behind the name.
_ARGUMENTS_AT = 48 - 3
_MOST_TEXT = 16 << 20  # bytes; Linux allows a quarter of the stack's limit


@dataclass(frozen=True, slots=True)
class Secrets:
    """``places`` are the addresses of the original, ``values`` what may be nowhere, in UTF-8.

    ``spared`` are names a dump has to show all the same. Without ``known`` neither environment
    nor command line was to be had, so copies of them cannot be found.
    """

    places: tuple[Range, ...]
    values: frozenset[bytes]
    spared: frozenset[bytes]
    known: bool


def find_secrets(snapshot: Snapshot) -> Secrets:
    """Find them in a live process or a dump of one."""
    windows = snapshot.system.platform_id == PlatformId.WIN32_NT
    places, values = _of_windows(snapshot) if windows else _of_linux(snapshot)
    return Secrets(
        places=places,
        values=frozenset(values) | frozenset(_folders(snapshot)),
        spared=frozenset(_bytes(name) for name in _names(snapshot)),
        known=bool(values),
    )


def _of_linux(snapshot: Snapshot) -> tuple[tuple[Range, ...], set[bytes]]:
    arguments, environment = _areas(snapshot.streams.get(StreamType.LinuxProcStat, b""))
    words = _text(snapshot, StreamType.LinuxCmdLine, arguments).rstrip(b"\0").split(b"\0")
    variables = _text(snapshot, StreamType.LinuxEnviron, environment).split(b"\0")
    variables += current_environment(snapshot)
    values = {word.partition(b"=")[2] or word for word in variables}
    values.update(words, [b" ".join(words)])
    places = [area for area in (arguments, environment) if area.size]
    return tuple(_to_the_top(snapshot, area) for area in places), values - {b""}


def _areas(stat: bytes) -> tuple[Range, Range]:
    """The kernel tells where it put arguments and environment; nowhere when it does not."""
    words = stat.rpartition(b")")[2].split()[_ARGUMENTS_AT : _ARGUMENTS_AT + 4]
    if len(words) != 4 or not all(word.isdigit() and len(word) < 20 for word in words):
        return Range(0, 0), Range(0, 0)
    numbers = [int(word) for word in words]
    return _sane(*numbers[:2]), _sane(*numbers[2:])


def _sane(start: int, end: int) -> Range:
    return Range(start, end) if 0 < start < end else Range(0, 0)


def _to_the_top(snapshot: Snapshot, area: Range) -> Range:
    """Behind the environment the main stack holds the program's path (AT_EXECFN)."""
    region = region_at(snapshot.regions, area.start)
    if region is None or region.name != "[stack]":
        return area
    return Range(area.start, max(region.end, area.end))


def _text(snapshot: Snapshot, stream: StreamType, area: Range) -> bytes:
    found = snapshot.streams.get(stream, b"")
    return found or read_memory(snapshot.memory, area.start, min(area.size, _MOST_TEXT))


def _of_windows(snapshot: Snapshot) -> tuple[tuple[Range, ...], set[bytes]]:
    places = find_parameters(snapshot)
    texts = [read_memory(snapshot.memory, place.start, place.size) for place in places]
    strings = [
        string for text in texts for string in text.decode("utf-16-le", "replace").split("\0")
    ]
    values = {string.partition("=")[2] if "=" in string[1:] else string for string in strings}
    words = {word.strip('"') for string in strings for word in string.split()}
    return places, {_bytes(value) for value in values | words if value}


def _folders(snapshot: Snapshot) -> Iterator[bytes]:
    paths = {module.path for module in snapshot.modules}
    paths.update(region.name for region in snapshot.regions)
    paths.add(snapshot.process.path)
    if isinstance(snapshot.loader, LoaderDebug):
        paths.update(entry.name for entry in snapshot.loader.entries)
    for path in paths:
        yield _bytes(path[: len(path) - len(base_name(path))])


def _names(snapshot: Snapshot) -> Iterator[str]:
    yield snapshot.process.name
    for path in (
        *(module.path for module in snapshot.modules),
        *(module.path for module in snapshot.unloaded_modules),
    ):
        yield base_name(path)


def base_name(path: str) -> str:
    """Return a path without its folders, with either kind of slash."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
