"""Pens for the rails of edges.

Where a graph is small on the screen its lines are about a pixel wide. Qt draws lines of one pixel three times as fast as others,
dashed ones twenty times as fast, and a view of a hundred edges is painted again at every frame of a motion.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

_ABOUT_A_PIXEL = 1.3
_ON, _OFF = 2.0, 5.0
"""Lengths of the dashes and gaps of a line 1.5 wide, without their round ends."""


def line_pen(painter: QPainter, color: QColor, width: float) -> QPen:
    """For lines ``width`` wide (in the units that ``painter`` draws in); one that comes to about a pixel is one."""
    pen = QPen(color, width)
    if width * painter.deviceTransform().m11() < _ABOUT_A_PIXEL:
        pen.setWidth(1)
        pen.setCosmetic(True)
    return pen


def dashed_pen(painter: QPainter, color: QColor, width: float) -> QPen:
    """For dashed lines ``width`` wide."""
    pen = line_pen(painter, color, width)
    on, off = _ON / 1.5, _OFF / 1.5
    if pen.isCosmetic():  # its ends are not round, so the dashes are longer by that much
        scale = width * painter.deviceTransform().m11()
        pen.setDashPattern([(on + 1) * scale, (off - 1) * scale])
    else:
        pen.setDashPattern([on, off])
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
