"""Puts the interpreter's frames where the machine's stack runs the interpreter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dumpengine.snapshot import ScriptFrame
from dumpengine.stacks.model import Frame, Trust

# The interpreter's loop; the second is how a compiler that chains calls of its parts names them.
_LOOPS = ("_PyEval_EvalFrameDefault", "_TAIL_CALL_")


def merged(native: Sequence[Frame], scripts: Sequence[ScriptFrame]) -> tuple[Frame, ...]:
    """Return one stack: each run of the interpreter's loop is replaced by what it ran.

    What no run of the loop is found for (the machine's stack may end early) follows at the end.
    """
    runs = _runs(scripts)
    frames: list[Frame] = []
    for frame in native:
        if runs and frame.function.startswith(_LOOPS):
            frames += _shown(runs.pop(0), frame)
        else:
            frames.append(frame)
    outermost = frames[-1] if frames else None
    for run in runs:
        frames += _shown(run, outermost)
    return tuple(frames)


def _runs(scripts: Iterable[ScriptFrame]) -> list[list[ScriptFrame]]:
    """Split the frames, the innermost first, behind each that C called."""
    runs: list[list[ScriptFrame]] = [[]]
    for frame in scripts:
        runs[-1].append(frame)
        if frame.entered:
            runs.append([])
    return [run for run in runs if run]


def _shown(run: Iterable[ScriptFrame], loop: Frame | None) -> list[Frame]:
    """The frames of a script have the address, and the module, of the loop that runs them."""
    return [
        Frame(
            address=loop.address if loop else 0,
            trust=Trust.INTERPRETER,
            module=loop.module if loop else "",
            offset=loop.offset if loop else None,
            function=frame.function,
            file=frame.file,
            line=frame.line,
            language="python",
        )
        for frame in run
    ]
