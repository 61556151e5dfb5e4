"""One edge of the graph as one item: its rails, painted by state and zoom, and the text beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from engine.graph.model import GraphEdge
from engine.graph.state import EdgeState
from gui.look.theme import ThemeManager
from gui.look.tones import GRADIENT_TONE, RAILS
from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_label import FAR, EdgeText, factor_text, pill_text
from gui.panels.graph.edges.labels import Obstacles
from gui.panels.graph.edges.rail_painting import REST, RailPainter
from gui.panels.graph.edges.rails import Rails
from gui.panels.graph.edges.tether import paint_tether
from gui.panels.graph.metrics import detail

AT_REST = EdgeState("idle", "none")


def _same(one: EdgeState, two: EdgeState) -> bool:
    """Whether both look the same: states are made anew at each cursor, their tensors are not."""
    return one is two or (
        (one.value, one.gradient) == (two.value, two.gradient)
        and one.contribution is two.contribution
        and one.factor is two.factor
    )


class EdgeItem(QGraphicsItem):
    """Drawn in scene coordinates; ``geometry_changed`` after either card or the route moved."""

    def __init__(self, edge: GraphEdge, source: CardItem, target: CardItem, theme: ThemeManager) -> None:
        super().__init__()
        self.edge, self.source, self.target = edge, source, target
        self.rails = Rails(source, target)
        self.state = AT_REST
        self.may_wait = False
        """Whether its label may appear a moment later, where the search for many places would hold up a frame."""
        self.selected_now = False
        self.on_hover: Callable[[EdgeItem | None], None] | None = None
        """Told that the mouse came to rest on this edge, or with None that it left."""
        self._linked = False
        self._theme = theme
        self._emphasis = False
        self._before: EdgeState | None = None
        self._arrived = 1.0
        self.text = EdgeText(self, theme)
        self.setAcceptHoverEvents(True)
        self.setZValue(1)

    @property
    def active(self) -> bool:
        """Whether a value or a gradient goes along it in this very moment."""
        return self.state.gradient == "active" or self.state.value == "active"

    def set_state(self, state: EdgeState) -> bool:
        """Show ``state``; False if it says nothing new."""
        if _same(state, self.state):
            return False
        self.prepareGeometryChange()
        self.state = state
        self.text.follow(state)
        self.setZValue(3 if self.active else 1)
        self.update()
        return True

    def set_appearance(self, before: EdgeState | None, arrived: float) -> None:
        """Look as in the state ``before`` if given, else as now; ``arrived`` is how far the resting dot and the pill have faded
        in."""
        if (before, arrived) != (self._before, self._arrived):
            self._before, self._arrived = before, arrived
            self.update()

    def set_emphasis(self, emphasis: bool) -> None:
        """Broaden the active rail."""
        self._emphasis = emphasis
        self.update()

    def set_selected(self, selected: bool) -> None:
        if selected != self.selected_now:
            self.selected_now = selected
            self.update()

    def set_linked(self, linked: bool) -> None:
        """Show that the mouse rests on this edge, or elsewhere on what belongs to it."""
        if linked != self._linked:
            self._linked = linked
            self.update()

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        if self.on_hover is not None:
            self.on_hover(self)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        if self.on_hover is not None:
            self.on_hover(None)

    # Geometry ----------------------------------------------------------------------------------------------------

    def geometry_changed(self) -> None:
        """The cards or the route moved."""
        self.prepareGeometryChange()
        self.text.forget()
        self.rails.move()

    def outline(self) -> QRectF:
        """The box around the rails, with room for a label below them."""
        box = self.rails.box().adjusted(0, -8, 0, 44 if self._lowered() else 8)
        return box if self.text.place is None else box.united(self.text.place)

    def _lowered(self) -> bool:
        return self.state.gradient == "active"

    def boundingRect(self) -> QRectF:
        """The rails and the room around them in which a factor may stand; a pill may have to go farther."""
        return self.rails.bounds.adjusted(-FAR, -FAR, FAR, FAR) if self._lowered() else self.rails.bounds

    def shape(self) -> QPainterPath:
        return self.rails.grip(both=self.state.gradient not in ("none", "cut"))

    def obstacles(self, reach: float, covered: list[QRectF]) -> Obstacles:
        """What a text keeps off, up to ``reach`` px from the rails: other cards and edges, and what is ``covered``."""
        scene, area = self.scene(), self.rails.box().adjusted(-reach, -reach, reach, reach)
        items: list[QGraphicsItem] = scene.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect) if scene else []
        boxes = [item.frame() for item in items if isinstance(item, CardItem) and item.isVisible()]
        boxes += [self.source.frame(), self.target.frame(), *covered]
        edges = [item for item in items if isinstance(item, EdgeItem) and item.isVisible() and item is not self]
        boxes += [item.text.place for item in edges if item.text.place is not None]
        lines = [box for item in edges for box in item.text.line()]
        return Obstacles(boxes, [self.rails.points(), *(item.rails.points() for item in edges)], lines)

    # Painting ----------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> Any:
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        rails, drawn = self.rails, self.state if self._before is None else self._before
        kind = detail(zoom)
        if kind == "dot":
            RailPainter(painter, self._theme, 1 / zoom).far(rails, drawn)
            return
        rail_painter = RailPainter(painter, self._theme, 1.0 if kind == "full" else min(2.0, 0.8 / zoom), self._arrived)
        if self.selected_now or self._linked:
            token = "focus" if self.selected_now else "text_3"
            rail_painter.stroke(rails.value, token, 5, 0.18)
            if drawn.gradient != "none":
                rail_painter.stroke(rails.gradient, token, 5, 0.18)
        if self._emphasis:
            back = self.state.gradient == "active"
            path, token = (rails.gradient, RAILS["gradient"]) if back else (rails.value, RAILS["value"])
            rail_painter.stroke(path, token, 11, 0.3)
        rail_painter.value(rails, drawn)
        rail_painter.gradient(rails, drawn)
        if rails.tethered:
            at = (rails.value.pointAtPercent(0) + rails.gradient.pointAtPercent(1)) / 2
            paint_tether(painter, self._theme, self.source.card, QPointF(rails.start().right(), at.y()), zoom)
        if kind != "full" or rails.tethered:
            return
        if drawn.gradient == "active":
            painter.setOpacity(painter.opacity() * self._arrived)
            self.text.paint_pill(painter, zoom, pill_text(drawn), rails.gradient.pointAtPercent(REST))
        elif drawn.gradient == "done":
            self.text.paint_factor(painter, zoom, factor_text(drawn), GRADIENT_TONE.text, self.may_wait)
        elif drawn.gradient == "cut":
            self.text.paint_factor(painter, zoom, "detach", "pending", self.may_wait)
