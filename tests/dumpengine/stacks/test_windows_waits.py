"""Who holds a critical section, and what the other calls of Windows wait for."""

from __future__ import annotations

import struct

import pytest

from dumpengine.format.system_info import PlatformId
from dumpengine.snapshot import Architecture, Range, Snapshot, SystemInfo
from dumpengine.stacks.model import Frame, ThreadStack, Trust
from dumpengine.stacks.waits import with_waits
from dumpengine.stacks.windows_waits import WindowsWait, windows_wait
from tests.support.fake_memory import FakeMemory
from tests.support.fake_snapshot import registers, snapshot, thread

SECTION, DEBUG, STACK = 0x1_4000_C060, 0x50_0000, 0x7000_0000
ENTERS = ["NtWaitForAlertByThreadId", "RtlWaitOnAddress", "RtlEnterCriticalSection", "work"]
NO_DEBUG = (1 << 64) - 1


def section(debug: int = NO_DEBUG, count: int = -6, recursion: int = 1, owner: int = 101) -> bytes:
    return struct.pack("<QiiQQQ", debug, count, recursion, owner, 0, 0)


def process(
    data: bytes, *, words: tuple[int, ...] = (SECTION,), rbx: int = 0, back: int = SECTION
) -> Snapshot:
    stack = struct.pack(f"<{len(words)}Q", *words)
    memory = FakeMemory({SECTION: data, DEBUG: struct.pack("<QQ", 0, back), STACK: stack})
    waiting = thread(
        100, registers=registers(sp=STACK, rbx=rbx), stack=Range(STACK, STACK + len(stack))
    )
    return snapshot(
        threads=(waiting, thread(101, name="holder")),
        memory=memory,
        system=SystemInfo(architecture=Architecture.AMD64, platform_id=PlatformId.WIN32_NT),
    )


def found(made: Snapshot, functions: list[str] = ENTERS) -> WindowsWait | None:
    return windows_wait(made, made.threads[0], functions)


HELD = WindowsWait("critical_section", "critical section 0x14000c060", 101)
UNKNOWN = WindowsWait("critical_section", "critical section")


@pytest.mark.parametrize("debug", [NO_DEBUG, 0, DEBUG])
@pytest.mark.parametrize("count", [-2, -6, 3])
def test_a_section_on_the_stack_names_its_holder(debug, count):
    assert found(process(section(debug, count))) == HELD


def test_so_does_one_in_a_register():
    assert found(process(section(), words=(), rbx=SECTION)) == HELD


@pytest.mark.parametrize(
    "data",
    [
        section(owner=100),  # its own
        section(owner=999),
        section(count=-1),
        section(recursion=0),
        section(recursion=-5),
        section()[:20],
    ],
)
def test_what_nobody_else_holds_is_no_section(data):
    assert found(process(data)) == UNKNOWN


def test_debug_information_of_another_section_refutes_it():
    assert found(process(section(DEBUG), back=SECTION + 40)) == UNKNOWN


def test_of_two_sections_neither_is_told():
    two = section() + section()
    assert found(process(two, words=(SECTION, SECTION + 40))) == UNKNOWN


def test_a_small_dump_has_no_memory_of_it():
    assert found(process(b"")) == UNKNOWN


@pytest.mark.parametrize(
    ("functions", "kind"),
    [
        (["NtDelayExecution", "Sleep"], "sleep"),
        (["NtWaitForMultipleObjects", "WaitForSingleObject"], "object"),
        (["NtWaitForAlertByThreadId", "RtlWaitOnAddress", "RtlAcquireSRWLockShared"], "srw_lock"),
        (["NtUserGetMessage", "GetMessageW"], "message"),
        (["NtWaitForAlertByThreadId", "RtlWaitOnAddress"], "lock"),
    ],
)
def test_the_functions_tell_what_is_waited_for(functions, kind):
    wait = found(process(section()), functions)
    assert wait is not None
    assert (wait.kind, wait.owner) == (kind, 0)


def test_one_object_is_one_object():
    wait = found(process(b""), ["NtWaitForMultipleObjects", "", "WaitForSingleObject"])
    assert wait == WindowsWait("object", "an object")


def test_a_thread_that_runs_waits_for_nothing():
    assert found(process(section()), ["work", "main"]) is None
    assert found(process(section()), []) is None


def test_it_is_among_the_waits():
    frames = tuple(Frame(address=1, trust=Trust.UNWIND_INFO, function=f) for f in ENTERS)
    (stack,), (wait,) = with_waits(process(section()), [ThreadStack(id=100, frames=frames)])
    assert stack.waits_for == "critical section 0x14000c060 held by holder"
    assert wait.owner is not None
    assert wait.owner.thread == 101
