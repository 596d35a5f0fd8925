"""The Debian package: the frozen folder at fixed paths, and what ties it to the desktop.

The helper is a program of its own under /usr/libexec, where only root writes: that is the one file
polkit lets start as root.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from textwrap import wrap

from building import documents
from building.places import MADE, PACKAGING, REPOSITORY, RESULTS, version
from devtools.environment import SetupError

_LINUX = PACKAGING / "linux"
_MAINTAINER = "DumpDesk maintainers <maintainers@dumpdesk.org>"
_PICTURE_SIZES = (16, 24, 32, 48, 64, 128, 256)

# Where each file of packaging/linux goes.
_FILES = {
    "dumpdesk.desktop": "usr/share/applications/dumpdesk.desktop",
    "org.dumpdesk.policy": "usr/share/polkit-1/actions/org.dumpdesk.policy",
    "org.dumpdesk.DumpDesk.metainfo.xml": ("usr/share/metainfo/org.dumpdesk.DumpDesk.metainfo.xml"),
    "dumpdesk-mime.xml": "usr/share/mime/packages/dumpdesk.xml",
    "copyright": "usr/share/doc/dumpdesk/copyright",
    "lintian-overrides": "usr/share/lintian/overrides/dumpdesk",
    "service-menus/kde-dumpdesk.desktop": "usr/share/kio/servicemenus/dumpdesk.desktop",
    "service-menus/dumpdesk.nemo_action": "usr/share/nemo/actions/dumpdesk.nemo_action",
    "service-menus/Dump this process": "usr/share/dumpdesk/nautilus-scripts/Dump this process",
}
_MANUALS = (_LINUX / "dumpdesk.1", documents.MANUAL)

# What trim.py leaves to the system, and what the extension modules link to.
_DEPENDS = (
    "libc6 (>= 2.36), libstdc++6, libgcc-s1, zlib1g, libbrotli1, libdbus-1-3, libegl1, libgl1, "
    "libfontconfig1, libfreetype6, libglib2.0-0, libgssapi-krb5-2, libx11-6, libx11-xcb1, "
    "libxcb1, libxcb-glx0, libxcb-randr0, libxcb-render0, libxcb-shape0, libxcb-shm0, "
    "libxcb-sync1, libxcb-xfixes0, libxcb-xkb1, libxkbcommon0, "
    "libwayland-client0, libwayland-cursor0, libwayland-egl1"
)


def build(program: Path, architecture: str) -> Path:
    """Build the package from the frozen ``program``; return it."""
    root = MADE / "deb"
    shutil.rmtree(root, ignore_errors=True)
    _lay_out_program(program, root)
    _lay_out_desktop(root)
    _write_documents(root)
    _set_modes(root)
    _write_control(root, architecture)
    package = RESULTS / f"dumpdesk_{version()}_{architecture}.deb"
    RESULTS.mkdir(exist_ok=True)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"dpkg-deb failed: {done.stderr.strip()}")
    return package


def _lay_out_program(program: Path, root: Path) -> None:
    home = root / "usr/lib/dumpdesk"
    home.parent.mkdir(parents=True)
    shutil.copytree(program, home, symlinks=True)
    documents = root / "usr/share/doc/dumpdesk"
    documents.mkdir(parents=True)
    (home / "licences").rename(documents / "licences")
    for name in ("dumpdesk", "dumpengine"):
        _link(root / "usr/bin" / name, f"../lib/dumpdesk/{name}")
    libexec = root / "usr/libexec/dumpdesk"
    libexec.mkdir(parents=True)
    # A frozen program looks for its parts beside its real file.
    (home / "dumpengine-helper").rename(libexec / "dumpengine-helper")
    _link(libexec / "_internal", "../../lib/dumpdesk/_internal")
    _link(home / "dumpengine-helper", "../../libexec/dumpdesk/dumpengine-helper")


def _lay_out_desktop(root: Path) -> None:
    for source, target in _FILES.items():
        text = (_LINUX / source).read_text(encoding="utf-8")
        _write(root / target, _filled(text))
    icons = root / "usr/share/icons/hicolor"
    for size in _PICTURE_SIZES:
        picture = (MADE / f"dumpdesk-{size}.png").read_bytes()
        _write(icons / f"{size}x{size}/apps/dumpdesk.png", picture)
    drawing = (REPOSITORY / "resources/icons/dumpdesk.svg").read_bytes()
    _write(icons / "scalable/apps/dumpdesk.svg", drawing)


def _write_documents(root: Path) -> None:
    for manual in _MANUALS:
        text = _filled(manual.read_text(encoding="utf-8"))
        _write(root / f"usr/share/man/man1/{manual.name}.gz", _packed(text))
    for shell, target in documents.COMPLETIONS.items():
        _write(root / "usr/share" / target, documents.completion(shell).read_bytes())
    news = (REPOSITORY / "resources" / "CHANGELOG.md").read_text(encoding="utf-8")
    _write(root / "usr/share/doc/dumpdesk/changelog.gz", _packed(debian_changelog(news)))


def debian_changelog(news: str) -> str:
    """Return what is new in the latest release, of resources/CHANGELOG.md, in Debian's format."""
    latest = news.split("\n## ")[1]
    changes = re.split(r"^\* ", latest, flags=re.MULTILINE)[1:]
    lines = [f"dumpdesk ({version()}) stable; urgency=medium", ""]
    for change in changes:
        text = " ".join(change.replace("`", "").replace("*", "").split())
        lines += wrap(text, 78, initial_indent="  * ", subsequent_indent="    ")
    lines += ["", f" -- {_MAINTAINER}  {format_datetime(_date())}", ""]
    return "\n".join(lines)


def _write_control(root: Path, architecture: str) -> None:
    size = sum(path.lstat().st_size for path in root.rglob("*")) // 1024
    text = (
        "Package: dumpdesk\n"
        f"Version: {version()}\n"
        f"Architecture: {architecture}\n"
        f"Maintainer: {_MAINTAINER}\n"
        f"Installed-Size: {size}\n"
        f"Depends: {_DEPENDS}\n"
        "Recommends: pkexec, polkitd, xdg-desktop-portal\n"
        "Section: devel\n"
        "Priority: optional\n"
        "Description: dump a running process to a minidump\n"
        " For testers who meet a program that hangs, grows or misbehaves: see the running\n"
        " processes, right-click one, and get a minidump that WinDbg, Visual Studio, LLDB\n"
        " and the tools of Breakpad, Crashpad and Mozilla open.\n"
        " .\n"
        " The package has a window, dumpdesk, and a terminal program, dumpengine.\n"
    )
    control = root / "DEBIAN"
    _write(control / "control", text)
    _write(control / "md5sums", _checksums(root))
    for path in (control, control / "control", control / "md5sums"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _checksums(root: Path) -> str:
    files = sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())
    plain = [str(path) for path in files if not (root / path).is_symlink() and _is_data(path)]
    done = subprocess.run(["md5sum", *plain], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def _is_data(path: Path) -> bool:
    return path.parts[0] != "DEBIAN"


def _set_modes(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_symlink():
            continue
        path.chmod(0o755 if path.is_dir() or _is_program(path) else 0o644)


def _is_program(path: Path) -> bool:
    names = ("dumpdesk", "dumpengine", "dumpengine-helper", "Dump this process")
    return path.name in names and path.parent.name in ("dumpdesk", "nautilus-scripts")


def _filled(text: str) -> str:
    date = _date().date().isoformat()
    return text.replace("@VERSION@", version()).replace("@DATE@", date)


def _date() -> datetime:
    """The release's date: that of the commit, so that the same commit gives the same package."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if not told:
        command = ["git", "log", "-1", "--format=%ct"]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        told = done.stdout.strip()
    return datetime.fromtimestamp(int(told), UTC) if told else datetime.now(UTC)


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
