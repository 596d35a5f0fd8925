"""Estimates of processes that are none, or have no memory."""

from __future__ import annotations

import pytest

from dumpengine.capture.sizing import estimate
from dumpengine.errors import DumpError, ErrorKind
from dumpengine.processes.listing import ProcessKey
from tests.support.children import needs_kernel_threads


def refusal(pid: int) -> DumpError:
    with pytest.raises(DumpError) as raised:
        estimate(ProcessKey(pid, 0.0), 2)
    return raised.value


@needs_kernel_threads
def test_a_kernel_thread_says_that_it_is_one():
    assert "kernel thread" in refusal(2).cause


def test_a_process_that_has_ended():
    assert refusal(1 << 22).kind is ErrorKind.NO_PROCESS
