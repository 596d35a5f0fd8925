"""One call of MiniDumpWriteDump, and the calls again that a refusal is worth.

A DLL refuses a MINIDUMP_TYPE bit that is newer than itself with E_INVALIDARG before it does
anything else: such bits are dropped one by one, newest first. ERROR_PARTIAL_COPY means that
memory changed underneath, and the next attempt usually succeeds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import byref
from dataclasses import dataclass
from typing import Any

from dumpengine.backends.windows import api
from dumpengine.backends.windows.callback import Bridge
from dumpengine.backends.windows.dll import Library
from dumpengine.backends.windows.errors import failure
from dumpengine.backends.windows.exception import ExceptionParam
from dumpengine.backends.windows.process import Target
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.user_streams import UserStreams
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import (
    E_FAIL,
    E_INVALIDARG,
    E_NOACCESS,
    E_NOTIMPL,
    E_PARTIAL_COPY,
    DumpError,
    no_such_process,
)

PARTIAL_COPY_ATTEMPTS = 4

# Bits by the DbgHelp version that brought them, newest first; older ones every DLL knows.
NEWER_FLAGS = (
    MinidumpType.FilterWriteCombinedMemory,
    MinidumpType.ScanInaccessiblePartialPages,
    MinidumpType.WithIptTrace,
    MinidumpType.WithAvxXStateContext,
    MinidumpType.FilterTriage,
    MinidumpType.WithModuleHeaders,
    MinidumpType.WithTokenInformation,
    MinidumpType.IgnoreInaccessibleMemory,
    MinidumpType.WithPrivateWriteCopyMemory,
    MinidumpType.WithFullAuxiliaryState,
    MinidumpType.WithoutAuxiliaryState,
    MinidumpType.WithCodeSegs,
    MinidumpType.WithThreadInfo,
    MinidumpType.WithFullMemoryInfo,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the DLL. ``handle`` is the process's, or with ``snapshot`` a snapshot's.

    The process is stopped in ``still`` before every call; for a snapshot it was.
    """

    library: Library
    target: Target
    handle: int
    still: Standstill
    snapshot: bool = False
    exception: ExceptionParam | None = None
    user_streams: UserStreams | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The dump that was written: its bridge, the flags it was written with, what to tell."""

    bridge: Bridge
    dump_type: MinidumpType
    notices: tuple[str, ...]


def write(request: Request, dump_type: MinidumpType, new_bridge: Callable[[], Bridge]) -> Answer:
    """Call until the dump is written or a failure is final; raises DumpError."""
    notices: list[str] = []
    attempts = 1
    first: DumpError | None = None
    while True:
        bridge = new_bridge()
        error = attempt(request, dump_type, bridge)
        if error is None:
            return Answer(bridge, dump_type, tuple(notices))
        first = first or error
        if refused_at_once(error, bridge):
            unknown = newest_flag(dump_type)
            if unknown is None:
                raise first
            dump_type &= ~unknown
            notices.append(f"{request.library} does not know {unknown.name}; it was left out.")
        elif error.hresult == E_PARTIAL_COPY and attempts < PARTIAL_COPY_ATTEMPTS:
            attempts += 1
            notices.append(f"Memory changed while it was read; attempt {attempts}.")
        else:
            raise error


def wrote_nothing(library: Library) -> DumpError:
    """The failure of a DLL that says it is done and asked nobody to write."""
    return DumpError(
        E_NOTIMPL,
        f"{library} wrote nothing: it does not know the callbacks of MiniDumpWriteDump.",
        "Use the dbgcore.dll or dbghelp.dll of Windows 10 or the Debugging Tools for Windows.",
    )


def refused_at_once(error: DumpError, bridge: Bridge) -> bool:
    """Return whether the DLL failed on its parameters, before it looked at the process.

    E_FAIL counts as well: the emulation of Windows under test loses the HRESULT.
    """
    return error.hresult in (E_INVALIDARG, E_FAIL) and not bridge.tally.looked


def newest_flag(dump_type: MinidumpType) -> MinidumpType | None:
    """Return the newest of the flags that an old DLL may not know."""
    return next((flag for flag in NEWER_FLAGS if dump_type & flag), None)


def attempt(request: Request, dump_type: MinidumpType, bridge: Bridge) -> DumpError | None:
    """Make one call; None when the dump is written. What a callback raised is raised."""
    callback = bridge.information()
    if not request.snapshot:
        request.still.stop()
    if request.exception:
        request.exception.take(request.still)
    api.set_last_error(0)
    try:
        done = request.library.write_dump(
            request.handle,
            request.target.pid,
            None,
            int(dump_type),
            _reference(request.exception and request.exception.information),
            _reference(request.user_streams and request.user_streams.information),
            byref(callback),
        )
    except OSError as error:  # ctypes turns an access violation into one
        return DumpError(E_NOACCESS, f"{request.library} failed: {error}.", pid=request.target.pid)
    code = api.last_error()
    if (raised := bridge.raised()) is not None and not (done and bridge.failure is None):
        raise raised
    if done:
        return None if bridge.output.size else wrote_nothing(request.library)
    if not request.target.running:
        raise no_such_process(request.target.pid, "The process ended while it was dumped.")
    return failure(code, request.target.pid)


def _reference(structure: Any) -> Any:
    return None if structure is None else ctypes.cast(ctypes.pointer(structure), ctypes.c_void_p)
