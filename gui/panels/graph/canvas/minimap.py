"""The whole graph in a corner of the canvas, with the part that is in view; a click or drag moves the view."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from engine.graph.state import CardState
from gui.look.theme import ThemeManager
from gui.look.tones import GRADIENT_TONE, TONES, VALUE_TONE
from gui.panels.graph.cards.rows import is_bad
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.view import GraphView

WIDEST, HIGHEST, LEAST = 180, 120, 24
"""Px of the picture inside the frame."""
_SHARE = 0.16, 0.22
"""The largest share of the canvas' width and height that it takes."""
_FAINT = 0.3
"""Opacity where it lies over cards and neither mouse nor keyboard is on it: they can be read through it."""
_PAD = 6
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_STEP = 0.25
"""Share of the view's size that an arrow key moves it by."""


def _tone(state: CardState) -> str:
    """The colour token of a card of a few pixels."""
    if state.failed or is_bad(state.value) or is_bad(state.gradient):
        return "error_line"
    if state.active is not None:
        return TONES[state.active].text
    if state.freed:
        return "pending_line"
    if state.gradient.kind == "value":
        return GRADIENT_TONE.line
    return VALUE_TONE.line if state.value.kind == "value" else "pending_line"


class Minimap(QWidget):
    """Sizes itself to the shape of the graph.

    Signals
    -------
    wanted(object)
        The user wants this point of the scene (QPointF) in the middle of the view.
    """

    wanted = Signal(object)

    def __init__(self, scene: GraphScene, view: GraphView, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene, self._view, self._theme = scene, view, theme
        self._picture: QImage | None = None
        self._over = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Overview of the graph")
        self.setAccessibleDescription("Arrow keys move the part of the graph that is in view")
        self.setToolTip("Overview: click, drag or use the arrow keys to move")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        theme.changed.connect(self.renew)
        view.camera.moved.connect(self.update)

    def sizeHint(self) -> QSize:
        extent = self._scene.places.extent()
        if extent.isEmpty():
            return QSize(0, 0)
        ground = self.parentWidget()
        most = (WIDEST, HIGHEST) if ground is None else (_SHARE[0] * ground.width(), _SHARE[1] * ground.height())
        scale = min(min(WIDEST, most[0]) / extent.width(), min(HIGHEST, most[1]) / extent.height())
        wide, high = max(LEAST, round(extent.width() * scale)), max(LEAST, round(extent.height() * scale))
        return QSize(wide + 2 * _PAD, high + 2 * _PAD)

    def renew(self) -> None:
        """The graph or its state changed."""
        self._picture = None
        self.update()

    @property
    def faint(self) -> bool:
        """Whether what lies under it shows through."""
        return self._over and not (self.hasFocus() or self.underMouse())

    def set_over(self, over: bool) -> None:
        """Whether cards or edges lie under it."""
        if over != self._over:
            self._over = over
            self.update()

    # Places ------------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        """The picture's place, in the shape of the graph."""
        room, extent = QRectF(self.rect()).adjusted(_PAD, _PAD, -_PAD, -_PAD), self._scene.places.extent()
        scale = min(room.width() / max(1.0, extent.width()), room.height() / max(1.0, extent.height()))
        area = QRectF(0, 0, extent.width() * scale, extent.height() * scale)
        area.moveCenter(room.center())
        return area

    def scene_point(self, at: QPointF) -> QPointF:
        """The point of the scene that is drawn at ``at``."""
        area, extent = self._area(), self._scene.places.extent()
        x = (at.x() - area.left()) / max(1e-9, area.width())
        y = (at.y() - area.top()) / max(1e-9, area.height())
        return QPointF(extent.left() + x * extent.width(), extent.top() + y * extent.height())

    def shown_part(self) -> QRectF:
        """Where the part that is in view is drawn, at least 5 px large."""
        area, extent, seen = self._area(), self._scene.places.extent(), self._view.camera.seen()
        scale_x, scale_y = area.width() / max(1.0, extent.width()), area.height() / max(1.0, extent.height())
        part = QRectF(
            area.left() + (seen.left() - extent.left()) * scale_x,
            area.top() + (seen.top() - extent.top()) * scale_y,
            seen.width() * scale_x,
            seen.height() * scale_y,
        )
        part = part.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        missing = max(0.0, 5 - part.width()) / 2, max(0.0, 5 - part.height()) / 2
        return part.adjusted(-missing[0], -missing[1], missing[0], missing[1])

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(_FAINT if self.faint else 1.0)
        focus = self.hasFocus()
        painter.setPen(QPen(self._theme.color("focus" if focus else "line_strong"), 2 if focus else 1))
        painter.setBrush(self._theme.color("surface"))
        inset = 1.0 if focus else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 7.5, 7.5)
        if self._picture is None:
            self._picture = self._draw()
        painter.drawImage(QRectF(self.rect()), self._picture)
        painter.setPen(QPen(self._theme.color("text"), 1.5))
        painter.setBrush(self._theme.color("text", 0.08))
        painter.drawRect(self.shown_part())
        painter.end()

    def _draw(self) -> QImage:
        density = self.devicePixelRatioF()
        image = QImage((self.size().toSizeF() * density).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(density)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        area, extent = self._area(), self._scene.places.extent()
        painter.translate(area.topLeft())
        painter.scale(area.width() / max(1.0, extent.width()), area.height() / max(1.0, extent.height()))
        painter.translate(-extent.topLeft())
        if self._scene.crowd is not None:
            self._scene.crowd.item.paint_all(painter, density)
        else:
            for item in self._scene.cards.values():
                painter.fillRect(item.frame(), self._theme.color(_tone(item.state)))
        painter.end()
        return image

    # Mouse and keyboard ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.wanted.emit(self.scene_point(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.wanted.emit(self.scene_point(event.position()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = _ARROWS.get(Qt.Key(event.key()))
        if move is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
            return
        seen = self._view.camera.seen()
        self.wanted.emit(seen.center() + QPointF(move[0] * seen.width() * _STEP, move[1] * seen.height() * _STEP))
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def needed(scene: GraphScene, view: GraphView, room: QRect) -> bool:
    """Whether some of the graph is out of view, and the canvas is large enough to spare a corner."""
    extent = scene.places.extent()
    if extent.isEmpty() or room.width() < 560 or room.height() < 360:
        return False
    return not view.camera.seen().adjusted(-1, -1, 1, 1).contains(extent)
