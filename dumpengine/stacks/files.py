"""The files behind the modules, on this machine.

Whoever made a dump wrote the paths in it: one could name a device, a pipe, a share on another
machine. So a path is tried only below folders that are trusted, only a regular file is opened, and
its build id is compared before anything else of it is believed.
"""

from __future__ import annotations

import mmap
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, TypeVar

from dumpengine.format.codeview import CodeView, decode_codeview
from dumpengine.snapshot import Module
from dumpengine.stacks.breakpad import BreakpadFile
from dumpengine.stacks.elf import ElfFile
from dumpengine.stacks.pe import PeFile
from dumpengine.system import ON_WINDOWS

if TYPE_CHECKING:  # with it come urllib, http and ssl
    from dumpengine.stacks.debuginfod import Debuginfod

F = TypeVar("F")
_UNIX_FOLDERS = "/usr /lib /lib32 /lib64 /bin /sbin /opt /snap /nix/store /gnu/store".split()
_WINDOWS_FOLDERS = [
    os.environ.get(name, "") for name in ("SystemRoot", "ProgramFiles", "ProgramFiles(x86)")
]
SYSTEM_FOLDERS = tuple(map(Path, filter(None, _WINDOWS_FOLDERS if ON_WINDOWS else _UNIX_FOLDERS)))
_LIBRARIES = tuple(
    map(
        Path,
        "/lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib64 /usr/lib64 /usr/lib /lib "
        "/lib/i386-linux-gnu /lib/aarch64-linux-gnu /usr/bin /usr/sbin".split(),
    )
)
_DEBUG = Path("/usr/lib/debug")


class Files:
    """Looks up files; ``folders`` are trusted besides the system's, and searched by name.

    With ``process`` the modules are those of a running one: the system named their files, so all
    of them are trusted. What is not here is asked of ``servers``. Opened files stay open with this
    object.
    """

    def __init__(
        self,
        folders: Sequence[Path] = (),
        process: int | None = None,
        servers: Debuginfod | None = None,
    ) -> None:
        self._servers = servers
        self.folders = tuple(folder.absolute() for folder in folders)
        self._live = process is not None
        # What the process sees, which may lie in a container.
        self._root = Path(f"/proc/{process}/root") if self._live and not ON_WINDOWS else None
        self._opened: dict[Path, ElfFile | None] = {}
        self._opened_pe: dict[Path, PeFile | None] = {}

    def elf(self, module: Module) -> ElfFile | None:
        """Return the module's own file, None when no file of that build is here."""
        build_id = build_id_of(module)
        found = next(self._of_build(self._candidates(module, build_id), build_id), None)
        return found or self._fetched(build_id, "executable")

    def _fetched(self, build_id: bytes, kind: str) -> ElfFile | None:
        path = self._servers.find(build_id, kind) if self._servers else None
        file = _mapped(path, ElfFile) if path else None
        return file if file and file.build_id == build_id else None

    def pe(self, module: Module) -> PeFile | None:
        """Return a Windows module's own file: the one of the same time stamp and size."""
        for path in self._pe_candidates(module):
            file = self._open_pe(path)
            if file and (file.timestamp, file.image_size) == (module.timestamp, module.size):
                return file
        return None

    def _pe_candidates(self, module: Module) -> Iterator[Path]:
        for folder in self.folders:
            yield folder / module.name
            yield folder / module.name.lower()
        if ON_WINDOWS:
            yield Path(module.path)

    def pdb(self, view: CodeView) -> Iterator[Path]:
        """Yield where the symbol file of a Windows module may be; its name is the dump's word."""
        name = PureWindowsPath(view.pdb).name
        for folder in self.folders if name else ():
            for path in (folder / name, folder / name / view.debug_id / name):
                if path.is_file() and self._trusted(path):
                    yield path

    def breakpad(self, module: Module) -> BreakpadFile | None:
        """Return the module's symbol file of Breakpad's, from NAME/ID/NAME.sym in a folder."""
        view = decode_codeview(module.codeview) or CodeView("")
        name = PureWindowsPath(view.pdb).name or module.name
        if not view.debug_id or name in ("", ".", ".."):
            return None
        symbols = f"{name.removesuffix('.pdb')}.sym"
        for folder in self.folders:
            path = folder / name / view.debug_id / symbols
            found = _mapped(path, BreakpadFile) if self._trusted(path) else None
            if found is not None and found.debug_id == view.debug_id:
                return found
        return None

    def debug(self, module: Module, own: ElfFile | None) -> ElfFile | None:
        """Return the separate file with the symbols that were stripped from the module's ``own``.

        It is found by its build id, or by the name and checksum that the module's own file gives:
        https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html
        """
        build_id = build_id_of(module)
        if len(build_id) >= 2:
            place = Path(build_id[:1].hex()) / f"{build_id[1:].hex()}.debug"
            candidates = (folder / ".build-id" / place for folder in self._debug_folders())
            found = next(self._of_build(candidates, build_id), None)
            if found is not None:
                return found
        linked = self._linked(own) if own else None
        return linked or self._fetched(build_id, "debuginfo")

    def _debug_folders(self) -> Iterator[Path]:
        yield from self.folders
        if self._root is not None:
            yield self._root / _DEBUG.relative_to("/")
        yield _DEBUG

    def _linked(self, own: ElfFile) -> ElfFile | None:
        link = own.debug_link
        if link is None or own.path is None:
            return None
        name, checksum = link
        beside = own.path.parent
        folders = [beside, beside / ".debug"]
        folders += [folder / beside.relative_to(beside.anchor) for folder in self._debug_folders()]
        for path in (folder / name for folder in (*folders, *self.folders)):
            found = self._open(path) if path != own.path else None
            if found is not None and zlib.crc32(found.data) == checksum:
                return found
        return None

    def _of_build(self, paths: Iterator[Path], build_id: bytes) -> Iterator[ElfFile]:
        for path in paths:
            file = self._open(path)
            if file is not None and file.build_id == build_id and (build_id or self._live):
                yield file

    def _candidates(self, module: Module, build_id: bytes) -> Iterator[Path]:
        path = Path(module.path)
        whole = module.path.startswith("/") and not module.path.startswith("//")
        inside = module.path.removeprefix("/") if whole else path.name
        if self._root is not None and whole:
            yield self._root / inside
        for folder in self.folders:
            yield folder / path.name
            yield folder / inside
            yield folder / ".build-id" / build_id[:1].hex() / build_id[1:].hex()
        if whole:
            yield path
        else:  # a dump whose paths were filtered
            yield from (folder / path.name for folder in _LIBRARIES)

    def _open(self, path: Path) -> ElfFile | None:
        if path not in self._opened:
            self._opened[path] = _mapped(path, ElfFile) if self._trusted(path) else None
        return self._opened[path]

    def _open_pe(self, path: Path) -> PeFile | None:
        if path not in self._opened_pe:
            self._opened_pe[path] = _mapped(path, PeFile) if self._trusted(path) else None
        return self._opened_pe[path]

    def _trusted(self, path: Path) -> bool:
        """Whether ``path`` is below a trusted folder, and still is behind all links."""
        if ".." in path.parts or "\0" in str(path):  # no path of a true dump
            return False
        if self._live and (self._root is None or path.is_relative_to(self._root)):
            return True
        trusted = (*SYSTEM_FOLDERS, *self.folders)
        if not any(path.is_relative_to(folder) for folder in trusted):
            return False  # before anything is looked at there: it may be another machine's
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(os.path.realpath(folder)) for folder in trusted)


def build_id_of(module: Module) -> bytes:
    """Return the build id that a module's record tells, empty when it tells none."""
    view = decode_codeview(module.codeview) or CodeView("")
    return bytes.fromhex(view.identifier) if view.kind == "BpEL" else b""


def _mapped(path: Path, kind: Callable[[mmap.mmap, Path], F]) -> F | None:
    try:
        # Opening a pipe or a device may wait or do something: O_NONBLOCK, then look what it is.
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        return kind(mmap.mmap(fd, 0, access=mmap.ACCESS_READ), path)
    except (OSError, ValueError):  # what each kind of file raises is among them
        return None
    finally:
        os.close(fd)
