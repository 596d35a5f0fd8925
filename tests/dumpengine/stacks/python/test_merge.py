"""Where the interpreter's frames go in the machine's stack."""

from __future__ import annotations

from dumpengine.snapshot import ScriptFrame
from dumpengine.stacks.model import Frame, Trust
from dumpengine.stacks.python.merge import merged

LOOP = "_PyEval_EvalFrameDefault"


def native(*functions: str) -> list[Frame]:
    return [Frame(address=n, trust=Trust.CFI, module="m", function=f)
            for n, f in enumerate(functions)]  # fmt: skip


def script(*functions: str) -> list[ScriptFrame]:
    """Frames; a name with a star was called by C."""
    return [ScriptFrame(f.rstrip("*"), "x.py", 7, f.endswith("*")) for f in functions]


def functions(frames: tuple[Frame, ...]) -> list[str]:
    return [frame.function for frame in frames]


def test_each_run_of_the_loop_becomes_what_it_ran():
    stack = merged(native("read", LOOP, "sort", LOOP + ".cold", "main"), script("a", "b*", "c*"))
    assert functions(stack) == ["read", "a", "b", "sort", "c", "main"]
    first = stack[1]
    assert (first.address, first.module, first.trust, first.language, first.line) == (
        1,
        "m",
        Trust.INTERPRETER,
        "python",
        7,
    )


def test_what_the_machines_stack_does_not_reach_follows_at_the_end():
    assert functions(merged(native("read"), script("a*", "b*"))) == ["read", "a", "b"]
    assert functions(merged([], script("a"))) == ["a"]


def test_runs_that_ran_nothing_yet_stay():
    assert functions(merged(native(LOOP, LOOP), script("a*"))) == ["a", LOOP]
    assert functions(merged(native("f", LOOP), [])) == ["f", LOOP]


def test_chained_parts_of_the_loop_are_the_loop():
    assert functions(merged(native("_TAIL_CALL_CALL.llvm.1", "main"), script("a*"))) == [
        "a",
        "main",
    ]
