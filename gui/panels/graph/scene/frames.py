"""A frame around what an unfolded module holds, whose cards the placement keeps together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.graph.fold_view import View
from engine.graph.model import is_leaf
from engine.layout.nesting import FRAME_HEAD, FRAME_ROOM
from engine.recording import Recording
from gui.look.fitting import fitting_tail
from gui.look.theme import ThemeManager
from gui.panels.graph.metrics import detail, draw_icon, draw_text, readable, text_width
from gui.panels.graph.scene.scene import GraphScene
from gui.session.session import Session

_SIGN = 24.0
_HIGHEST_HEAD = 46.0
"""Px at 100 % that the name of a module may take above its frame."""
_OVER_EDGES = 3.5
"""Above the edges at rest and those along which something moves."""

Rail = tuple[str, str, QRectF]
"""The cards at the ends of an edge, and the box around its rails."""


@dataclass(frozen=True, slots=True)
class Module:
    """An unfolded call: what it is called, and the cards in it that are shown, those of modules within it too.

    ``cards`` ran in it; ``leaves`` are those of its parameters and buffers that nothing outside of it uses.
    """

    call: int
    name: str
    type: str
    cards: tuple[str, ...]
    leaves: tuple[str, ...] = ()


def modules_of(recording: Recording, view: View) -> list[Module]:
    """The unfolded modules that have a frame, the outer ones first."""
    held: dict[int, tuple[list[str], list[str]]] = {}
    for card, around in zip(view.graph.cards, view.graph.within, strict=False):
        for call in around:
            held.setdefault(call, ([], []))[is_leaf(card)].append(card.id)
    calls = recording.calls
    return [
        Module(call, calls[call].name, calls[call].type, tuple(cards), tuple(leaves))
        for call, (cards, leaves) in sorted(held.items())
        if cards
    ]


def framed(modules: Iterable[Module], places: Mapping[str, QRectF], rails: Iterable[Rail]) -> dict[int, QRectF]:
    """A rectangle for each module that holds its cards and the rails between them, no card of others, and cuts no other frame.

    A module for which there is none has no frame; inner ones decide first.
    """
    left, top, right, bottom = np.array([box.getCoords() for box in places.values()]).reshape(-1, 4).T
    number = {card: at for at, card in enumerate(places)}
    between = list(rails)
    found: dict[int, tuple[QRectF, frozenset[str]]] = {}
    for module in sorted(modules, key=lambda module: (len(module.cards), -module.call)):  # what is called later is within
        own = frozenset((*module.cards, *module.leaves))
        inner = frozenset(module.cards)
        within = [other for other, cards in found.values() if cards <= own]
        rails_within = [box for source, target, box in between if source in inner and target in inner]
        others = [other for other, cards in found.values() if not cards <= own]
        # Its parameters come into the frame where they stand by it; rails may leave it where they must.
        for cards, rails_in in ((own, rails_within), (inner, rails_within), (inner, [])):
            rect = QRectF()
            for box in (*(places[card] for card in cards), *rails_in, *within):
                rect = rect.united(box)
            rect.adjust(-FRAME_ROOM, -FRAME_HEAD, FRAME_ROOM, FRAME_ROOM)
            meets = (left < rect.right()) & (right > rect.left()) & (top < rect.bottom()) & (bottom > rect.top())
            meets[[number[card] for card in own]] = False
            if not meets.any() and not any(rect.intersects(other) for other in others):
                found[module.call] = rect, own
                break
    return {call: rect for call, (rect, _) in found.items()}


class FrameItem(QGraphicsItem):
    """A quiet frame; the sign before its name folds the module."""

    def __init__(self, module: Module, rect: QRectF, theme: ThemeManager) -> None:
        super().__init__()
        self.call, self.name, self.rect = module.call, module.name, rect
        self._theme = theme
        self.setZValue(-rect.width() * rect.height())

    def boundingRect(self) -> QRectF:
        return self.rect.adjusted(-1, -1 - _HIGHEST_HEAD, 1, 1)

    def shape_of_sign(self) -> QRectF:
        """Where a click folds the module."""
        return QRectF(self.rect.left() + 2, self.rect.top() + 2, _SIGN, _SIGN)

    def on_sign(self, point: QPointF, zoom: float) -> bool:
        """Whether a point of the scene is on the sign that folds this module."""
        sign = self.shape_of_sign()
        sign.moveCenter(QPointF(sign.center().x(), self.head_middle(zoom)))
        return detail(zoom) != "dot" and sign.contains(point)

    def head_middle(self, zoom: float) -> float:
        """The middle of the module's name: in the frame's head or, where it is too large for that, above the frame."""
        px = readable(11, zoom)
        return self.rect.top() - 0.7 * px if 1.15 * px > FRAME_HEAD else self.shape_of_sign().center().y()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, rect = self._theme, self.rect
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setPen(QPen(theme.color("line_strong"), 1 / zoom))
        painter.setBrush(theme.color("sunken", 0.55))
        painter.drawRoundedRect(rect, 10, 10)


class FrameHead(QGraphicsItem):
    """The name of a frame and the sign that folds it, over the edges: a rail that enters there would strike the name out."""

    def __init__(self, frame: FrameItem, module: Module, theme: ThemeManager) -> None:
        super().__init__()
        self.frame = frame
        self._module, self._theme = module, theme
        self.setZValue(_OVER_EDGES)

    def boundingRect(self) -> QRectF:
        rect = self.frame.rect
        return QRectF(rect.left(), rect.top() - _HIGHEST_HEAD, rect.width(), _HIGHEST_HEAD + FRAME_HEAD)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, rect = self._theme, self.frame.rect
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if detail(zoom) == "dot":
            return
        sign, px = self.frame.shape_of_sign(), readable(11, zoom)
        size = min(_SIGN, px + 3)
        middle = self.frame.head_middle(zoom)
        left, room = sign.right() + 1, rect.right() - sign.right() - 10
        name = fitting_tail(self._module.name, room, lambda text: text_width(text, "ui", px, 500))
        kind, wide = self._module.type, text_width(name, "ui", px, 500)
        if kind == self._module.name or text_width(kind, "ui", px) > room - wide - 8:
            kind = ""
        end = left + wide + (8 + text_width(kind, "ui", px) if kind else 0)
        ground = QRectF(sign.center().x() - size / 2, middle - 0.6 * px, 0, 1.2 * px)
        ground.setRight(end + 3)
        painter.setPen(Qt.PenStyle.NoPen)
        for color in (theme.color("canvas"), theme.color("sunken", 0.55)):
            painter.setBrush(color)
            painter.drawRoundedRect(ground, 3, 3)
        draw_icon(painter, "minus", theme.color("text_2"), sign.center().x() - size / 2, middle - size / 2, size)
        draw_text(painter, name, left, middle, theme.color("text_2"), "ui", px, 500)
        if kind:
            draw_text(painter, kind, left + wide + 8, middle, theme.color("text_3"), "ui", px)


class Frames(QObject):
    """Keeps the scene's frames: made when cards have come to rest, taken away as soon as another view is shown.

    Signals
    -------
    fold_wanted(int call)
        The sign of that module's frame was pressed.
    changed()
        The frames changed.
    """

    fold_wanted = Signal(int)
    changed = Signal()

    def __init__(self, scene: GraphScene, session: Session, theme: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[FrameItem] = []
        self.heads: list[FrameHead] = []
        self._scene, self._session, self._theme = scene, session, theme
        self._known: tuple[View, list[Module]] | None = None
        scene.arranged.connect(self.renew)
        session.recording_changed.connect(self._recording_changed)

    @Slot()
    def _recording_changed(self) -> None:
        if self._session.recording is None:
            self.clear()

    def clear(self) -> None:
        """Take all frames away."""
        for item in (*self.items, *self.heads):
            self._scene.removeItem(item)
        self.items.clear()
        self.heads.clear()

    def text_at(self, point: QPointF, zoom: float) -> str:
        """What the sign at a point of the scene does, in words; nothing elsewhere."""
        return next((f"Fold {item.name}" for item in self.items if item.on_sign(point, zoom)), "")

    def press(self, point: QPointF, zoom: float) -> bool:
        """A point of the scene was pressed: whether it was a sign, which then folds its module."""
        call = next((item.call for item in self.items if item.on_sign(point, zoom)), None)
        if call is not None:
            self.fold_wanted.emit(call)
        return call is not None

    def follow(self, moves: bool) -> None:
        """The scene was given another graph. If its cards do not move, it has the same frames at once."""
        if moves:
            self.clear()
        else:
            self.renew()

    @Slot()
    def renew(self) -> None:
        """Frame what is shown now."""
        self.clear()
        recording, view = self._session.recording, self._session.shown.view
        if recording is None or view is None or view.graph is not self._scene.graph:
            return
        if self._scene.crowd is not None or not self._scene.cards:
            return
        if self._known is None or self._known[0] is not view:
            self._known = view, modules_of(recording, view)
        modules = self._known[1]
        edges = self._scene.edges.values() if modules else ()
        rails = [(edge.edge.source, edge.edge.target, edge.rails.box()) for edge in edges if not edge.rails.tethered]
        rects = framed(modules, {card: item.frame() for card, item in self._scene.cards.items()}, rails)
        for module in modules:
            if module.call in rects:
                item = FrameItem(module, rects[module.call], self._theme)
                head = FrameHead(item, module, self._theme)
                self.items.append(item)
                self.heads.append(head)
                self._scene.addItem(item)
                self._scene.addItem(head)
        if self.items:
            self.changed.emit()
