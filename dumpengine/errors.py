"""What went wrong: DumpError, and one table of HRESULT -> cause -> remedy.

MiniDumpWriteDump reports failure as an HRESULT in the thread's last error
(https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump);
the same numbers are used on Linux, where errno values are translated in one place, here.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dumpengine.text import printable

E_CANCELLED = 0x800704C7
E_ACCESSDENIED = 0x80070005
E_INVALIDARG = 0x80070057
E_OUTOFMEMORY = 0x8007000E
E_INVALID_HANDLE = 0x80070006
E_NOTIMPL = 0x80004001
E_FAIL = 0x80004005
E_DISK_FULL = 0x80070070
E_PARTIAL_COPY = 0x8007012B
E_READ_FAULT = 0x8007001E
E_WRITE_FAULT = 0x8007001D
E_FILE_EXISTS = 0x80070050
E_FILE_NOT_FOUND = 0x80070002
E_PATH_NOT_FOUND = 0x80070003
E_WRITE_PROTECT = 0x80070013
E_NOACCESS = 0x800703E6
E_BAD_FORMAT = 0x8007000B
E_FILE_TOO_LARGE = 0x800700DF
E_NAME_TOO_LONG = 0x800700CE  # ERROR_FILENAME_EXCED_RANGE
E_TIMEOUT = 0x800705B4
E_CALLBACK_EXCEPTION = 0x8007023E  # ERROR_UNHANDLED_EXCEPTION
E_HELPER_DIED = 0x8007042B  # ERROR_PROCESS_ABORTED


class ErrorKind(Enum):
    """What sort of failure it is; each has its exit code and its place in the window."""

    FAILED = 1
    USAGE = 2
    ACCESS = 3
    NO_PROCESS = 4
    DESTINATION = 5
    CANCELLED = 130

    @property
    def exit_code(self) -> int:
        """The exit code of ``dumpengine``."""
        return self.value


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code's meaning for people: what happened, and what one can do about it."""

    kind: ErrorKind
    cause: str
    remedy: str


_OURS = Path(__file__).parents[1]
_LONGEST_TEXT = 300
_RETRY = "Try again; if it stays, report it with the details."

EXPLANATIONS: dict[int, Explanation] = {
    E_CANCELLED: Explanation(
        ErrorKind.CANCELLED, "Cancelled.", "Nothing was kept and the process runs on."
    ),
    E_ACCESSDENIED: Explanation(
        ErrorKind.ACCESS,
        "The system does not allow reading this process.",
        "Dump it as its owner or as administrator.",
    ),
    E_INVALIDARG: Explanation(
        ErrorKind.USAGE, "A parameter is not valid.", "Correct it and try again."
    ),
    E_OUTOFMEMORY: Explanation(
        ErrorKind.FAILED, "There is not enough memory.", "Close other programs and try again."
    ),
    E_INVALID_HANDLE: Explanation(
        ErrorKind.FAILED, "The handle is not valid.", "Choose the process again."
    ),
    E_NOTIMPL: Explanation(
        ErrorKind.FAILED, "This system cannot do that.", "Leave the option out."
    ),
    E_FAIL: Explanation(ErrorKind.FAILED, "The dump failed.", _RETRY),
    E_DISK_FULL: Explanation(
        ErrorKind.DESTINATION,
        "There is not enough space at the destination.",
        "Free some space, choose another folder, or use a smaller preset.",
    ),
    E_PARTIAL_COPY: Explanation(
        ErrorKind.FAILED, "Part of the process's memory could not be read.", _RETRY
    ),
    E_READ_FAULT: Explanation(ErrorKind.FAILED, "Reading failed.", _RETRY),
    E_WRITE_FAULT: Explanation(
        ErrorKind.DESTINATION,
        "Writing to the destination failed.",
        "Check the disk, or choose another folder.",
    ),
    E_FILE_EXISTS: Explanation(
        ErrorKind.DESTINATION,
        "A file of that name is already there.",
        "Choose another name, or allow overwriting.",
    ),
    E_FILE_NOT_FOUND: Explanation(ErrorKind.USAGE, "There is no such file.", "Check the path."),
    E_PATH_NOT_FOUND: Explanation(
        ErrorKind.DESTINATION, "The destination folder does not exist.", "Choose another folder."
    ),
    E_WRITE_PROTECT: Explanation(
        ErrorKind.DESTINATION, "The destination is read-only.", "Choose another folder."
    ),
    E_NOACCESS: Explanation(ErrorKind.FAILED, "An address is not accessible.", _RETRY),
    E_BAD_FORMAT: Explanation(
        ErrorKind.FAILED,
        "The file is not a whole minidump.",
        "Use another copy of it, or make the dump again.",
    ),
    E_FILE_TOO_LARGE: Explanation(
        ErrorKind.DESTINATION,
        "The file would be larger than the destination allows.",
        "Choose another file system, or use a smaller preset.",
    ),
    E_NAME_TOO_LONG: Explanation(
        ErrorKind.DESTINATION, "The file name is too long.", "Give a shorter one."
    ),
    E_TIMEOUT: Explanation(ErrorKind.FAILED, "It took too long.", _RETRY),
    E_CALLBACK_EXCEPTION: Explanation(
        ErrorKind.FAILED,
        "A callback raised an exception.",
        "Correct the callback; nothing was kept and the process runs on.",
    ),
    E_HELPER_DIED: Explanation(
        ErrorKind.FAILED,
        "The capturing process ended unexpectedly.",
        "The target runs on and nothing was kept; try again.",
    ),
}

_ERRNO_HRESULT = {
    errno.EPERM: E_ACCESSDENIED,
    errno.EACCES: E_ACCESSDENIED,
    errno.ENOSPC: E_DISK_FULL,
    errno.EDQUOT: E_DISK_FULL,
    errno.EFBIG: E_FILE_TOO_LARGE,
    errno.ENAMETOOLONG: E_NAME_TOO_LONG,
    errno.EIO: E_READ_FAULT,
    errno.EFAULT: E_PARTIAL_COPY,
    errno.EINVAL: E_INVALIDARG,
    errno.ESRCH: E_INVALIDARG,
    errno.ENOMEM: E_OUTOFMEMORY,
    errno.EEXIST: E_FILE_EXISTS,
    errno.EROFS: E_WRITE_PROTECT,
    errno.ENOENT: E_PATH_NOT_FOUND,
    errno.ENOTDIR: E_PATH_NOT_FOUND,
}


class DumpError(Exception):
    """A dump, or the reading of one, failed.

    ``hresult`` is the number MiniDumpWriteDump would leave in the last error; ``cause`` and
    ``remedy`` are sentences for people; ``pid``, ``address`` and ``path`` say where, when known.
    ``target_ended`` says how the target ended, where that is why and it is known.
    """

    target_ended: str | None = None

    def __init__(  # noqa: PLR0913 - what and where, all optional and by keyword
        self,
        hresult: int,
        cause: str = "",
        remedy: str = "",
        *,
        kind: ErrorKind | None = None,
        pid: int | None = None,
        address: int | None = None,
        path: Path | None = None,
    ) -> None:
        known = EXPLANATIONS.get(hresult, EXPLANATIONS[E_FAIL])
        self.hresult = hresult
        self.kind = kind or known.kind
        self.cause = cause or known.cause
        self.remedy = remedy or known.remedy
        self.pid = pid
        self.address = address
        self.path = path
        super().__init__(f"{self.cause} {self.remedy} (0x{hresult:08X})")

    def __reduce__(self) -> tuple[Callable[..., DumpError], tuple[object, ...]]:
        """Make it travel between processes with everything it says."""
        fields = (self.hresult, self.cause, self.remedy, self.kind)
        where = (self.pid, self.address, self.path)
        return _rebuild, (fields, where, self.target_ended)

    @classmethod
    def from_os_error(
        cls, error: OSError, cause: str = "", *, pid: int | None = None, path: Path | None = None
    ) -> DumpError:
        """Translate an ``OSError``; with ``path`` it is the destination's failure."""
        hresult = _ERRNO_HRESULT.get(error.errno or 0, E_WRITE_FAULT if path else E_FAIL)
        remedy = ""
        kind = ErrorKind.DESTINATION if path else None
        if path and hresult == E_ACCESSDENIED:
            cause = cause or f"Not allowed to write to {path}."
            remedy = "Choose another folder."
        elif path:
            cause = cause or f"{EXPLANATIONS[hresult].cause[:-1]}: {path}."
        detail = cause or (f"{error.strerror}." if hresult == E_FAIL and error.strerror else "")
        return cls(hresult, detail, remedy, kind=kind, pid=pid, path=path)


def _rebuild(
    fields: tuple[int, str, str, ErrorKind],
    where: tuple[int | None, int | None, Path | None],
    target_ended: str | None,
) -> DumpError:
    hresult, cause, remedy, kind = fields
    pid, address, path = where
    error = DumpError(hresult, cause, remedy, kind=kind, pid=pid, address=address, path=path)
    error.target_ended = target_ended
    return error


def no_such_process(pid: int, cause: str = "") -> DumpError:
    """The process does not exist, or is not the one that was chosen."""
    return DumpError(
        E_INVALIDARG,
        cause or f"There is no process {pid}.",
        "It has ended; refresh the list and choose again.",
        kind=ErrorKind.NO_PROCESS,
        pid=pid,
    )


def never_such_process(pid: int) -> DumpError:
    """The number that was asked for is nobody's; whether it ever was is not known."""
    cause = f"There is no process with the number {pid}."
    remedy = "Look at the list of processes and choose again."
    return DumpError(E_INVALIDARG, cause, remedy, kind=ErrorKind.NO_PROCESS, pid=pid)


def no_such_thread(thread_id: int, pid: int) -> DumpError:
    """The exception's thread is not one of the process's."""
    cause = f"The exception names thread {thread_id}, which the process does not have."
    return DumpError(E_INVALIDARG, cause, pid=pid)


def unforeseen(error: BaseException) -> DumpError:
    """Return what nobody foresaw as a failure with a cause: for the edge of a thread or process.

    A DumpError comes back as it is. The cause says where in the program it happened, so that a
    report of it can be followed up.
    """
    if isinstance(error, DumpError):
        return error
    if isinstance(error, MemoryError):
        return DumpError(E_OUTOFMEMORY)
    hresult = _ERRNO_HRESULT.get(error.errno or 0, E_FAIL) if isinstance(error, OSError) else E_FAIL
    text = printable(str(error))[:_LONGEST_TEXT]
    return DumpError(
        hresult,
        f"Something went wrong that was not foreseen: {text or 'no reason was given'} "
        f"({type(error).__name__}{_place(error)}).",
        _RETRY,
        kind=ErrorKind.FAILED,
    )


def _place(error: BaseException) -> str:
    """Return the innermost place of ours that it came through."""
    place, trace = "", error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(_OURS):
            place = f" in {path.relative_to(_OURS).as_posix()}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a process cannot be dumped, known before trying.

    ``label`` says it in a few words for a table (``other user``), ``sentence`` and ``remedy`` say
    it in full. Not ``certain``: the process itself may have allowed what the rule forbids, and
    only trying tells.
    """

    label: str
    sentence: str
    remedy: str
    hresult: int = E_ACCESSDENIED
    kind: ErrorKind = ErrorKind.ACCESS
    certain: bool = True

    def to_error(self, pid: int) -> DumpError:
        """Return the same as the failure of a capture."""
        return DumpError(self.hresult, self.sentence, self.remedy, kind=self.kind, pid=pid)
