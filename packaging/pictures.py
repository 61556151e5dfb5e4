"""The program's icon as the pictures that each system wants, drawn from the two SVG files at build time."""

from __future__ import annotations

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SMALL = 24
"""Pixels up to which the simpler drawing is used."""
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_KINDS = {b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}


def png(folder: Path, size: int) -> bytes:
    """The icon as PNG, ``size`` pixels wide and high; ``folder`` holds icon.svg and icon-small.svg."""
    renderer = QSvgRenderer(str(folder / ("icon-small.svg" if size <= SMALL else "icon.svg")))
    if not renderer.isValid():
        raise RuntimeError(f"the icon in {folder} cannot be drawn")
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer(data := QByteArray())
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise RuntimeError("the icon cannot be written as PNG")
    return bytes(data.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon that holds PNG ``pictures`` (by size in pixels, 256 at most)."""
    place = 6 + 16 * len(pictures)
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size, picture in sorted(pictures.items()):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place + len(body))
        body += picture
    return head + body


def icns(pictures: dict[bytes, bytes]) -> bytes:
    """A macOS icon that holds PNG ``pictures`` by their four-letter kind."""
    body = b"".join(kind + struct.pack(">I", 8 + len(picture)) + picture for kind, picture in pictures.items())
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def write(source: Path, target: Path) -> None:
    """Write gradwalk.ico, gradwalk.icns and icons/gradwalk-SIZE.png into ``target`` from the drawings in ``source``."""
    (target / "icons").mkdir(parents=True, exist_ok=True)
    for size in PNG_SIZES:
        (target / "icons" / f"gradwalk-{size}.png").write_bytes(png(source, size))
    (target / "gradwalk.ico").write_bytes(ico({size: png(source, size) for size in ICO_SIZES}))
    (target / "gradwalk.icns").write_bytes(icns({kind: png(source, size) for kind, size in ICNS_KINDS.items()}))
