"""Pictures of the program's icon, made from the drawing: PNGs for Linux, an .ico for Windows.

Run by the Python of the build environment, which has Qt: ``python icons.py DRAWING FOLDER``.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

SIZES = (16, 24, 32, 48, 64, 128, 256)
_ENTRY = struct.Struct("<BBBBHHII")


def main(drawing: str, folder: str) -> int:
    """Write dumpdesk-SIZE.png for every size, and dumpdesk.ico."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for size in SIZES:
        pictures[size] = _png(drawing, size)
        (place / f"dumpdesk-{size}.png").write_bytes(pictures[size])
    (place / "dumpdesk.ico").write_bytes(ico(pictures))
    del app
    return 0


def _png(drawing: str, size: int) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(drawing).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OSError(f"cannot draw {drawing}")
    return bytes(data.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return an icon file of PNGs, which Windows reads since Vista; a size of 256 is written 0.

    https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)
    """
    offset = 6 + _ENTRY.size * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, png in pictures.items():
        head += _ENTRY.pack(size % 256, size % 256, 0, 0, 1, 32, len(png), offset)
        offset += len(png)
    return head + b"".join(pictures.values())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
