"""The canvas: zoom to the cursor, pan, fit, and a keyboard walk from card to card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QToolTip

from gui.look.theme import ThemeManager
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.describe import card_spoken, card_tooltip, edge_tooltip
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.scene import GraphScene

if TYPE_CHECKING:
    from gui.panels.graph.scene.frames import Frames

LEAST_ZOOM, GREATEST_ZOOM = 0.05, 4.0
LEAST_OF_ALL = 0.0005
"""The least zoom, for graphs that do not fit at ``LEAST_ZOOM``."""
ZOOM_STEP = 1.2
DOT_PITCH = 20
_TILE = 20 * DOT_PITCH
_LEFT = 23
_FAR = 1e6
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


_ARRIVALS = {"v": "value", "g": "gradient"}


class GraphView(QGraphicsView):
    """Shows a GraphScene.

    Signals
    -------
    zoomed(float)
        The zoom is now this (1.0 is 100 %).
    moved()
        Another part of the scene is visible.
    chosen(object, object)
        The user picked a card id, an edge id, or neither (None, None).
    menu_wanted(object, object)
        A context menu is asked for: the item under it or None, and the global position.
    opened()
        A double click or Return on the card that has the focus.
    fold_wanted(str, bool)
        The module that this card is shall be unfolded, or (False) the one around it folded.
    focus_shown(bool)
        The canvas itself has the keyboard, and no card shows that: something else must.
    arrival_wanted(str, str)
        Go to when this card got its ``value`` or ``gradient``.
    """

    arrival_wanted = Signal(str, str)
    focus_shown = Signal(bool)
    zoomed = Signal(float)
    moved = Signal()
    chosen = Signal(object, object)
    menu_wanted = Signal(object, object)
    opened = Signal()
    fold_wanted = Signal(str, bool)

    def __init__(self, scene: GraphScene, theme: ThemeManager) -> None:
        super().__init__(scene)
        self.graph_scene = scene
        self.focused: str | None = None
        self.selected_card: str | None = None
        self.selected_edge: str | None = None
        self._by_key = False
        """Whether a key brought the focus here."""
        self._ring = False
        """Whether the card that has the keyboard shows that: not once something else was selected, or nothing."""
        self.user_zoomed = False
        self.covered = 0
        """Px at the top that something lies over: a card is not brought into view there."""
        self.foot = 0
        """The same at the bottom."""
        self.corner = QRect()
        """What is covered at the bottom right."""
        self._theme = theme
        self._drag: QPoint | None = None
        self.frames: Frames | None = None
        """The frames of unfolded modules, whose signs can be pressed."""
        self._pressed: QPoint | None = None
        self._tile: tuple[tuple[str, float], QPixmap] | None = None
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
        scene.in_view.watch(self.seen, lambda: self.zoom)
        self.moved.connect(scene.refresh)
        self._show_at(QPointF(0, 0), QPointF(0, 0))

    def seen(self) -> QRectF:
        """The part of the scene that is in view."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    # Zoom and pan ------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def least_zoom(self) -> float:
        """How far one may zoom out: as far as shows the whole of a large graph."""
        if self.graph_scene.crowd is None:
            return LEAST_ZOOM
        whole, port = self.graph_scene.places.extent(), self.viewport().rect()
        fits = 0.9 * min(port.width() / max(1.0, whole.width()), port.height() / max(1.0, whole.height()))
        return max(LEAST_OF_ALL, min(LEAST_ZOOM, fits))

    def _show_at(self, scene_point: QPointF, view_point: QPointF) -> None:
        """Pan so that ``scene_point`` stands at ``view_point`` of the viewport."""
        corner = scene_point * self.zoom - view_point
        self.horizontalScrollBar().setValue(round(corner.x()))
        self.verticalScrollBar().setValue(round(corner.y()))
        self.moved.emit()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom, keeping the scene point under ``at`` (viewport px; default: the middle) where it is."""
        zoom = max(self.least_zoom(), min(GREATEST_ZOOM, zoom))
        view_point = QPointF(self.viewport().rect().center()) if at is None else at
        scene_point = self.mapToScene(view_point.toPoint()) + (view_point - QPointF(view_point.toPoint())) / self.zoom
        self.resetTransform()
        self.scale(zoom, zoom)
        self._show_at(scene_point, view_point)
        self.zoomed.emit(zoom)

    def place(self, whole: QRectF, zoom: float, area: QRectF) -> None:
        """Show a part of the scene at ``zoom``, centred in ``area`` (viewport px)."""
        self.resetTransform()
        self.scale(zoom, zoom)
        self._show_at(whole.center(), area.center())
        self.zoomed.emit(zoom)

    def centre_on(self, point: QPointF) -> None:
        """Show ``point`` of the scene in the middle."""
        self.user_zoomed = True
        self._show_at(point, QPointF(self.viewport().rect().center()))

    def hold(self, point: QPointF, at: QPoint) -> None:
        """Pan so that ``point`` of the scene stands at ``at`` of the viewport."""
        self.user_zoomed = True
        self._show_at(point, QPointF(at))

    def pan(self, by: QPointF) -> None:
        """Move what is shown by ``by`` (viewport px)."""
        self.user_zoomed = True
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - round(by.x()))
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - round(by.y()))
        self.moved.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pixels = event.pixelDelta()
        if not control and not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self.pan(QPointF(pixels))
        elif event.angleDelta().y():
            self.user_zoomed = True
            self.zoom_to(self.zoom * ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        elif event.angleDelta().x():
            self.pan(QPointF(event.angleDelta().x() / 2, 0))
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.user_zoomed = True
            self.zoom_to(self.zoom * (1 + event.value()), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            item = self.item_at(event.pos())
            if item is None:
                text = "" if self.frames is None else self.frames.text_at(self.mapToScene(event.pos()), self.zoom)
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
            if isinstance(item, CardItem) and item.on_sign(self.mapToScene(event.position().toPoint()), self.zoom):
                self._drag = self._pressed = None
                self.fold_wanted.emit(item.card.id, True)
            elif item is None and left and self._press_frame():
                self._drag = self._pressed = None
            elif isinstance(item, CardItem):
                self._pressed = None
                self.focus_card(item.card.id, announce=False)
                self.chosen.emit(item.card.id, None)
        event.accept()

    def _press_frame(self) -> bool:
        """Whether what was pressed is the sign of a module's frame."""
        frames, pressed = self.frames, self._pressed
        return frames is not None and pressed is not None and frames.press(self.mapToScene(pressed), self.zoom)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            super().mouseMoveEvent(event)
            return
        here = event.position().toPoint()
        if self._pressed is not None and (here - self._pressed).manhattanLength() < 4:
            return
        self._pressed = None
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self.pan(QPointF(here - self._drag))
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
        focused = self.focused
        if event.reason() == QContextMenuEvent.Reason.Keyboard and focused is not None and self.graph_scene.has_card(focused):
            item: CardItem | EdgeItem | None = self.graph_scene.card(focused)
            where = self.viewport().mapToGlobal(self.mapFromScene(self.graph_scene.places.frame(focused).center()))
        else:
            item, where = self.item_at(event.pos()), event.globalPos()
        self.menu_wanted.emit(item, where)
        event.accept()

    # Keyboard ----------------------------------------------------------------------------------------------------

    def focus_card(self, card_id: str | None, announce: bool = True) -> None:
        """Give the keyboard to a card, bring it into view, and say what it holds."""
        self.focused, self._ring = card_id, card_id is not None
        self._mark()
        if card_id is None or not announce:
            return
        self.reveal(card_id)
        self.setAccessibleDescription(card_spoken(self.graph_scene.card(card_id)))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def reveal(self, card_id: str) -> None:
        """Pan as little as brings a card into view, where it is going to stand."""
        self._reveal_box(self._box(card_id))

    def _box(self, card_id: str) -> QRectF:
        """Where a card is going to stand."""
        return self.graph_scene.places.box(card_id)

    def _reveal_box(self, box: QRectF) -> None:
        shown = self.mapFromScene(box).boundingRect()
        area = self.viewport().rect().adjusted(12, 12 + self.covered, -12, -12 - self.foot)
        if not area.contains(shown):
            dx = max(0, area.left() - shown.left()) - max(0, shown.right() - area.right())
            dy = max(0, area.top() - shown.top()) - max(0, shown.bottom() - area.bottom())
            self.pan(QPointF(dx, dy))
            shown.translate(dx, dy)
        if shown.intersects(self.corner):
            above, beside = self.corner.top() - 12 - shown.bottom(), self.corner.left() - 12 - shown.right()
            # Above what is in the corner where there is room, else beside it.
            if shown.top() + above >= area.top() or shown.left() + beside < area.left():
                self.pan(QPointF(0, above))
            else:
                self.pan(QPointF(beside, 0))

    def reveal_all(self, card_ids: Sequence[str]) -> None:
        """Pan as little as brings these cards into view whole, or as many as have room there."""
        area = self.viewport().rect().adjusted(12, 12 + self.covered, -12, -12 - self.foot)
        box, shown = QRectF(), list[str]()
        for card_id in card_ids:
            both = box.united(self._box(card_id))
            if both.width() * self.zoom <= area.width() and both.height() * self.zoom <= area.height():
                box = both
                shown.append(card_id)
        if not shown:
            if card_ids and not any(self.seen().intersects(self.graph_scene.places.frame(card_id)) for card_id in card_ids):
                self.reveal(card_ids[0])
            return
        user_zoomed, before = self.user_zoomed, self.mapToScene(QPoint(0, 0))
        self._reveal_box(box)
        if self.mapToScene(QPoint(0, 0)).y() != before.y():
            self._reveal_head(self.mapFromScene(box).boundingRect(), area)
        self.user_zoomed = user_zoomed

    def _reveal_head(self, kept: QRect, area: QRect) -> None:
        """Where the name of a module's frame is cut off at the top, show it, unless ``kept`` had then no room in ``area``."""
        least = area.top() - 8
        heads = [self.mapFromScene(item.rect).boundingRect() for item in (self.frames.items if self.frames is not None else ())]
        seen = [head for head in heads if head.right() > 0 and head.left() < area.right()]
        cut = [least - head.top() for head in seen if least - 40 < head.top() < least]
        down = max(cut, default=0)
        moved = kept.translated(0, down)
        if down and moved.bottom() <= area.bottom() and not moved.intersects(self.corner):
            self.pan(QPointF(0, down))

    def set_selected(self, card: str | None, edge: str | None) -> None:
        """Show what is selected in the session."""
        other = card != self.selected_card
        if other or edge != self.selected_edge:
            # The ring is where the last selection or the last key went: never round two cards.
            self.focused, self._ring = (card, True) if self.graph_scene.has_card(card) else (self.focused, False)
        self.selected_card, self.selected_edge = card, edge
        if other and card is not None and self.graph_scene.crowd is not None and self.graph_scene.has_card(card):
            self.reveal(card)
        self._mark()

    def forget(self) -> None:
        """Another program is shown: no card of it has the keyboard."""
        self.focused, self._ring = None, False
        self._mark()

    def _mark(self) -> None:
        """Show which card has the keyboard and what is selected."""
        self.graph_scene.marks.select(self._ringed(), self.selected_card, self.selected_edge)
        self.focus_shown.emit(self.hasFocus() and self._by_key and self._ringed() is None)

    def _ringed(self) -> str | None:
        return self.focused if self._ring and self.hasFocus() else None

    def focusNextPrevChild(self, next: bool) -> bool:
        ids = self.graph_scene.card_ids()
        if self.hasFocus() and ids:
            at = ids.index(self.focused) if self.focused in ids else (-1 if next else len(ids))
            at += 1 if next else -1
            if 0 <= at < len(ids):
                self.focus_card(ids[at])
                return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        ids = self.graph_scene.card_ids()
        reason = event.reason()
        keys = Qt.FocusReason.ShortcutFocusReason, Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason
        self._by_key = reason in keys
        if ids and reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.focus_card(ids[0] if reason == Qt.FocusReason.TabFocusReason else ids[-1])
        else:
            self.focus_card(self.focused if self.graph_scene.has_card(self.focused) else None, announce=False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_key = False
        self._mark()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.graph_scene.finish_motion()
        key = Qt.Key(event.key())
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        focused = self.focused if self.graph_scene.has_card(self.focused) else None
        if alt and key in _ARROWS and (ids := self.graph_scene.card_ids()):
            if focused is not None:
                self.focus_card(self.graph_scene.places.neighbour(focused, *_ARROWS[key]) or focused)
            else:
                self.focus_card(ids[0])
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
        self.moved.emit()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Canvas colour, and dots that keep their 20 px on screen while they move with the scene."""
        painter.save()
        painter.resetTransform()
        origin = self.mapFromScene(QPointF(0, 0))
        shift = QPointF(DOT_PITCH / 2 - origin.x() % DOT_PITCH, DOT_PITCH / 2 - origin.y() % DOT_PITCH)
        port = QRectF(self.viewport().rect())
        area = self.mapFromScene(QRectF(rect)).boundingRect().adjusted(-2, -2, 2, 2).toRectF().intersected(port)
        painter.drawTiledPixmap(area, self._dots(), area.topLeft() + shift)
        painter.restore()

    def _dots(self) -> QPixmap:
        """A tile of the ground, large because many small ones take long; made anew for another theme or density."""
        key = (self._theme.current.name, self.devicePixelRatioF())
        if self._tile is None or self._tile[0] != key:
            pixmap = QPixmap(round(_TILE * key[1]), round(_TILE * key[1]))
            pixmap.setDevicePixelRatio(key[1])
            pixmap.fill(self._theme.color("canvas"))
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("dot"))
            for x in range(DOT_PITCH // 2, _TILE, DOT_PITCH):
                for y in range(DOT_PITCH // 2, _TILE, DOT_PITCH):
                    painter.drawEllipse(QPointF(x, y), 0.9, 0.9)
            painter.end()
            self._tile = (key, pixmap)
        return self._tile[1]
