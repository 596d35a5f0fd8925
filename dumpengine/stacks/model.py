"""What a walk finds: threads with their frames, groups, waits and findings.

Addresses are integers here and hex in JSON, as in ``show --json``. Names, paths and sentences hold
text of other processes: it is only ever text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any


class Trust(Enum):
    """How a frame was found, the most reliable first."""

    CONTEXT = "context"  # the thread's own registers
    SIGNAL = "signal"  # the registers that a signal or an exception saved
    CFI = "cfi"  # DWARF call frame information
    UNWIND_INFO = "unwind_info"  # Windows' .pdata
    INTERPRETER = "interpreter"  # a frame of an interpreted language, from the interpreter's data
    FRAME_POINTER = "frame_pointer"  # the chain of saved frame pointers
    SCAN = "scan"  # a word on the stack that looks like a return address: a guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame. ``address`` is where it stands: the return address in all but the innermost.

    ``offset`` counts from the base of ``module``, ``function_offset`` from the start of
    ``function``. An ``inlined`` frame has the address of the one that it was inlined into, which
    follows it. ``language`` is empty for machine code of no known origin, else lower case:
    "c++", "rust", "python". ``signal`` is the number of the signal whose handler the kernel called
    here, else 0.
    """

    address: int
    trust: Trust
    module: str = ""
    offset: int | None = None
    function: str = ""
    function_offset: int | None = None
    file: str = ""
    line: int | None = None
    inlined: bool = False
    language: str = ""
    signal: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``stacks --json`` prints for a frame."""
        return {
            "address": f"0x{self.address:x}",
            "module": self.module,
            "offset": _hex(self.offset),
            "function": self.function,
            "function_offset": _hex(self.function_offset),
            "file": self.file,
            "line": self.line,
            "inlined": self.inlined,
            "language": self.language,
            "trust": self.trust.value,
            "signal": self.signal,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadStack:
    """One thread, the innermost frame first.

    ``state`` is what it does in a word ("running", "sleeping", ...), empty when not recorded;
    ``cpu_ms`` the processor time it has used; ``waits_for`` what it waits for, as a phrase.
    """

    id: int
    name: str = ""
    state: str = ""
    cpu_ms: float | None = None
    waits_for: str = ""
    frames: tuple[Frame, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``stacks --json`` prints for a thread."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "cpu_ms": self.cpu_ms,
            "waits_for": self.waits_for,
            "frames": [frame.to_json() for frame in self.frames],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Threads (ids) with the same frames."""

    threads: tuple[int, ...]
    frames: tuple[Frame, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``stacks --json`` prints for a group."""
        return {
            "threads": list(self.threads),
            "frames": [frame.to_json() for frame in self.frames],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who would end a wait: a thread of the same process, or another process."""

    thread: int | None = None
    process: int | None = None
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the owner of a wait as ``stacks --json`` prints it."""
        return {"thread": self.thread, "process": self.process, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A thread (id) that waits.

    ``kind`` is a word ("mutex", "rwlock", "condition", "join", "pipe", "socket", "child", ...),
    ``object`` the one waited for, for people; ``owner`` is None when it is not recorded.
    """

    thread: int
    kind: str
    object: str
    owner: Owner | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``stacks --json`` prints for a wait."""
        return {
            "thread": self.thread,
            "kind": self.kind,
            "object": self.object,
            "owner": self.owner.to_json() if self.owner else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One fact behind a finding, and where it can be looked at."""

    text: str
    thread: int | None = None
    address: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return one entry of a finding's ``proof``."""
        return {"text": self.text, "thread": self.thread, "address": _hex(self.address)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence built from facts, never a guess; ``kind`` is a word such as "deadlock"."""

    kind: str
    sentence: str
    threads: tuple[int, ...] = ()
    proof: tuple[Proof, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``stacks --json`` prints for a finding."""
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "threads": list(self.threads),
            "proof": [fact.to_json() for fact in self.proof],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """The call stacks of a process at one moment, and what they mean.

    ``pause_ms`` is how long a live process stood still for them, None for a file. ``warnings`` are
    sentences on what could not be found out.
    """

    process: str
    pid: int
    pause_ms: float | None = None
    threads: tuple[ThreadStack, ...] = ()
    groups: tuple[Group, ...] = ()
    waits: tuple[Wait, ...] = ()
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()

    def only(self, threads: Collection[int]) -> Stacks:
        """Return what concerns the threads with these ids."""
        wanted = frozenset(threads)
        return replace(
            self,
            threads=tuple(thread for thread in self.threads if thread.id in wanted),
            groups=tuple(
                replace(group, threads=tuple(id for id in group.threads if id in wanted))
                for group in self.groups
                if wanted.intersection(group.threads)
            ),
            waits=tuple(wait for wait in self.waits if wait.thread in wanted),
            findings=tuple(f for f in self.findings if wanted.intersection(f.threads)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``dumpengine stacks --json`` prints."""
        return {
            "process": self.process,
            "pid": self.pid,
            "pause_ms": self.pause_ms,
            "threads": [thread.to_json() for thread in self.threads],
            "groups": [group.to_json() for group in self.groups],
            "waits": [wait.to_json() for wait in self.waits],
            "findings": [finding.to_json() for finding in self.findings],
            "warnings": list(self.warnings),
        }


def _hex(value: int | None) -> str | None:
    return None if value is None else f"0x{value:x}"
