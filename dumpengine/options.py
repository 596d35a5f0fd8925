"""How to capture: CaptureOptions, declared once and carried whole.

Command line, window, JSON, the helper and the elevated helper derive from the declarations below; a
back-end reads what concerns it. A new option is a field here, and the place that acts on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import Any, Self, cast

from dumpengine import codec
from dumpengine.codec import Codec, MalformedError
from dumpengine.dump_types import MinidumpType, validate
from dumpengine.errors import E_FILE_NOT_FOUND, E_INVALIDARG, DumpError

MAX_COMMENT = 1 << 20  # characters


class Mode(Enum):
    """How the target is held while its memory is copied.

    SNAPSHOT copies from a frozen clone while the target runs on; STOP keeps it still; AUTO takes
    the snapshot when that is possible and worth it.
    """

    AUTO = "auto"
    SNAPSHOT = "snapshot"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class UserStream:
    """MINIDUMP_USER_STREAM: a stream of the caller's own. Types above 0xFFFF are free to use.

    Comments are the types 10 (ASCII) and 11 (UTF-16LE). ``file`` is where the bytes came from,
    for who wants to say so.
    """

    type: int
    data: bytes
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ExceptionInformation:
    """MINIDUMP_EXCEPTION_INFORMATION: the exception stream to write.

    ``context`` is a raw CONTEXT of the target's architecture; empty takes the thread's own
    registers. ``client_pointers`` and ``pointers`` are for Windows: the address of an
    EXCEPTION_POINTERS in the target (``client_pointers``) or in this process.
    """

    thread_id: int
    code: int = 0xFFFFFFFF  # Breakpad's "dump requested"
    flags: int = 0
    address: int | None = None  # None: the thread's instruction pointer
    parameters: tuple[int, ...] = ()
    context: bytes = b""
    client_pointers: bool = False
    pointers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is said of an option, once, for all who ask, show or carry it.

    On the command line it is called ``names``, if at all; ``read`` makes a value of a word there
    and ``write`` words of a value. ``title`` and ``sentence`` are the window's, which makes a box
    to tick out of a flag that has them. ``one_process`` options make no sense for several. A user
    may ask an elevated helper for it unless it is ``trusted_only``.
    """

    codec: Codec[Any]
    names: tuple[str, ...] = ()
    help: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    read: Callable[[str], Any] | None = None
    write: Callable[[Any], str] = str
    title: str = ""
    sentence: str = ""
    one_process: bool = False
    trusted_only: bool = False


def _option(default: Any, **said: Any) -> Any:
    return field(default=default, metadata={Declared: Declared(**said)})


def declared(option: Field[Any]) -> Declared:
    """Return what is said of a field of CaptureOptions."""
    return cast("Declared", option.metadata[Declared])


def _dump_type() -> Codec[MinidumpType]:
    number = codec.integer(0, 0xFFFFFFFF)

    def read(value: Any) -> MinidumpType:
        try:
            return validate(number.read(value))
        except DumpError as error:
            raise MalformedError(str(error)) from None

    return Codec(int, read)


def read_user_stream(text: str) -> UserStream:
    """Read ``N=FILE``, and the file; raises DumpError."""
    number, equals, file = text.partition("=")
    try:
        kind = int(number, 0)
    except ValueError:
        equals = ""
    if not equals or not file:
        raise DumpError(
            E_INVALIDARG,
            f"--user-stream {text} is not of the form N=FILE.",
            "Give a number above 0xFFFF and a file, such as 0x10001=notes.txt.",
        )
    try:
        return UserStream(kind, Path(file).read_bytes(), file)
    except OSError as error:
        cause = f"The file {file} of --user-stream cannot be read: {error.strerror}."
        raise DumpError(E_FILE_NOT_FOUND, cause, "Check the path.") from None


DUMP_TYPE = _dump_type()
_UNSIGNED = codec.integer(0, 0xFFFFFFFF)
_ADDRESS = codec.integer(0, (1 << 64) - 1)
_STREAM = codec.record(UserStream, {"type": _UNSIGNED, "data": codec.binary()})
_EXCEPTION = codec.record(
    ExceptionInformation,
    {
        "thread_id": _UNSIGNED,
        "code": _UNSIGNED,
        "flags": _UNSIGNED,
        "address": codec.optional(_ADDRESS),
        "parameters": codec.many(_ADDRESS, tuple),
        "context": codec.binary(),
        "client_pointers": codec.flag(),
        "pointers": _ADDRESS,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions:
    """What is to be captured of a process, and how.

    ``exclude_modules`` are file names without folders. With ``hold`` the process stands still,
    snapshot or not, until the callback has heard of Phase.COLLECTING: several processes can be
    dumped as of one moment (on Linux).
    """

    dump_type: MinidumpType = field(metadata={Declared: Declared(codec=DUMP_TYPE)})
    mode: Mode = _option(
        Mode.AUTO,
        codec=codec.member(Mode),
        names=("--mode",),
        help="copy from a frozen clone while the process runs on, or hold it still (default: auto)",
        choices=tuple(mode.value for mode in Mode),
        read=Mode,
        write=lambda mode: mode.value,
    )
    comment: str = _option(
        "",
        codec=codec.text(MAX_COMMENT),
        names=("--comment",),
        help="store a comment in the dump",
        metavar="TEXT",
    )
    redact: bool = _option(
        False,
        codec=codec.flag(),
        names=("--redact",),
        help="take environment, command line, folders and stack contents out; says what went",
        title="&Redact",
        sentence="Takes the environment, the command line, folders and the contents of the stacks "
        "out, wherever the program has copied them. Other secrets in its memory stay.",
    )
    user_streams: tuple[UserStream, ...] = _option(
        (),
        codec=codec.many(_STREAM, tuple),
        names=("--user-stream",),
        help="store a file as stream number N (above 0xFFFF); may be given again",
        metavar="N=FILE",
        read=read_user_stream,
        write=lambda stream: f"{stream.type}={stream.file}",
    )
    exclude_threads: frozenset[int] = _option(
        frozenset(),
        codec=codec.many(codec.integer(1, 0xFFFFFFFF), frozenset),
        names=("--exclude-thread",),
        help="leave a thread out; may be given again",
        metavar="TID",
        read=lambda text: int(text, 0),
        one_process=True,
    )
    exclude_modules: frozenset[str] = _option(
        frozenset(),
        codec=codec.many(codec.text(), frozenset),
        names=("--exclude-module",),
        help="leave a library out, by file name; may be given again",
        metavar="NAME",
        one_process=True,
    )
    exception: ExceptionInformation | None = _option(
        None, codec=codec.optional(_EXCEPTION), one_process=True, trusted_only=True
    )
    hold: bool = _option(False, codec=codec.flag())

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON, for :meth:`from_json` on the other side."""
        return cast("dict[str, Any]", _CODEC.write(self))

    @classmethod
    def from_json(cls, value: object) -> CaptureOptions:
        """Check what has arrived; raises :class:`~dumpengine.codec.MalformedError`."""
        return _CODEC.read(value)

    def for_many(self) -> Self:
        """Return what of them makes sense for several processes."""
        one: dict[str, Any] = {
            each.name: each.default for each in fields(self) if declared(each).one_process
        }
        return replace(self, **one)

    def trusted_only(self) -> tuple[str, ...]:
        """Return the names of those set that a user may not ask an elevated helper for."""
        return tuple(each.name for each in self._set() if declared(each).trusted_only)

    def words(self) -> tuple[str, ...]:
        """Return the command line that sets all but the type."""
        return tuple(word for each in self._set() for word in self._words_of(each))

    def _set(self) -> list[Field[Any]]:
        return [each for each in fields(self) if getattr(self, each.name) != each.default]

    def _words_of(self, option: Field[Any]) -> list[str]:
        said, value = declared(option), getattr(self, option.name)
        if not said.names:
            return []
        if value is True:
            return [said.names[0]]
        values = (value,) if isinstance(value, (str, Enum)) else _ordered(value)
        return [word for each in values for word in (said.names[0], said.write(each))]


def _ordered(values: Any) -> Any:
    return sorted(values) if isinstance(values, frozenset) else values


_CODEC = codec.record(
    CaptureOptions, {each.name: declared(each).codec for each in fields(CaptureOptions)}
)
