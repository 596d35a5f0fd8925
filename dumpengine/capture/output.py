"""The file a dump goes to: it has no name until it is whole.

Where the file system can (O_TMPFILE), nothing that dies leaves anything behind. Elsewhere a hidden
partial file is used, which the next one in its folder sweeps away. A dump that was there before is
not touched until the new one is complete. Dumps hold secrets: only their owner may read them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from pathlib import Path
from typing import BinaryIO

from dumpengine.capture.naming import free_path
from dumpengine.capture.partials import create_partial, lock, partial_name, sweep_partials
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_DISK_FULL,
    E_FILE_EXISTS,
    E_PATH_NOT_FOUND,
    E_WRITE_PROTECT,
    DumpError,
    ErrorKind,
)
from dumpengine.system import ON_WINDOWS
from dumpengine.text import size_text

_SYNC_LIMIT = 64 << 20  # larger files are written out by the kernel in its own time
_OWNER_ONLY = 0o600
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Larger writes make the file system look for as large pieces of free memory, and where they are
# rare it finds them slowly: 2 GiB on ext4 (Linux 6.18) took 8 s of writing in pieces of 4 MiB and
# 1.2 s in these.
_PIECE = 256 << 10


class FileSink:
    """Writes to an open file descriptor at any offset, from several threads."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`dumpengine.job.Sink`."""
        view = memoryview(data)
        while view.nbytes:
            count = _pwrite(self._fd, view[:_PIECE], offset)
            view = view[count:]
            offset += count


class StreamSink:
    """Writes to a seekable Python stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`dumpengine.job.Sink`."""
        with self._lock:
            self._stream.seek(offset)
            self._stream.write(data)


_write_lock = threading.Lock()


def _pwrite(fd: int, data: memoryview, offset: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(fd, data, offset)
    with _write_lock:  # Windows
        os.lseek(fd, offset, os.SEEK_SET)
        return os.write(fd, data)


class OutputFile:
    """A file being written that will be called ``path``: publish it or discard it.

    A name that is taken is refused. With ``overwrite`` a regular file of that name is replaced;
    with ``numbered`` the new one is called ``path_2``, ``path_3`` ... instead, also when the name
    is taken only while it is being written.
    Raises DumpError of kind DESTINATION for everything that is wrong with the place.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, numbered: bool = False) -> None:
        self._wanted = self.path = Path(os.path.abspath(path))
        self._overwrite = overwrite
        self._numbered = numbered
        self._partial: Path | None = None
        self._check_place()
        sweep_partials(self.path.parent)
        try:
            self.fd = self._open()
        except FileNotFoundError as error:  # the folder is there: procfs, for example
            cause = f"No file can be made in {self.path.parent}."
            raise DumpError(E_WRITE_PROTECT, cause, path=self.path) from error
        except OSError as error:
            raise DumpError.from_os_error(error, path=self.path) from error

    def publish(self) -> Path:
        """Give the file its name; one that was there is replaced only with ``overwrite``."""
        try:
            if os.fstat(self.fd).st_size <= _SYNC_LIMIT:
                os.fsync(self.fd)
            self._give_name()
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            raise DumpError.from_os_error(error, path=self.path) from error
        finally:
            self.discard()
        return self.path

    def discard(self) -> None:
        """Close the file and remove what has no name yet; harmless after :meth:`publish`."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        if self._partial is not None:
            with contextlib.suppress(FileNotFoundError):
                self._partial.unlink()
            self._partial = None

    def _check_place(self) -> None:
        if str(self.path).startswith("\\\\.\\"):  # what Windows makes of NUL, CON, COM1 ...
            raise DumpError(
                E_FILE_EXISTS, f"{self.path} is a device.", "Give another name.", path=self.path
            )
        folder = self.path.parent
        if not os.path.isdir(folder):
            raise DumpError(E_PATH_NOT_FOUND, f"There is no folder {folder}.", path=self.path)
        if self._numbered:
            self.path = free_path(self._wanted)
        self._check_name()

    def _check_name(self) -> None:
        """Raise DumpError when the name is taken by what must stay, or cannot be a name here."""
        try:
            mode = os.lstat(self.path).st_mode
        except FileNotFoundError:
            return
        except OSError as error:
            raise DumpError.from_os_error(error, path=self.path) from error
        if stat.S_ISDIR(mode):
            raise DumpError(
                E_FILE_EXISTS, f"{self.path} is a folder.", "Give a file name.", path=self.path
            )
        if not stat.S_ISREG(mode):
            raise DumpError(
                E_FILE_EXISTS,
                f"{self.path} is {_kind(mode)}, and only a regular file is ever replaced.",
                "Give another name.",
                path=self.path,
            )
        if not self._overwrite:
            raise self._exists()

    def _exists(self) -> DumpError:
        return DumpError(E_FILE_EXISTS, f"{self.path} is already there.", path=self.path)

    def _open(self) -> int:
        if hasattr(os, "O_TMPFILE"):
            flags = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC
            try:
                fd = os.open(self.path.parent, flags, _OWNER_ONLY)
                lock(fd)  # it has a name for a moment when it replaces another
                return fd
            except OSError as error:
                unsupported = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)
                if error.errno not in unsupported:
                    raise
        fd, self._partial = create_partial(self.path, _OWNER_ONLY)
        return fd

    def _give_name(self) -> None:
        """Make it appear; raises FileExistsError when the name is taken and must stay so."""
        while True:
            try:
                if self._partial is None:
                    self._link_nameless()
                else:
                    self._rename(self._partial)
                return
            except FileExistsError:
                if not self._numbered:
                    raise
                self.path = free_path(self._wanted)

    def _link_nameless(self) -> None:
        if not self._overwrite:
            self._link_to(self.path)
            return
        self._partial = partial_name(self.path)
        self._link_to(self._partial)
        self._rename(self._partial)

    def _link_to(self, path: Path) -> None:
        # Only with a directory descriptor (which an absolute path ignores) does Python call
        # linkat(2), the one that follows /proc/self/fd to the nameless file; see open(2).
        os.link(f"/proc/self/fd/{self.fd}", path, src_dir_fd=self.fd, follow_symlinks=True)

    def _rename(self, partial: Path) -> None:
        if self.fd >= 0 and ON_WINDOWS:  # no open file is renamed there
            os.close(self.fd)
            self.fd = -1
        if self._overwrite:
            self._check_name()  # it may have become a pipe or a device meanwhile
            os.replace(partial, self.path)
            return
        try:
            os.link(partial, self.path)  # unlike a rename it never replaces anything
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if os.path.lexists(self.path):
                raise FileExistsError from None
            os.rename(partial, self.path)


_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _kind(mode: int) -> str:
    """Say what a file that is no regular one is."""
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "no regular file")


def check_space(place: Path | int, size: int) -> None:
    """Raise DumpError when the folder's (or open file's) volume has no room for ``size`` bytes."""
    available = free_space(place)
    if available is not None and size > available:
        where = f"{place}" if isinstance(place, Path) else "The destination"
        raise DumpError(
            E_DISK_FULL,
            f"The dump needs about {size_text(size)}; {where} has {size_text(available)} left.",
        )


def reserve(fd: int, size: int) -> None:
    """Take the room for ``size`` bytes on the volume of an open file, whose length stays.

    Writing is quicker then, and cannot run into a full disk, a quota or a limit of the file
    system half way. What is too much is given back by :func:`trim`. Raises OSError when there is
    no room; where the file system cannot reserve, nothing happens.
    """
    if not hasattr(os, "O_TMPFILE"):  # Windows
        return
    from dumpengine.backends.linux import libc

    try:
        libc.fallocate(fd, libc.FALLOC_FL_KEEP_SIZE, 0, size)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise


def trim(fd: int) -> None:
    """Give back what :func:`reserve` took behind the end of an open file."""
    os.ftruncate(fd, os.fstat(fd).st_size)


def free_space(folder: Path | int) -> int | None:
    """Return the bytes this user may still write to the volume of a folder or an open file.

    None when it cannot be told.
    """
    import shutil

    try:
        if hasattr(os, "statvfs"):
            status = os.statvfs(folder)
            return status.f_bavail * status.f_frsize
        return None if isinstance(folder, int) else shutil.disk_usage(folder).free
    except OSError:
        return None


def destination_error(error: OSError, path: Path | None) -> DumpError:
    """Translate a failure to write."""
    translated = DumpError.from_os_error(error, path=path or Path("the destination"))
    if path is None and translated.hresult != E_ACCESSDENIED:
        translated = DumpError(translated.hresult, kind=ErrorKind.DESTINATION)
    if translated.kind is not ErrorKind.DESTINATION:
        translated.kind = ErrorKind.DESTINATION
    return translated
