"""When to dump: conditions as data, each with its words.

``words`` say in a sentence's middle what is waited for, ``slug`` is what a file name shows of it.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from dumpengine.backends.protocol import Catches
from dumpengine.backends.vitals import Measure
from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.text import printable, size_text

# signal(7): those whose default is to end the process with a core file.
_NAMES = "SEGV BUS ILL FPE ABRT SYS TRAP QUIT XCPU XFSZ".split()
CRASH_SIGNALS = tuple(s for s in signal.Signals if s.name.removeprefix("SIG") in _NAMES)
_SIZE = re.compile(r"(?i)^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def read_size(text: str) -> int:
    """Read ``2G``, ``1.5 GB``, ``300M`` or a number of bytes; a K is 1000, as everywhere here.

    Raises ValueError.
    """
    match = _SIZE.match(text.strip())
    if match is None:
        raise ValueError(text)
    return round(float(match[1]) * _UNITS[match[2].lower()])


def amount(measure: Measure, value: float) -> str:
    """Return a value with its unit; a whole processor is 100 %."""
    match measure:
        case Measure.CPU:
            return f"{value:.0f} %"
        case Measure.MEMORY:
            return size_text(value)
        case Measure.THREADS:
            return f"{value:,.0f} thread{_s(value)}"
        case Measure.HANDLES:
            return f"{value:,.0f} handle{_s(value)}"


def _s(number: float) -> str:
    return "" if number == 1 else "s"


def duration(seconds: float) -> str:
    """Return ``10 s``, ``0.5 s``."""
    return f"{seconds:g} s"


_NOUNS = {
    Measure.CPU: "CPU at ",
    Measure.MEMORY: "memory at ",
    Measure.THREADS: "",
    Measure.HANDLES: "",
}


@dataclass(frozen=True, slots=True)
class Above:
    """A measure is at ``threshold`` or more, in every sample for ``seconds``.

    Percent of one processor (two busy threads are 200), bytes of resident memory, or a number.
    """

    measure: Measure
    threshold: float
    seconds: float = 0.0

    def __post_init__(self) -> None:
        _positive(self.threshold, f"The threshold of {self.slug}")

    @property
    def slug(self) -> str:
        """See the module."""
        return self.measure.value

    @property
    def words(self) -> str:
        """See the module."""
        noun, value = _NOUNS[self.measure], amount(self.measure, self.threshold)
        return f"{noun}{value} or more" + (f" for {duration(self.seconds)}" * bool(self.seconds))


@dataclass(frozen=True, slots=True)
class Grows:
    """Resident memory grew by ``size`` bytes within ``seconds``."""

    size: int
    seconds: float

    def __post_init__(self) -> None:
        _positive(self.size, "The size that memory grows by")
        _positive(self.seconds, "The time within which memory grows")

    slug = "grows"

    @property
    def words(self) -> str:
        """See the module."""
        return f"memory grows by {size_text(self.size)} within {duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class Every:
    """Every ``seconds``."""

    seconds: float

    def __post_init__(self) -> None:
        _positive(self.seconds, "The time between two dumps")

    slug = "every"

    @property
    def words(self) -> str:
        """See the module."""
        return f"every {duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that matches ``pattern`` is written to the file ``path`` from now on."""

    path: str
    pattern: str

    def __post_init__(self) -> None:
        import regex

        try:
            regex.compile(self.pattern.encode("utf-8", "surrogateescape"))
        except regex.error as error:
            raise DumpError(
                E_INVALIDARG,
                f"The expression {printable(self.pattern)} cannot be read: {error}.",
                "Write a regular expression, as Python has them.",
            ) from None

    slug = "line"

    @property
    def words(self) -> str:
        """See the module."""
        return f"a line in {printable(self.path)} matching {printable(self.pattern)}"


@dataclass(frozen=True, slots=True)
class Crashes:
    """The process gets a signal such as SIGSEGV that it does not survive.

    With ``first`` one that it may handle as well, with ``number`` only that signal then.
    """

    first: bool = False
    number: int = 0

    @property
    def slug(self) -> str:
        """See the module."""
        return "signal" if self.first else "crash"

    @property
    def words(self) -> str:
        """See the module."""
        if not self.first:
            return "it crashes"
        which = signal.Signals(self.number).name if self.number else "a signal such as SIGSEGV"
        return f"{which}, handled or not"


@dataclass(frozen=True, slots=True)
class Exits:
    """The process ends, with ``nonzero`` otherwise than with code 0; its memory is still there."""

    nonzero: bool = False

    slug = "exit"

    @property
    def words(self) -> str:
        """See the module."""
        return "it ends" + " otherwise than with code 0" * self.nonzero


@dataclass(frozen=True, slots=True)
class Hangs:
    """The process makes no progress for ``seconds``: see :mod:`dumpengine.watch.hang`."""

    seconds: float

    def __post_init__(self) -> None:
        _positive(self.seconds, "The time of a hang")

    slug = "hang"

    @property
    def words(self) -> str:
        """See the module."""
        return f"it hangs for {duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class StartsChild:
    """The process starts another, which is still there at the next look."""

    slug = "child"

    @property
    def words(self) -> str:
        """See the module."""
        return "it starts a process"


Condition = Above | Grows | Every | Line | Crashes | Exits | Hangs | StartsChild


def read_signal(text: str) -> int:
    """Read ``SIGSEGV``, ``segv`` or a number, of a signal that crashes; raises ValueError."""
    name = text.upper().removeprefix("SIG")
    for number in CRASH_SIGNALS:
        if text == str(int(number)) or number.name == f"SIG{name}":
            return int(number)
    raise ValueError(text)


def _positive(value: float, what: str) -> None:
    if not value > 0:
        raise DumpError(E_INVALIDARG, f"{what} must be above zero.", "Give a larger number.")


def catches_of(conditions: tuple[Condition, ...]) -> Catches | None:
    """Return what a process has to be traced for, None when it need not be."""
    crashes = [each for each in conditions if isinstance(each, Crashes)]
    first = [each for each in crashes if each.first]
    catches = Catches(
        crash=any(not each.first for each in crashes),
        first=bool(first),
        code=first[0].number if first else 0,
        exit=any(isinstance(each, Exits) for each in conditions),
    )
    return None if catches == Catches() else catches


def measures_of(conditions: tuple[Condition, ...]) -> frozenset[Measure]:
    """Return what has to be read of a process to judge these, and no more."""
    found = {each.measure for each in conditions if isinstance(each, Above)}
    if any(isinstance(each, Grows) for each in conditions):
        found.add(Measure.MEMORY)
    return frozenset(found)
