"""A callback that passes every question on to another one; subclass it to add to some."""

from __future__ import annotations

from dumpengine.callbacks import (
    DumpCallback,
    IncludeModule,
    IncludeThread,
    IncludeVmRegion,
    IoWriteAll,
    ModuleCallback,
    ModuleWriteFlags,
    Progress,
    ReadMemoryFailure,
    SecondaryFlags,
    ThreadCallback,
    ThreadWriteFlags,
    VmRead,
)
from dumpengine.snapshot import Range, Region


class ForwardingCallback(DumpCallback):
    """Asks ``inner`` whatever it is asked."""

    def __init__(self, inner: DumpCallback) -> None:
        self.inner = inner

    def is_process_snapshot(self) -> bool:
        return self.inner.is_process_snapshot()

    def vm_start(self) -> bool:
        return self.inner.vm_start()

    def vm_query(self, address: int) -> Region | None:
        return self.inner.vm_query(address)

    def vm_pre_read(self, event: VmRead) -> int | None:
        return self.inner.vm_pre_read(event)

    def vm_post_read(self, event: VmRead) -> None:
        self.inner.vm_post_read(event)

    def io_start(self) -> bool:
        return self.inner.io_start()

    def io_write_all(self, event: IoWriteAll) -> None:
        self.inner.io_write_all(event)

    def io_finish(self) -> None:
        self.inner.io_finish()

    def secondary_flags(self, flags: SecondaryFlags) -> SecondaryFlags:
        return self.inner.secondary_flags(flags)

    def write_kernel_minidump(self) -> None:
        self.inner.write_kernel_minidump()

    def kernel_minidump_status(self, hresult: int) -> None:
        self.inner.kernel_minidump_status(hresult)

    def cancel(self) -> bool:
        return self.inner.cancel()

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        return self.inner.include_thread(event)

    def include_module(self, event: IncludeModule) -> ModuleWriteFlags | None:
        return self.inner.include_module(event)

    def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
        return self.inner.thread(event)

    def module(self, event: ModuleCallback) -> ModuleWriteFlags | None:
        return self.inner.module(event)

    def memory(self) -> Range | None:
        return self.inner.memory()

    def remove_memory(self) -> Range | None:
        return self.inner.remove_memory()

    def include_vm_region(self, event: IncludeVmRegion) -> Range | None:
        return self.inner.include_vm_region(event)

    def read_memory_failure(self, event: ReadMemoryFailure) -> bool | None:
        return self.inner.read_memory_failure(event)

    def progress(self, progress: Progress) -> None:
        self.inner.progress(progress)
