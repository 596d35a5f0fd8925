"""A callback that passes every question on to another one; subclass it to add to some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dumpengine.callbacks import DumpCallback


class ForwardingCallback(DumpCallback):
    """Asks ``inner`` whatever it is asked."""

    def __init__(self, inner: DumpCallback) -> None:
        self.inner = inner

    def _ask(self, name: str, *arguments: Any) -> Any:
        return getattr(self.inner, name)(*arguments)


def _forwarding(name: str) -> Callable[..., Any]:
    def ask(self: ForwardingCallback, *arguments: Any) -> Any:
        return self._ask(name, *arguments)

    return ask


# One for each question there is, so that none can be forgotten here.
for _name in vars(DumpCallback):
    if not _name.startswith("_"):
        setattr(ForwardingCallback, _name, _forwarding(_name))
