"""Last errors of three kinds become HRESULTs of one table."""

from __future__ import annotations

import pytest

from dumpengine.backends.windows.errors import failure, hresult_of
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_CANCELLED,
    E_DISK_FULL,
    E_FAIL,
    E_INVALIDARG,
    E_PARTIAL_COPY,
    ErrorKind,
)


@pytest.mark.parametrize(
    ("code", "hresult"),
    [
        (0x800704C7, E_CANCELLED),
        (-0x7FF8FB39, E_CANCELLED),  # as a signed number
        (0x8007012B, E_PARTIAL_COPY),
        (0x80070070, E_DISK_FULL),
        (5, E_ACCESSDENIED),
        (87, E_INVALIDARG),
        (299, E_PARTIAL_COPY),
        (0xC0000022, E_ACCESSDENIED),
        (0xD0000022, E_ACCESSDENIED),
        (0xD000000D, E_INVALIDARG),
        (0x8000000D, E_PARTIAL_COPY),
        (0xD0001234, E_FAIL),
        (0, E_FAIL),
        (1, E_FAIL),
        (0x88760001, 0x88760001),
    ],
)
def test_hresult(code: int, hresult: int) -> None:
    assert hresult_of(code) == hresult


def test_known_codes_have_their_cause_and_remedy() -> None:
    error = failure(5, 42)
    assert (error.kind, error.pid) == (ErrorKind.ACCESS, 42)
    assert error.remedy


def test_unknown_codes_keep_their_number() -> None:
    assert failure(0x80071234, 42).hresult == 0x80071234
