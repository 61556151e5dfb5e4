"""The read-out of a plot: a dashed line at the place that is pointed at, and a plate on ``ink`` with what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from gui.look.runs import paint_marker, run_color, run_marker
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.training.plots.canvas import Canvas
from gui.panels.training.plots.reading.told import Told

_PX = 11.0
_ROW, _PAD, _AWAY, _MARKER, _GAP = 16.0, 6.0, 12.0, 4.0, 10.0
"""Px at 100 %: of a line, around all, beside the pointer, of a marker's half, between two columns."""


class ReadOut(QWidget):
    """Lies over ``plot`` where the mouse rests or a cursor is led; ``told`` says what is told of a place of ``view``."""

    def __init__(
        self, plot: QWidget, canvas: Canvas, view: pg.ViewBox, theme: ThemeManager, told: Callable[[float, float], Told]
    ) -> None:
        super().__init__(plot)
        self._plot = plot
        self._canvas, self._view, self._theme, self._tell = canvas, view, theme, told
        self.ready = False
        """Whether the view has a range of its own yet."""
        self.told: Told | None = None
        """What is told now; None while nothing is pointed at."""
        self._pointer: QPointF | None = None
        """Where the mouse is, in px of the canvas."""
        self._x: float | None = None
        """Where a cursor stands that was moved there, in the view."""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Read-out")
        self.only_on_screen = True
        self.hide()
        canvas.viewport().setMouseTracking(True)
        canvas.viewport().installEventFilter(self)
        view.sigRangeChanged.connect(self.renew)

    # Where -------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._pointer, self._x = event.position(), None
            self.renew()
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.Hide):
            self._pointer = None
            self.renew()
        elif event.type() == QEvent.Type.Resize:
            self.leave()
        elif event.type() == QEvent.Type.ToolTip:
            return self.told is not None  # a tooltip of the plot would lie over it, and over what it tells
        return False

    def stand_at(self, x: float) -> None:
        """Tell of ``x`` of the view, where a cursor was moved; the mouse takes it from there."""
        self._pointer, self._x = None, x
        self.renew()

    @Slot()
    def leave(self) -> None:
        """Tell nothing until the mouse or a cursor moves again."""
        self._pointer = self._x = None
        self.renew()

    @Slot()
    def renew(self) -> None:
        """What is told may have changed: the run has gone on, or the view was moved."""
        told = self._found()
        if told is not None and self.told is None:
            QToolTip.hideText()  # that of the title above, which the mouse has left
        if told != self.told or (told is not None and self.isHidden()):
            self.told = told
            self.setAccessibleDescription("" if told is None else told.words)
        self.setVisible(told is not None)
        if told is not None:
            self.setGeometry(self._plot.rect())
            self.raise_()
            self.update()

    def _found(self) -> Told | None:
        (x0, x1), _ = self._view.viewRange()
        if not self.ready:
            return None
        if self._x is not None:
            return self._tell(self._x, float("nan")) if x0 <= self._x <= x1 else None
        if self._pointer is None:
            return None
        place = self._canvas.mapToScene(self._pointer.toPoint())
        if not self._view.sceneBoundingRect().contains(place):
            return None
        at = self._view.mapSceneToView(place)
        return self._tell(at.x(), at.y())

    # Drawing -----------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        """The view, in px of this widget."""
        corner = self._canvas.mapFromScene(self._view.sceneBoundingRect().topLeft())
        size = self._view.sceneBoundingRect().size()
        return QRectF(QPointF(self._canvas.mapTo(self._plot, corner)), size)

    def place_of(self, told: Told) -> QPointF:
        """Where ``told`` speaks of, in px of this widget."""
        area, ((x0, x1), (y0, y1)) = self._area(), self._view.viewRange()
        x = area.left() + (told.at - x0) / (x1 - x0) * area.width()
        if self._pointer is not None:
            y = float(self._canvas.mapTo(self._plot, self._pointer.toPoint()).y())
        else:
            y = area.top() + _AWAY
        if told.up is not None:
            y = area.bottom() - (told.up - y0) / (y1 - y0) * area.height()
        return QPointF(x, y)

    def paintEvent(self, event: QPaintEvent) -> None:
        told = self.told
        if told is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, place = self._area(), self.place_of(told)
        dashes = QPen(self._theme.color("text_2"), 1)
        dashes.setDashPattern([4, 3])
        painter.setPen(dashes)
        if area.left() <= place.x() <= area.right():
            painter.drawLine(QPointF(place.x(), area.top()), QPointF(place.x(), area.bottom()))
        if told.up is not None:
            painter.drawLine(QPointF(area.left(), place.y()), QPointF(area.right(), place.y()))
        beside = max(place.x() - area.left(), area.right() - place.x())
        _Plate(told, self._theme, (beside, self.width() - 4.0)).paint(painter, area, place, QRectF(self.rect()))
        painter.end()


class _Plate:
    """How large the plate is, and what stands where. Runs' markers are in their curves' colours, on their ground."""

    def __init__(self, told: Told, theme: ThemeManager, rooms: Sequence[float]) -> None:
        self._told, self._theme, self._scale = told, theme, 0.5 + 0.5 * theme.scale
        self._font, self._bold, self._mono = (
            ui_font(_PX * theme.scale, 400),
            ui_font(_PX * theme.scale, 600),
            mono_font(_PX * theme.scale, 500),
        )
        self._row, self._pad, self._gap = (px * self._scale for px in (_ROW, _PAD, _GAP))
        self._row = max(self._row, QFontMetricsF(self._bold).height() + 1)
        columns = [
            max([_wide(self._font, name), *(_wide(self._mono, line.texts[at]) for line in told.lines)]) + self._gap
            for at, name in enumerate(told.columns)
        ]
        self._columns = columns
        ways = ([line.name for line in told.lines], [line.short for line in told.lines], [""] * len(told.lines))
        wide = [self._wide_with(names) for names in ways]
        # Whole names beside the place, or short ones; else over it, at the least with markers alone, as lines have there.
        fitting = [at for room in rooms for at in range(3) if wide[at] <= room and (at < 2 or room is rooms[-1])]
        chosen = fitting[0] if fitting else 2
        self._names, self.wide = ways[chosen], wide[chosen]
        self._head = self._broken(told.head, self._bold, rooms[-1] - 2 * self._pad) if not told.columns else [told.head]
        self._foot = self._broken(told.foot, self._font, rooms[-1] - 2 * self._pad) if told.foot else []
        longest = max([_wide(self._bold, line) for line in self._head] + [_wide(self._font, line) for line in self._foot])
        if not told.columns and not told.lines:
            self.wide = 2 * self._pad + longest
        elif len(self._foot) > 1:
            self.wide = min(self.wide, rooms[-1])
        self.high = 2 * self._pad + self._row * (len(self._head) + len(told.lines) + len(self._foot)) - 2

    def _broken(self, words: str, font: QFont, room: float) -> list[str]:
        """In one line where that has room, else in several: broken between two numbers, or at blanks."""
        lines: list[str] = []
        for part in [words] if _wide(font, words) <= room else words.split("   "):
            pieces = [part] if _wide(font, part) <= room else part.split(" ")
            begun = ""
            for piece in pieces:
                longer = f"{begun} {piece}" if begun else piece
                if begun and _wide(font, longer) > room:
                    lines.append(begun)
                    longer = piece
                begun = longer
            lines.append(begun)
        return lines

    def _wide_with(self, names: Sequence[str]) -> float:
        """Px that it takes with these names of the runs."""
        told = self._told
        fonts = [self._bold if line.own else self._font for line in told.lines]
        first = [_wide(font, name) + 4 * _MARKER for font, name in zip(fonts, names, strict=True)]
        return 2 * self._pad + max(max([_wide(self._bold, told.head), *first]) + sum(self._columns), _wide(self._font, told.foot))

    def paint(self, painter: QPainter, area: QRectF, place: QPointF, whole: QRectF) -> None:
        """Beside ``place``, on the side that has room, within ``area`` where it fits there; of a point above or below it."""
        right = place.x() + _AWAY + self.wide <= area.right() + _PAD or place.x() - area.left() < area.right() - place.x()
        x = place.x() + _AWAY if right else place.x() - _AWAY - self.wide
        x = max(2.0, min(x, whole.width() - 2 - self.wide))
        y = place.y() - self.high / 2
        if self._told.up is not None:
            above = place.y() - _AWAY - self.high
            y = above if above >= area.top() else place.y() + _AWAY
        y = max(area.top() + 2, min(y, area.bottom() - 2 - self.high))
        y = max(0.0, min(y, whole.height() - self.high))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("ink"))
        painter.drawRoundedRect(QRectF(x, y, self.wide, self.high), 6, 6)
        self._paint_texts(painter, x + self._pad, y + self._pad - 1)

    def _paint_texts(self, painter: QPainter, x: float, y: float) -> None:
        told, theme = self._told, self._theme
        whole = self.wide - 2 * self._pad
        text, faint = theme.color("on_ink"), theme.color("on_ink", 0.72)
        start = x + whole - sum(self._columns)

        def write(words: str, font: QFont, left: float, wide: float, row: int, *, right: bool = False, dim: bool = False) -> None:
            painter.setFont(font)
            painter.setPen(faint if dim else text)
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            painter.drawText(QRectF(left, y + row * self._row, wide, self._row), side | Qt.AlignmentFlag.AlignVCenter, words)

        for row, words in enumerate(self._head):
            write(words, self._bold, x, whole, row)
        left = start
        for name, wide in zip(told.columns, self._columns, strict=True):
            write(name, self._font, left, wide, 0, right=True, dim=True)
            left += wide
        first = len(self._head)
        for row, line in enumerate(told.lines, first):
            at = QPointF(x + _MARKER, y + (row + 0.5) * self._row)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface"))
            half = _MARKER + 2.5
            painter.drawRoundedRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half), 3, 3)
            paint_marker(painter, run_marker(line.number), at, run_color(theme, line.number), _MARKER - 0.5)
            write(self._names[row - first], self._bold if line.own else self._font, x + 4 * _MARKER, start - x - 4 * _MARKER, row)
            left = start
            for said, wide in zip(line.texts, self._columns, strict=True):
                write(said, self._mono, left, wide, row, right=True)
                left += wide
        for row, words in enumerate(self._foot, first + len(told.lines)):
            write(words, self._font, x, whole, row, dim=True)


def _wide(font: QFont, text: str) -> float:
    return QFontMetricsF(font).horizontalAdvance(text) + 1
