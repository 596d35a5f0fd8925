"""The one callback a back-end talks to: the caller's, with what every capture adds to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dumpengine.backends.protocol import Frozen
from dumpengine.callbacks import (
    DumpCallback,
    IncludeThread,
    ModuleCallback,
    ModuleWriteFlags,
    Progress,
    ThreadWriteFlags,
)
from dumpengine.capture.exclusions import Exclusions
from dumpengine.capture.forwarding import ForwardingCallback
from dumpengine.errors import E_CALLBACK_EXCEPTION, DumpError
from dumpengine.options import CaptureOptions


class CaptureCallback(ForwardingCallback):
    """Asks the caller's callback.

    It leaves out what the options leave out, by the include callbacks, as the API means it; adds to
    every progress report how long the target has stood still, once it is ``frozen``; and turns an
    exception of the caller's into the capture's own failure, its text included.
    """

    def __init__(self, inner: DumpCallback, options: CaptureOptions) -> None:
        super().__init__(inner)
        self.exclusions = Exclusions(options)
        self.frozen: Frozen | None = None

    def _ask(self, name: str, *arguments: Any) -> Any:
        try:
            return super()._ask(name, *arguments)
        except DumpError:
            raise
        except Exception as error:
            raise DumpError(
                E_CALLBACK_EXCEPTION,
                f"The callback {name} raised {type(error).__name__}: {error}.",
            ) from error

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        if self.exclusions.thread(event.thread_id):
            return None
        return super().include_thread(event)

    def module(self, event: ModuleCallback) -> ModuleWriteFlags | None:
        if self.exclusions.module(event.path):
            return None
        return super().module(event)

    def progress(self, progress: Progress) -> None:
        if self.frozen is not None:
            progress = replace(
                progress,
                pause_ms=self.frozen.pause_ms,
                running=self.frozen.running,
                ended=self.frozen.ended or "",
            )
        super().progress(progress)
