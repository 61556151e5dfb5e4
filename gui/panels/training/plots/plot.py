"""What the three plots share: axes, a cheap static grid, layers painted in pixels, menu, reading. Imports pyqtgraph."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import (
    QGraphicsObject,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStyleOptionGraphicsItem,
    QVBoxLayout,
    QWidget,
)

from gui.look.theme import UI_FAMILY, ThemeManager, ui_font
from gui.panels.training.plots.canvas import Canvas
from gui.panels.training.plots.reading.read_out import ReadOut
from gui.panels.training.plots.reading.told import Told
from gui.panels.training.plots.room import PLACES, WRAPPED, boxes_at, emptiest, hits, notice_sizes, unbroken
from gui.panels.training.plots.series import Floats, nice_ticks, two_decimals
from gui.panels.training.unpainted import without_controls

Painting = Callable[[QPainter, QTransform], None]

CLICK = 4
"""A press and a release less than this many px apart are a click; more are a drag."""

NARROW = 1.5
"""Powers of ten below which a logarithmic axis has ticks between these, too."""

LOW = 130
"""Height in px at 100 % font scale under which a plot leaves out the name of its lower axis."""

CHOOSER = 22
"""Height in px of a box beside a title, which must not push that down."""

STILL = 0.25
"""Px that what is drawn may be off, which no eye tells: a run at full speed need not wait until the same is painted again."""

TICK_HALF = 7.0
"""Half the height in px of a number at an axis."""


class Notice(NamedTuple):
    """What is said in a plot of what has left it: where, in px, in which words and how large."""

    box: QRectF
    words: str
    px: float


class Layer(QGraphicsObject):
    """Paints in pixels over the whole view; a ``cached`` one is painted again only when view, size or theme changed."""

    def __init__(self, view: pg.ViewBox, painting: Painting, cached: bool, z: float) -> None:
        super().__init__()
        self._view = view
        self._painting = painting
        self._cached = cached
        self._pixmap: QPixmap | None = None
        self._key: object = None
        self.elsewhere = False
        """Whether a picture of it is being made for a file: it is painted anew, and not what was kept of it for the screen."""
        self.held = False
        """Whether all but what moves is being painted."""
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        view.addItem(self, ignoreBounds=True)
        widget = view.getViewWidget()
        self._canvas = widget if isinstance(widget, Canvas) else None
        if self._canvas is not None and not cached:
            self._canvas.let_move(self)
        view.sigRangeChanged.connect(self._moved)
        view.sigResized.connect(self._moved)

    @Slot()
    def _moved(self) -> None:
        self.prepareGeometryChange()

    def refresh(self) -> None:
        """What it shows is another thing."""
        if self._canvas is None or self._cached:
            self.update()
        else:
            self._canvas.refresh()

    def paint_alone(self, painter: QPainter, transform: QTransform) -> None:
        """Paint it where nothing else is painted meanwhile, with what leads from the view's numbers to px."""
        painter.save()
        self._painting(painter, transform)
        painter.restore()

    def invalidate(self) -> None:
        """What a cached layer shows is out of date."""
        self._key = None
        if self._canvas is not None:
            self._canvas.forget()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._view.viewRect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.held:
            return
        transform = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._cached and not self.elsewhere:
            self._paint_cached(painter, transform)
        else:
            self._painting(painter, transform)
        painter.restore()

    def _paint_cached(self, painter: QPainter, transform: QTransform) -> None:
        area = transform.mapRect(self.boundingRect()).toAlignedRect()
        ratio = painter.device().devicePixelRatioF()
        scale = transform.m11(), transform.m22(), transform.dx(), transform.dy()
        key = (area.x(), area.y(), area.width(), area.height(), ratio, *scale)
        if self._pixmap is None or key != self._key:
            pixmap = QPixmap(round(area.width() * ratio), round(area.height() * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            inner = QPainter(pixmap)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.translate(-area.x(), -area.y())
            self._painting(inner, transform)
            inner.end()
            self._pixmap, self._key = pixmap, key
        painter.drawPixmap(area.topLeft(), self._pixmap)


class Plot(QWidget):
    """A plot with a title, names on both axes, a reading at the cursor, and a menu of its own.

    ``log_y`` means that the y of the view is the decimal logarithm of what is shown.

    Signals
    -------
    pressed()
        The mouse was pressed on it. It takes no keys, so they are not left to a field that is not looked at any more.
    """

    pressed = Signal()

    def __init__(
        self, theme: ThemeManager, name: str, title: str, subtitle: str, x_name: str, y_name: str, *, log_y: bool = False
    ) -> None:
        super().__init__()
        self._theme = theme
        self.axis_names = x_name, y_name
        """What the lower and the left axis are called."""
        self._log_y = log_y
        self._home = (0.0, 1.0, 0.0, 1.0)
        self._ready = False
        self._pressed: QPointF | None = None
        self.aside = 0
        """Px that tools take in its head, beside the title."""
        self.notice = QRectF()
        """Where the notice stood at the last paint; empty where there was none."""
        self.setAccessibleName(name)
        self._title = QLabel(title)
        self._subtitle = QLabel(subtitle)
        for label in (self._title, self._subtitle):
            label.setTextFormat(Qt.TextFormat.PlainText)
        if not subtitle:
            self._subtitle.hide()
        self._subtitle.setMinimumWidth(1)  # it gives way before the plot's least width grows
        self.box = self._view = pg.ViewBox(enableMenu=False)
        self._view.disableAutoRange()
        self._view.setDefaultPadding(0)
        self._axes = {side: pg.AxisItem(side) for side in ("left", "bottom")}
        for axis in self._axes.values():
            axis.enableAutoSIPrefix(False)  # it would scale the name's numbers, not the ticks, which are our own
        self._ticks: dict[str, list[float]] = {"left": [], "bottom": []}
        self.canvas = self._plot = Canvas(self._view, axisItems=self._axes, enableMenu=False)
        self._plot.hideButtons()
        self._plot.setFrameShape(Canvas.Shape.NoFrame)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._plot.setMinimumSize(120, 90)
        self._plot.setAccessibleName(name)
        self.view, self.canvas, self.title = self._view, self._plot, self._title
        """For what is laid over it: where its x and y are, what it is drawn on, and what stands above."""
        self._view.sigRangeChanged.connect(self._range_changed)
        self._view.sigResized.connect(self._resized)
        self._grid = Layer(self._view, self._paint_grid, True, -20)
        self.read_out = ReadOut(self, self._plot, self._view, theme, self.told)
        self._plot.viewport().installEventFilter(self)

        head = QHBoxLayout()
        head.setSpacing(5)
        head.addWidget(self._title)
        head.addWidget(self._subtitle)
        head.addStretch(1)
        self.head = self._head = head
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._plot, 1)
        theme.changed.connect(self.restyle)
        self.restyle()
        self._range_changed()

    # Look --------------------------------------------------------------------------------------------------------

    @Slot()
    def restyle(self) -> None:
        self.dress()
        self._plot.setBackground(self._theme.color("surface"))
        _name_axes(self._axes, self.axis_names, self._theme)
        self._fit_left_axis()
        self._fit_bottom_axis()
        self._grid.invalidate()

    def dress(self) -> None:
        """Fonts and colours of the labels: Qt gives them back those of before when the plot is put into another window part."""
        theme, scale = self._theme, self._theme.scale
        self._title.setFont(ui_font(13 * scale, 600))
        self._subtitle.setFont(ui_font(12 * scale))
        for label, token in ((self._title, "text"), (self._subtitle, "text_3")):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, theme.color(token))
            label.setPalette(palette)
        self._fit_head()

    def _fit_head(self) -> None:
        """What stands beside the title is left out where both have no room."""
        if self._subtitle.text():
            needed = _wide(self._title) + self._subtitle.sizeHint().width() + 6
            self._subtitle.setVisible(needed + self.aside <= self.width())

    def show_subtitle(self, ways: Sequence[str]) -> None:
        """Write beside the title the first of these that has room; nothing if none has."""
        room = self.width() - _wide(self._title) - 6 - self.aside
        metrics = QFontMetrics(ui_font(12 * self._theme.scale))
        text = next((way for way in ways if metrics.horizontalAdvance(way) + 4 <= room), "")
        if text != self._subtitle.text():
            self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))

    def _fit_left_axis(self) -> None:
        """As wide as its widest number beside its name, never less than other plots' that have short ones."""
        scale = self._theme.scale
        metrics = QFontMetrics(ui_font(11 * scale))
        widest = max((metrics.horizontalAdvance(tick_name(tick, self._log_y)) for tick in self._ticks["left"]), default=0)
        wide = round(max(44 * max(1.0, scale), 20 * scale + widest + 10))
        if wide != round(self._axes["left"].width()):
            self._axes["left"].setWidth(wide)

    def _fit_bottom_axis(self) -> None:
        """In a low plot the room of the axis' name is worth more to the curve: the reading says it, too."""
        scale = max(1.0, self._theme.scale)
        named = self.height() >= LOW * scale
        if self._axes["bottom"].label.isVisible() != named:
            self._axes["bottom"].showLabel(named)
        self._axes["bottom"].setHeight(round((38 if named else 22) * scale))

    def set_names(self, x_name: str, y_name: str) -> None:
        """What the axes are called."""
        if (x_name, y_name) != self.axis_names:
            self.axis_names = x_name, y_name
            _name_axes(self._axes, self.axis_names, self._theme)

    def set_title(self, title: str) -> None:
        if title != self._title.text():
            self._title.setText(title)
            self._fit_head()

    def set_home(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """The range that the plot shows until the user moves it, and again after Reset view."""
        if (x0, x1, y0, y1) != self._home and all(map(math.isfinite, (x0, x1, y0, y1))) and x0 < x1 and y0 < y1:
            self._home, self._ready, self.read_out.ready = (x0, x1, y0, y1), True, True
            self.reset_view()

    @Slot()
    def reset_view(self) -> None:
        """Show the whole plot again."""
        x0, x1, y0, y1 = self._home
        self._view.setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0, disableAutoRange=True)

    @Slot()
    def _range_changed(self) -> None:
        (x0, x1), (y0, y1) = self._view.viewRange()
        for side, low, high, log in (("bottom", x0, x1, False), ("left", y0, y1, self._log_y)):
            if not self._ready:
                ticks = []
            elif log:
                every = max(1, math.ceil((high - low) / 6))
                ticks = [float(k) for k in range(math.ceil(low), math.floor(high) + 1) if k % every == 0]
                if high - low < NARROW:
                    ticks = [tick for tick in _ticks_between(low, high) if low <= tick <= high]
            else:
                room = self._plot.width() / 60 if side == "bottom" else self._plot.height() / 45
                ticks = nice_ticks(low, high, max(3, min(7, round(room))))
            if side == "left" and high > low:
                # A number at the very top would be cut: above the plot there is no room for its upper half.
                half = TICK_HALF * self._theme.scale * (high - low) / max(1.0, self._view.height())
                ticks = [tick for tick in ticks if tick <= high - half]
            self._ticks[side] = ticks
            self._axes[side].setTicks([[(tick, tick_name(tick, self._log_y and side == "left")) for tick in ticks]])
        self._plot.forget()
        self._fit_left_axis()

    @Slot()
    def _resized(self) -> None:
        """The plot itself has its new size, which it has not yet when the widget hears of its own."""
        self._range_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_head()
        self._fit_bottom_axis()
        self._range_changed()
        self._grid.invalidate()

    def _paint_grid(self, painter: QPainter, transform: QTransform) -> None:
        area = transform.mapRect(QRectF(self._view.viewRect()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(self._theme.color("line"), 1))
        for tick in self._ticks["bottom"]:
            x = round(transform.map(QPointF(tick, 0)).x())
            painter.drawLine(x, round(area.top()), x, round(area.bottom()))
        for tick in self._ticks["left"]:
            y = round(transform.map(QPointF(0, tick)).y())
            painter.drawLine(round(area.left()), y, round(area.right()), y)

    # Under the pointer -------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self.pressed.emit()
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton and self._ready:
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed = event.position()
            elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
                if (event.position() - self._pressed).manhattanLength() < CLICK:
                    self.clicked(self._plot.mapToScene(event.position().toPoint()))
                self._pressed = None
        return super().eventFilter(watched, event)

    def clicked(self, place: QPointF) -> None:
        """The plot was clicked at ``place``, in px of its drawing; a plot of points goes to the point there."""

    def find_notice(
        self, painter: QPainter, area: QRectF, ways: Sequence[str], points: Floats, taken: Sequence[QRectF] = ()
    ) -> Notice | None:
        """Where in ``area`` to say what can no longer be seen there, and in which of the ``ways``, the fullest first.

        Whole, off what is ``taken``, and off the ``points`` of curves: smaller, or in fewer words, before it covers them.
        """
        found: list[tuple[int, Notice]] = []
        for words in map(unbroken, ways):
            for px in (12.0, 11.0):
                painter.setFont(ui_font(px * self._theme.scale, 600))
                for size in notice_sizes(painter.fontMetrics(), words, area, (6, 3)):
                    box = emptiest(boxes_at(area, size, PLACES, min(6.0, (area.width() - size.width()) / 2)), points, taken)
                    if box is not None:
                        found.append((hits(box, points), Notice(box, words, px)))
                        if found[-1][0] == 0:
                            return found[-1][1]
        return min(found, key=lambda item: item[0])[1] if found else None

    def paint_notice(self, painter: QPainter, notice: Notice | None, *, calm: bool = False) -> None:
        """Say it over everything else, on a ground of its own; ``calm`` where nothing went wrong."""
        self.notice = QRectF() if notice is None else notice.box
        if notice is None:
            return
        painter.setFont(ui_font(notice.px * self._theme.scale, 600))
        painter.setPen(QPen(self.color("line_strong" if calm else "error_line"), 1))
        painter.setBrush(self.color("surface"))
        painter.drawRoundedRect(notice.box, 5, 5)
        painter.setPen(self.color("text_2" if calm else "error"))
        painter.drawText(notice.box.adjusted(5, 2, -5, -2), WRAPPED, notice.words)

    def reading(self, x: float, y: float) -> str:
        """The point (x, y) of the view in words."""
        across, up = self.axis_names
        return f"{across} {two_decimals(x)}   {up} {two_decimals(10 ** min(y, 300.0) if self._log_y else y)}"

    def told(self, x: float, y: float) -> Told:
        """What the read-out tells of the point (x, y) of the view; y is nan where a cursor stands at a whole x."""
        return Told(self.reading(x, y), x)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def menu(self) -> QMenu:
        """Copy picture, Reset view."""
        menu = QMenu(self)
        menu.addAction("Copy picture").triggered.connect(self.copy_picture)
        menu.addAction("Reset view").triggered.connect(self.reset_view)
        return menu

    @Slot()
    def copy_picture(self) -> None:
        """Put the plot as it looks on the clipboard."""
        self.read_out.leave()
        with without_controls(self):
            QGuiApplication.clipboard().setPixmap(self.grab())

    def color(self, token: str, opacity: float = 1.0) -> QColor:
        return self._theme.color(token, opacity)


def _wide(label: QLabel) -> int:
    """Px that it takes."""
    return max(label.sizeHint().width(), label.minimumWidth())


def _name_axes(axes: Mapping[str, pg.AxisItem], names: tuple[str, str], theme: ThemeManager) -> None:
    """Write the names of both axes, in the look of their numbers."""
    scale = theme.scale
    pen = pg.mkPen(theme.color("text_3"), width=1)
    for side, name in zip(("bottom", "left"), names, strict=True):
        axis = axes[side]
        axis.setPen(pen)
        axis.setTextPen(theme.color("text_3"))
        axis.setStyle(tickFont=ui_font(11 * scale), tickLength=0, tickTextOffset=6, autoExpandTextSpace=False)
        italic = name[:1] > "\U0001d400" or name[:1] == "\N{PLANCK CONSTANT}"
        size = 15 if italic else 12
        # Without quotes: pyqtgraph puts this between quotes itself, and what came after another one would be lost. Letters
        # come from the mathematical font by themselves; as the label's own its high lines would lift them onto the numbers.
        style = {"color": theme.hex("text_2" if italic else "text_3"), "font-family": UI_FAMILY}
        axis.setLabel(name, **style, **{"font-size": f"{round(size * scale)}px"})


def tick_name(tick: float, log: bool) -> str:
    """What stands at a tick; with ``log`` that is the decimal logarithm of it."""
    return _tick_text(10**tick if log else tick)


def _ticks_between(low: float, high: float) -> list[float]:
    """Logarithms of 1, 2 and 5 times each power of ten; where all are within one of them, of round numbers."""
    found = [k + math.log10(times) for k in range(math.floor(low), math.ceil(high) + 1) for times in (1, 2, 5)]
    if sum(low <= tick <= high for tick in found) >= 3:
        return found
    return [math.log10(number) for number in nice_ticks(10**low, 10**high, 4) if number > 0]


def _tick_text(value: float) -> str:
    if value != 0 and not 1e-3 <= abs(value) < 1e4:
        return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e").replace("-", "−")
    return f"{value:g}".replace("-", "−")


def polygon(x: Floats, y: Floats, transform: QTransform) -> QPolygonF:
    """The points (x, y) in pixels, without a Python call for each; ``transform`` scales and shifts only."""
    if not len(x):
        return QPolygonF()  # pyqtgraph's own for no points is drawn from memory that is not there
    places: QPolygonF = pg.functions.arrayToQPolygonF(x * transform.m11() + transform.dx(), y * transform.m22() + transform.dy())
    return places


def dot(painter: QPainter, place: QPointF, radius: float, fill: QColor, rim: QColor, width: float = 2) -> None:
    """A filled circle with a rim."""
    painter.setPen(QPen(rim, width) if width else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawEllipse(place, radius, radius)


def dots(painter: QPainter, places: QPolygonF, radius: float, fill: QColor) -> None:
    """A filled circle at each place, in one call."""
    painter.setPen(QPen(fill, 2 * radius, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(places)
