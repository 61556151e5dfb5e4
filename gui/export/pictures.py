"""Pictures of the graph, for files and the clipboard: the same items painted on another device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.panels.graph.panel import GraphPanel

MARGIN = 24
DENSITY = 2
LARGEST_SIDE = 16000
"""Px; a larger PNG is written at a lower density."""

_NO_PEN = (
    b'stroke="#' + 6 * b"0" + b'" stroke-opacity="1" stroke-width="1" stroke-linecap="butt" '
    b'stroke-linejoin="miter" stroke-miterlimit="4"'
)
"""What Qt writes for paths of a formula that have no stroke: its pen without a brush draws nothing on screen, but a rim in a
file."""


def _measure(panel: GraphPanel) -> tuple[QSize, QRectF, QSize]:
    """Size of the picture, the part of the scene that it shows, and the size of the formula above it."""
    panel.scene.finish_motion()
    panel.scene.refresh_all()
    extent = panel.scene.places.extent()
    if extent.isEmpty():
        raise OSError("there is no graph to make a picture of yet")
    for edge in panel.scene.edges.values():
        extent = extent.united(edge.outline())
    heading = panel.canvas.over.heading
    head = heading.size_of(brief=False) if heading is not None and not panel.session.stale else QSize(0, 0)
    above = head.height() + MARGIN if not head.isEmpty() else 0
    width = round(max(extent.width(), head.width()) + 2 * MARGIN)
    return QSize(width, round(extent.height() + above + 2 * MARGIN)), extent, head


def _paint(panel: GraphPanel, painter: QPainter, size: QSize, extent: QRectF, head: QSize) -> None:
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), panel.theme.color("canvas"))
    top = MARGIN
    heading = panel.canvas.over.heading
    if heading is not None and not head.isEmpty():
        with heading.whole():
            heading.render(painter, QPoint(MARGIN, MARGIN), QRegion(), QWidget.RenderFlag.DrawChildren)
        top += head.height() + MARGIN
    panel.scene.marks.select(None, None, None)
    try:
        target = QRectF(MARGIN, top, extent.width(), extent.height())
        panel.scene.render(painter, target, extent, Qt.AspectRatioMode.IgnoreAspectRatio)
    finally:
        selection = panel.session.pointed.selection
        panel.view.walk.set_selected(selection.card, selection.edge)


def svg_picture(panel: GraphPanel) -> bytes:
    """The graph with its formula as SVG, at 100 %, in the colours of the theme. Raises OSError if there is no graph."""
    size, extent, head = _measure(panel)
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setResolution(96)
    generator.setTitle("Computation graph")
    painter = QPainter(generator)
    _paint(panel, painter, size, extent, head)
    painter.end()
    return bytes(data.data()).replace(_NO_PEN, b'stroke="none"')


def image_picture(panel: GraphPanel) -> QImage:
    """The graph with its formula as an image of twice the density of 100 %. Raises OSError if there is no graph."""
    size, extent, head = _measure(panel)
    density = min(float(DENSITY), LARGEST_SIDE / max(size.width(), size.height()))
    image = QImage((size.toSizeF() * density).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise OSError(f"a picture of {size.width()} x {size.height()} px does not fit into memory")
    image.fill(panel.theme.color("canvas"))
    image.setDevicePixelRatio(density)
    painter = QPainter(image)
    _paint(panel, painter, size, extent, head)
    painter.end()
    return image


def image_file(image: QImage, kind: str) -> bytes:
    """The image in one of the formats that Qt writes, by Qt's name for it. Raises OSError if that fails."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(kind.lower().encode()))
    if not writer.write(image):
        raise OSError(f"the picture could not be written as {kind}: {writer.errorString()}")
    buffer.close()
    return bytes(data.data())


def copy_picture(panel: GraphPanel) -> None:
    """Put the picture on the clipboard; nothing happens where there is no graph yet."""
    if panel.scene.cards:
        QGuiApplication.clipboard().setImage(image_picture(panel))
