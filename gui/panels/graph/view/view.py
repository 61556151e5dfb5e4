"""The view of the scene: what mouse, wheel and keys do there, by its camera and its walk from card to card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QToolTip

from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.describe import card_tooltip, edge_tooltip
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.scene import GraphScene
from gui.panels.graph.view.camera import Camera
from gui.panels.graph.view.dots import Dots
from gui.panels.graph.view.reveal import Reveal
from gui.panels.graph.view.walk import Walk

if TYPE_CHECKING:
    from gui.panels.graph.scene.frames import Frames

ZOOM_STEP = 1.2
_FAR = 1e6
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_ARRIVALS = {"v": "value", "g": "gradient"}


class GraphView(QGraphicsView):
    """Shows a GraphScene: ``camera`` says which part of it, ``reveal`` brings cards into view, ``walk`` knows which has the
    keyboard.

    Signals
    -------
    chosen(object, object)
        The user picked a card id, an edge id, or neither (None, None).
    menu_wanted(object, object)
        A context menu is asked for: the item under it or None, and the global position.
    opened()
        A double click or Return on the card that has the focus.
    fold_wanted(str, bool)
        Unfold the module that this card is or, if False, fold the one around it.
    arrival_wanted(str, str)
        Go to when this card got its ``value`` or ``gradient``.
    """

    arrival_wanted = Signal(str, str)
    chosen = Signal(object, object)
    menu_wanted = Signal(object, object)
    opened = Signal()
    fold_wanted = Signal(str, bool)

    def __init__(self, scene: GraphScene, theme: ThemeManager) -> None:
        super().__init__(scene)
        self.graph_scene = scene
        self.camera = Camera(self, scene)
        self.reveal = Reveal(self, self.camera, scene)
        self.walk = Walk(self, scene, self.reveal)
        self._dots = Dots(theme)
        self._frames: Frames | None = None
        """The frames of unfolded modules, whose signs can be pressed."""
        self._drag: QPoint | None = None
        self._pressed: QPoint | None = None
        self.setAccessibleName("Computation graph")
        self.setAccessibleDescription(
            "Tab goes from card to card, Alt and an arrow key along the edges, Return selects, "
            "plus and minus unfold and fold modules and functions, V and G go to when a card got its value or gradient"
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSceneRect(QRectF(-_FAR, -_FAR, 2 * _FAR, 2 * _FAR))
        self.setMinimumSize(320, 200)
        self.viewport().setMouseTracking(True)
        scene.in_view.watch(self.camera.seen, lambda: self.camera.zoom)
        self.camera.moved.connect(scene.refresh)
        self.camera.show_at(QPointF(0, 0), QPointF(0, 0))

    def set_frames(self, frames: Frames) -> None:
        """Know the frames of modules that the scene has."""
        self._frames = self.reveal.frames = frames

    def wheelEvent(self, event: QWheelEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pixels = event.pixelDelta()
        if not control and not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.camera.take(QPointF(pixels))
        elif event.angleDelta().y():
            self.camera.user_zoomed = True
            self.camera.zoom_to(self.camera.zoom * ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        elif event.angleDelta().x():
            self.camera.take(QPointF(event.angleDelta().x() / 2, 0))
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.camera.user_zoomed = True
            self.camera.zoom_to(self.camera.zoom * (1 + event.value()), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            item = self.item_at(event.pos())
            if item is None:
                frames = self._frames
                text = "" if frames is None else frames.text_at(self.mapToScene(event.pos()), self.camera.zoom)
            else:
                text = card_tooltip(item) if isinstance(item, CardItem) else edge_tooltip(item)
            QToolTip.showText(event.globalPos(), text, self.viewport())  # an empty one hides what is shown
            return True
        return super().viewportEvent(event)

    # Mouse -------------------------------------------------------------------------------------------------------

    def item_at(self, pos: QPoint) -> CardItem | EdgeItem | None:
        """The card, else the edge, at ``pos`` (viewport px)."""
        around = QRectF(self.mapToScene(pos) - QPointF(1, 1), self.mapToScene(pos) + QPointF(1, 1))
        items: list[QGraphicsItem] = self.graph_scene.items(around)
        for kind in (CardItem, EdgeItem):
            for item in items:
                if isinstance(item, kind):
                    return item
        crowd = self.graph_scene.crowd
        card = crowd.card_at(self.mapToScene(pos)) if crowd is not None else None
        return None if card is None else self.graph_scene.card(card)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.graph_scene.finish_motion()
        left = event.button() == Qt.MouseButton.LeftButton
        if left or event.button() == Qt.MouseButton.MiddleButton:
            self._pressed = event.position().toPoint()
            item = self.item_at(self._pressed) if left else None
            self._drag = None if isinstance(item, CardItem) else self._pressed
            if isinstance(item, CardItem) and item.on_sign(self.mapToScene(event.position().toPoint()), self.camera.zoom):
                self._drag = self._pressed = None
                self.fold_wanted.emit(item.card.id, True)
            elif item is None and left and self._press_frame():
                self._drag = self._pressed = None
            elif isinstance(item, CardItem):
                self._pressed = None
                self.walk.go_to(item.card.id, announce=False)
                self.chosen.emit(item.card.id, None)
        event.accept()

    def _press_frame(self) -> bool:
        """Whether what was pressed is the sign of a module's frame."""
        frames, pressed = self._frames, self._pressed
        return frames is not None and pressed is not None and frames.press(self.mapToScene(pressed), self.camera.zoom)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            super().mouseMoveEvent(event)
            return
        here = event.position().toPoint()
        if self._pressed is not None and (here - self._pressed).manhattanLength() < 4:
            return
        self._pressed = None
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self.camera.take(QPointF(here - self._drag))
        self._drag = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.button() == Qt.MouseButton.LeftButton:
            item = self.item_at(self._pressed)
            self.chosen.emit(None, item.edge.id if isinstance(item, EdgeItem) else None)
        self._drag = self._pressed = None
        self.viewport().unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and isinstance(self.item_at(event.position().toPoint()), CardItem):
            self.opened.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        focused = self.walk.here
        if event.reason() == QContextMenuEvent.Reason.Keyboard and focused is not None:
            item: CardItem | EdgeItem | None = self.graph_scene.card(focused)
            where = self.viewport().mapToGlobal(self.mapFromScene(self.graph_scene.places.frame(focused).center()))
        else:
            item, where = self.item_at(event.pos()), event.globalPos()
        self.menu_wanted.emit(item, where)
        event.accept()

    # Keyboard ----------------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, next: bool) -> bool:
        if self.hasFocus() and self.walk.step(next):
            return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.walk.enter(event.reason())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.walk.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.graph_scene.finish_motion()
        key = Qt.Key(event.key())
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        focused = self.walk.here
        if alt and key in _ARROWS and self.graph_scene.card_ids():
            self.walk.along(*_ARROWS[key])
            event.accept()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and focused is not None:
            self.chosen.emit(focused, None)
            self.opened.emit()
            event.accept()
        elif focused is not None and event.text() in ("+", "-") and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.fold_wanted.emit(focused, event.text() == "+")
            event.accept()
        elif focused is not None and event.text() in _ARRIVALS and not event.modifiers():
            self.arrival_wanted.emit(focused, _ARRIVALS[event.text()])
            event.accept()
        else:
            # Plain arrows, Home and End belong to stepping; scrolling with them would take them away.
            event.ignore()

    # Ground ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.camera.moved.emit()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        self._dots.paint(painter, self, rect)
