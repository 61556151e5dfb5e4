"""Plots of the training for files: the same widgets painted on another device, as lines and texts where that has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter, QRawFont, QRegion, QTextLayout
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView, QWidget

from gui.export.pictures import image_file
from gui.look.theme import ThemeManager, ui_font
from gui.panels.training.epochs.title_chooser import TitleChooser
from gui.panels.training.plots.plot import Layer
from gui.panels.training.unpainted import without_controls

MARGIN = 16
"""Px around the plots."""
LARGEST_SIDE = 16000
"""Px; a larger image is written at a lower density."""
_RANGES = re.compile(rb"beginbfrange.*?endbfrange", re.DOTALL)
_TABULAR = "0123456789.,:;+-\N{MINUS SIGN}%"
"""What fonts have in a width of its own for tables."""


@dataclass(frozen=True, slots=True)
class PlotPicture:
    """What a picture is made of.

    Attributes
    ----------
    widget : QWidget
        One plot, or what holds several.
    theme : ThemeManager
    title : str
    scale : float
        Px of an image for one of the screen.
    """

    widget: QWidget
    theme: ThemeManager
    title: str
    scale: float = 2.0

    @property
    def size(self) -> QSize:
        """Px of the picture at scale 1."""
        return self.widget.size() + QSize(2 * MARGIN, 2 * MARGIN)

    @property
    def pixels(self) -> QSize:
        """Px of an image."""
        return (self.size.toSizeF() * self.density).toSize()

    @property
    def density(self) -> float:
        """``scale``, or less where an image would be too large."""
        return min(self.scale, LARGEST_SIDE / max(1, self.size.width(), self.size.height()))


def paint(picture: PlotPicture, painter: QPainter) -> None:
    """Paint the plots with a margin around them, in the colours of the theme."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(QRectF(0, 0, picture.size.width(), picture.size.height()), picture.theme.color("surface"))
    widget = picture.widget
    views = widget.findChildren(QGraphicsView)
    layers = [item for view in views for item in view.scene().items() if isinstance(item, Layer)]
    parts: list[Layer | TitleChooser] = [*layers, *widget.findChildren(TitleChooser)]
    for part in parts:
        part.elsewhere = True
    modes = [view.cacheMode() for view in views]
    for view in views:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # else their grounds are images
        view.viewport().setAutoFillBackground(False)  # with white, which showed at the edges
    try:
        painter.translate(MARGIN, MARGIN)
        with without_controls(widget):
            widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    finally:
        for part in parts:
            part.elsewhere = False
        for view, mode in zip(views, modes, strict=True):
            view.setCacheMode(mode)
            view.viewport().setAutoFillBackground(True)


def plots_svg(picture: PlotPicture) -> bytes:
    """As SVG at 100 %."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(picture.size)
    generator.setViewBox(QRectF(0, 0, picture.size.width(), picture.size.height()))
    generator.setResolution(96)
    generator.setTitle(picture.title)
    painter = QPainter(generator)
    paint(picture, painter)
    painter.end()
    return bytes(data.data())


def plots_image(picture: PlotPicture) -> QImage:
    """As an image of its density. Raises OSError where it does not fit into memory."""
    size = picture.pixels
    image = QImage(size, QImage.Format.Format_RGB32)
    if image.isNull():
        raise OSError(f"a picture of {size.width()} x {size.height()} px does not fit into memory")
    image.setDevicePixelRatio(picture.density)
    painter = QPainter(image)
    paint(picture, painter)
    painter.end()
    return image


def plots_png(picture: PlotPicture) -> bytes:
    """As PNG."""
    return image_file(plots_image(picture), "PNG")


def plots_pdf(picture: PlotPicture) -> bytes:
    """As PDF of one page, as large as the picture."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(96)
    writer.setTitle(picture.title)
    writer.setCreator("Gradwalk")
    points = QSizeF(picture.size) * 0.75
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF())
    painter = QPainter(writer)
    paint(picture, painter)
    painter.end()
    buffer.close()
    return _RANGES.sub(lambda found: _readable(found[0]), bytes(data.data()))


def _readable(ranges: bytes) -> bytes:
    """Which characters the glyphs of a font stand for, so that what is copied out of the PDF is what is read there.

    Qt writes the first character that a font has for a glyph: a tabulator for a blank, and for a digit of tables one of the
    font's own.
    """
    for own, meant in ((0x09, 0x20), *_tabular()):
        ranges = ranges.replace(b"<%04X>" % own, b"<%04X>" % meant)
    return ranges


@lru_cache(maxsize=1)
def _tabular() -> tuple[tuple[int, int], ...]:
    """Characters for private use by which the font of the interface has digits and signs for tables, with these."""
    font = ui_font(12)
    layout = QTextLayout(_TABULAR, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    runs = layout.glyphRuns()
    if len(runs) != 1 or len(runs[0].glyphIndexes()) != len(_TABULAR):
        return ()
    private = range(0xE000, 0xF900)
    raw: QRawFont = runs[0].rawFont()
    places = dict(zip(raw.glyphIndexesForString("".join(map(chr, private))), private, strict=True))
    meant = zip(runs[0].glyphIndexes(), map(ord, _TABULAR), strict=True)
    return tuple((places[glyph], character) for glyph, character in meant if glyph in places)
