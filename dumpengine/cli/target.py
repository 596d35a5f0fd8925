"""TARGET: which process is meant."""

from __future__ import annotations

from collections.abc import Sequence

from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.processes.listing import ProcessKey, find_process


def the_one_target(words: Sequence[str]) -> ProcessKey:
    """Return the process meant; raises DumpError when it is not exactly one."""
    if len(words) == 1:
        return find_process(words[0])
    if len(set(words)) < len(words):
        twice = next(word for word in words if words.count(word) > 1)
        cause = f"The process {twice} was given twice."
    else:
        cause = f"{len(words)} processes were given ({', '.join(words)})."
    raise DumpError(E_INVALIDARG, cause, "One command takes one process: name it once.")
