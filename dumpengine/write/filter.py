"""Memory as callbacks want it shown."""

from __future__ import annotations

from collections.abc import Iterable

from dumpengine.callbacks import DumpCallback, VmRead
from dumpengine.snapshot import Memory, Range


class CallbackMemory:
    """Lets VmPreRead supply and VmPostRead change what is read."""

    def __init__(self, memory: Memory, callback: DumpCallback) -> None:
        self._memory = memory
        self._callback = callback

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        return self._memory.populated(start, end)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        count = self._callback.vm_pre_read(VmRead(address, buffer))
        if count is None:
            count = self._memory.read_into(address, buffer)
        if count:
            self._callback.vm_post_read(VmRead(address, buffer[:count]))
        return count
