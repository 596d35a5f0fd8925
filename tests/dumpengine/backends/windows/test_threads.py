"""Two ways to suspend a thread, with the system played; runs everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from dumpengine.backends.windows import api
from dumpengine.backends.windows.threads import HOLD, SuspendedThread

THREAD, STATE = 0x11, 0x22


class System:
    """kernel32 and ntdll over one thread; ``counts`` says whether a state change is counted."""

    def __init__(self, *, states: bool, counts: bool = True, status: int = 0) -> None:
        self.count = 2
        self.counts = counts
        self.status = status
        self.open: set[int] = set()
        self.refused_rights = 0
        self.interrupt = False
        if not states:
            self.NtCreateThreadStateChange = self.NtChangeThreadState = None  # type: ignore[assignment]

    def OpenThread(self, access: int, _inherit: bool, _tid: int) -> int:
        if access & self.refused_rights:
            return 0
        self.open.add(THREAD)
        return THREAD

    def CloseHandle(self, handle: int) -> int:
        self.open.remove(handle)
        return 1

    def SuspendThread(self, _handle: int) -> int:
        self.count += 1
        if self.interrupt:
            raise KeyboardInterrupt
        return self.count - 1

    def ResumeThread(self, _handle: int) -> int:
        self.count -= 1
        return self.count + 1

    def NtQueryInformationThread(self, _h: int, _what: int, into: Any, _n: int, _r: None) -> int:
        into._obj.value = self.count
        return 0

    def NtCreateThreadStateChange(
        self, into: Any, _access: int, _attributes: None, _thread: int, _reserved: int
    ) -> int:
        into._obj.value = STATE
        self.open.add(STATE)
        return 0

    def NtChangeThreadState(self, state: int, thread: int, change: int, *_rest: object) -> int:
        assert (state, thread) == (STATE, THREAD)
        if self.counts and not self.status:
            self.count += -1 if change else 1
        return self.status


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(system: System) -> System:
        monkeypatch.setattr(api, "kernel32", lambda: system)
        monkeypatch.setattr(api, "ntdll", lambda: system)
        return system

    return use


def opened() -> SuspendedThread:
    thread = SuspendedThread.open(1)
    assert thread is not None
    return thread


@pytest.mark.parametrize("states", [False, True])
def test_suspended_and_resumed(states: bool, play: Any) -> None:
    system = play(System(states=states))
    thread = opened()
    assert thread.suspend()
    assert (system.count, thread.before, bool(thread.state)) == (3, 2, states)
    thread.resume()
    assert system.count == 2
    assert not system.open


@pytest.mark.parametrize("faults", [{"counts": False}, {"status": 0xC0000022}])
def test_a_state_that_does_not_suspend_is_not_believed(faults: Any, play: Any) -> None:
    system = play(System(states=True, **faults))
    thread = opened()
    assert thread.suspend()
    assert (system.count, thread.before, thread.state) == (3, 2, 0)
    thread.resume()
    assert system.count == 2
    assert not system.open


def test_the_right_that_only_states_need_is_given_up(play: Any) -> None:
    system = play(System(states=True))
    system.refused_rights = api.THREAD_SET_INFORMATION
    assert not HOLD & api.THREAD_SET_INFORMATION
    assert SuspendedThread.open(1) is not None
    system.refused_rights = api.THREAD_SUSPEND_RESUME
    assert SuspendedThread.open(1) is None


def test_ctrl_c_right_after_the_suspension(play: Any) -> None:
    system = play(System(states=False))
    system.interrupt = True
    thread = opened()
    with pytest.raises(KeyboardInterrupt):
        thread.suspend()
    assert system.count == 3
    thread.resume()
    assert system.count == 2
