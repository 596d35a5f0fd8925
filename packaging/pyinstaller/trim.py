"""Leaves out of the frozen folder what the programs never load.

PyInstaller takes every plugin of each Qt module it sees, and every library any of them needs: two
thirds of it is Quick, PDF, a virtual keyboard, and drivers for screens without a desktop. We name
the plugins that are wanted, and keep the libraries that something kept needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import PurePath

from PyInstaller.depend import bindepend

# (destination, source, kind) as PyInstaller lists the files it collects.
Entry = tuple[str, str, str]

_PLUGINS = {
    "platforms": "qxcb qwayland qwayland-generic qwayland-egl qoffscreen qwindows",
    "platformthemes": "qxdgdesktopportal",
    "platforminputcontexts": "composeplatforminputcontextplugin ibusplatforminputcontextplugin",
    "xcbglintegrations": "qxcb-egl-integration qxcb-glx-integration",
    "wayland-shell-integration": "xdg-shell",
    "wayland-decoration-client": "adwaita bradient",
    "wayland-graphics-integration-client": "qt-plugin-wayland-egl",
    "iconengines": "qsvgicon",
    "imageformats": "qsvg qico",
    "styles": "qwindowsvistastyle qmodernwindowsstyle",
}

# Every Linux with a desktop has these and keeps them safe and in step with its drivers, fonts and
# servers; the Debian package depends on them. The second group is what the first one needs.
_SYSTEM = tuple(
    f"lib{name}.so".lower()
    for name in (
        "stdc++ gcc_s z X11 X11-xcb xcb xcb-glx xcb-randr xcb-render xcb-shape xcb-shm xcb-sync "
        "xcb-xfixes xcb-xkb Xau Xdmcp xkbcommon EGL GL GLX OpenGL fontconfig freetype png16 "
        "brotlidec brotlicommon expat glib-2.0 gthread-2.0 dbus-1 gssapi_krb5 "
        "wayland-client wayland-cursor wayland-egl "
        "bsd md com_err k5crypto krb5 krb5support keyutils gcrypt gpg-error lz4 zstd cap systemd "
        "pcre2-8"
    ).split()
)


def trim_binaries(entries: Iterable[Entry]) -> list[Entry]:
    """Return the extension modules and plugins that are wanted, and the libraries these need."""
    wanted = [entry for entry in entries if _wanted(entry[0])]
    libraries = {_name(entry[0]): entry for entry in wanted if _is_library(entry[0])}
    others = [entry for entry in wanted if not _is_library(entry[0])]
    return others + _reachable(others, libraries)


def trim_data(entries: Iterable[Entry]) -> list[Entry]:
    """Return the data files without Qt's own translations: the window has texts in English."""
    return [entry for entry in entries if "translations" not in _parts(entry[0])]


def _wanted(destination: str) -> bool:
    parts = _parts(destination)
    if _name(destination).startswith(_SYSTEM):
        return False
    if "plugins" not in parts:
        return not parts[-1].lower().startswith("opengl32sw")
    kind, name = parts[-2], parts[-1].lower()
    return name.split(".")[0].removeprefix("lib") in _PLUGINS.get(kind, "").split()


def _is_library(destination: str) -> bool:
    """Whether it is there only because something else needs it."""
    parts = _parts(destination)
    name = parts[-1].lower()
    if "plugins" in parts or ".abi3." in name or "lib-dynload" in parts:
        return False
    if name.startswith(("libpython", "python3")):  # the programs themselves load it
        return False
    if sys.platform == "win32":
        return name.endswith(".dll")
    return name.startswith("lib") and ".so" in name


def _reachable(roots: Iterable[Entry], libraries: dict[str, Entry]) -> list[Entry]:
    found: dict[str, Entry] = {}
    waiting = [entry for entry in roots if entry[2] in ("EXTENSION", "BINARY")]
    while waiting:
        for name, _path in bindepend.get_imports(waiting.pop()[1]):
            library = libraries.get(_name(name))
            if library is not None and _name(name) not in found:
                found[_name(name)] = library
                waiting.append(library)
    return list(found.values())


def _parts(path: str) -> tuple[str, ...]:
    return PurePath(path.replace("\\", "/")).parts


def _name(path: str) -> str:
    return _parts(path)[-1].lower()
