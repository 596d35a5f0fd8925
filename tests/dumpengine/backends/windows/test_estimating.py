"""The size told before a dump is about the size it has."""

from __future__ import annotations

import pytest

from dumpengine.dump_types import MinidumpType
from tests.support.windows import Dumper, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

_M = MinidumpType


@pytest.mark.parametrize(
    "dump_type",
    [
        _M.WithModuleHeaders,
        _M.WithDataSegs,
        _M.WithCodeSegs,
        _M.WithModuleHeaders | _M.WithDataSegs,
        _M.WithPrivateReadWriteMemory,
        _M.WithProcessThreadData,
        _M.WithFullMemory,
        _M.WithFullMemory | _M.WithModuleHeaders,
    ],
    ids=str,
)
def test_what_is_said_is_about_what_is_written(dump_type: MinidumpType, dumper: Dumper) -> None:
    from dumpengine.backends.windows.estimating import estimate

    with target(threads=3, megabytes=4) as child:
        total, by_flag = estimate(child.pid, dump_type)
        captured, _ = dumper(child, dump_type)
    assert captured.size / 1.5 <= total <= captured.size * 1.5
    assert 0 < by_flag[_M.WithModuleHeaders] < by_flag[_M.WithFullMemory]
