"""The version resource of the Windows programs: what Explorer shows under Properties > Details.

https://learn.microsoft.com/windows/win32/menurc/versioninfo-resource
"""

from __future__ import annotations

from dumpengine._version import __version__

_TITLES = {
    "dumpdesk": "DumpDesk",
    "dumpengine": "DumpDesk in the terminal",
    "dumpengine-helper": "DumpDesk: captures one process",
}
_ENGLISH_UNICODE = "040904B0"


def make(name: str) -> object:
    """Return the resource of the program ``name``."""
    from PyInstaller.utils.win32 import versioninfo

    numbers = tuple(int(part) for part in (*__version__.split("."), "0", "0", "0")[:4])
    texts = {
        "CompanyName": "DumpDesk maintainers",
        "FileDescription": _TITLES[name],
        "FileVersion": __version__,
        "InternalName": name,
        "LegalCopyright": "MIT licence; Qt under the LGPL, see the folder licences",
        "OriginalFilename": f"{name}.exe",
        "ProductName": "DumpDesk",
        "ProductVersion": __version__,
    }
    strings = [versioninfo.StringStruct(key, value) for key, value in texts.items()]
    return versioninfo.VSVersionInfo(
        ffi=versioninfo.FixedFileInfo(filevers=numbers, prodvers=numbers),
        kids=[
            versioninfo.StringFileInfo([versioninfo.StringTable(_ENGLISH_UNICODE, strings)]),
            versioninfo.VarFileInfo([versioninfo.VarStruct("Translation", [0x0409, 1200])]),
        ],
    )
