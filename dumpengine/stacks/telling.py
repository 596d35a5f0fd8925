"""How threads and places are called in sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dumpengine.stacks.model import Frame, ThreadStack, Trust

# Whose functions wait for others': the place that tells a person something is above them.
_SYSTEM = re.compile(
    r"^(libc|libpthread|libm|libdl|librt|libstdc\+\+|libgcc_s|libc\+\+|ld)[-.\d]*so|"
    r"^(ld-|linux-vdso|linux-gate|\[vdso\])|^(ntdll|kernelbase|kernel32|win32u)\.dll$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"@.*$")


def bare_name(function: str) -> str:
    """Return a C function's name without leading underscores and symbol version."""
    return _VERSION.sub("", function).lstrip("_")


def own_frame(stack: ThreadStack | None) -> Frame | None:
    """Return the innermost frame of the program itself, or of a script; None for none.

    A frame that was only guessed is none: sentences tell facts.
    """
    frames = [frame for frame in (stack.frames if stack else ()) if frame.trust is not Trust.SCAN]
    script = next((frame for frame in frames if frame.trust is Trust.INTERPRETER), None)
    own = (frame for frame in frames if frame.module and not _SYSTEM.match(frame.module))
    return script or next(own, None)


def place(stack: ThreadStack | None) -> str:
    """Return where a thread is, as " in function()" or " in module+0x12"; empty if unknown."""
    frame = own_frame(stack)
    if frame is None:
        return ""
    if not frame.function:
        return f" in {frame.module}+0x{frame.offset or 0:x}"
    where = f" in {frame.function.removesuffix('()')}()"
    if frame.trust is Trust.INTERPRETER and frame.file:
        name = frame.file.rsplit("/", 1)[-1]
        where += f" ({name}:{frame.line})" if frame.line else f" ({name})"
    return where


@dataclass(slots=True)
class Names:
    """What the threads of a process are called: by their names where no two have the same."""

    threads: Sequence[ThreadStack]
    _by_id: dict[int, ThreadStack] = field(init=False)
    _count: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {thread.id: thread for thread in self.threads}
        self._count = Counter(thread.name for thread in self.threads)

    def of(self, thread: int) -> str:
        """Return what a thread is called in a sentence."""
        found = self._by_id.get(thread)
        if found is None or not found.name:
            return f"thread {thread}"
        return found.name if self._count[found.name] == 1 else f"{found.name} ({thread})"

    def stack(self, thread: int) -> ThreadStack | None:
        """Return a thread's stack."""
        return self._by_id.get(thread)

    def place(self, thread: int) -> str:
        """Return where a thread is, as " in function()"."""
        return place(self._by_id.get(thread))
