"""Names at the ends of lines, each with its number at the cursor: as near to their lines as others leave room. Paints in px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui.look.theme import ThemeManager, mono_font, ui_font

APART = 16.0
"""Px from one name to the next, at 100 %."""
LEAD = 9.0
"""Px between the end of a line and its name, which a thin line bridges."""
_GAP = 6.0
_PX = 11.0


@dataclass(frozen=True)
class LineName:
    """A name at ``y`` px with its number."""

    y: float
    name: str
    number: str
    strong: bool = False


def width(theme: ThemeManager, names: Sequence[str], longest_number: str) -> float:
    """Px that these take with their leads, each beside a number like ``longest_number``."""
    name, number = QFontMetricsF(ui_font(_PX * theme.scale)), QFontMetricsF(mono_font(_PX * theme.scale))
    widest = max((name.horizontalAdvance(text) for text in names), default=0.0)
    return LEAD + 3 + widest + _GAP + number.horizontalAdvance(longest_number)


def most(height: float, scale: float) -> int:
    """How many have room, one below the other."""
    return max(1, int(height / (APART * scale)))


def spread(ys: Sequence[float], low: float, high: float, apart: float) -> list[float]:
    """Places for texts that would stand at ``ys`` (sorted), at least ``apart`` from each other, from ``low`` to ``high`` px."""
    placed: list[float] = []
    for y in ys:
        placed.append(max(min(max(y, low), high), placed[-1] + apart if placed else low))
    bottom = high
    for index in range(len(placed) - 1, -1, -1):
        if placed[index] <= bottom:
            break
        placed[index] = bottom
        bottom -= apart
    return placed


def chosen(names: Sequence[LineName], room: int) -> list[LineName]:
    """As many as have room, from the highest to the lowest, evenly chosen; a strong one always."""
    by_height = sorted(names, key=lambda item: item.y)
    if len(by_height) <= room:
        return by_height
    strong = [item for item in by_height if item.strong][:room]
    others = [item for item in by_height if not item.strong]
    left = room - len(strong)
    if left == 1:
        strong.append(others[0])
    elif left:
        strong += [others[round(at * (len(others) - 1) / (left - 1))] for at in range(left)]
    return sorted(strong, key=lambda item: item.y)


def fitted(theme: ThemeManager, item: LineName, room: float) -> str:
    """Its name as it has room beside its number in ``room`` px."""
    metrics = QFontMetricsF(ui_font(_PX * theme.scale, 600 if item.strong else 400))
    number = QFontMetricsF(mono_font(_PX * theme.scale)).horizontalAdvance(item.number)
    return metrics.elidedText(item.name, Qt.TextElideMode.ElideMiddle, max(0.0, room - number - 3))


def paint(
    painter: QPainter, theme: ThemeManager, area: QRectF, end: float, names: Sequence[LineName], colors: tuple[QColor, QColor]
) -> list[tuple[QRectF, LineName]]:
    """Write ``names`` right of ``end`` px, the leads and numbers in ``colors``; where each stands."""
    half = APART * theme.scale / 2
    shown = chosen(names, most(area.height(), theme.scale))
    places = spread([item.y for item in shown], area.top() + half, area.bottom() - half, 2 * half)
    line, text = colors
    name_font, number_font = ui_font(_PX * theme.scale), mono_font(_PX * theme.scale)
    metrics, numbers = QFontMetricsF(name_font), QFontMetricsF(number_font)
    rise = (metrics.ascent() - metrics.descent()) / 2
    found = []
    for item, y in zip(shown, places, strict=True):
        from_y = min(max(item.y, area.top()), area.bottom())
        painter.setPen(QPen(line, 1))
        painter.drawPolyline([QPointF(end, from_y), QPointF(end + LEAD * 0.7, y), QPointF(end + LEAD, y)])
        x = end + LEAD + 3
        painter.setFont(ui_font(_PX * theme.scale, 600) if item.strong else name_font)
        painter.setPen(theme.color("text" if item.strong else "text_2"))
        right = area.right() - numbers.horizontalAdvance(item.number)
        painter.drawText(QPointF(x, y + rise), fitted(theme, item, area.right() - x))
        painter.setFont(number_font)
        painter.setPen(text)
        painter.drawText(QPointF(right, y + rise), item.number)
        found.append((QRectF(x, y - half, area.right() - x, 2 * half), item))
    return found
