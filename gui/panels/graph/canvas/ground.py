"""What stands on the canvas, as rectangles in one array, so that free places for texts are found without asking one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QTransform

from gui.panels.graph.cards.card_item import CardItem
from gui.panels.graph.edges.edge_item import EdgeItem
from gui.panels.graph.scene.crowd import Crowd
from gui.panels.graph.view.view import GraphView

Boxes = NDArray[np.int64]
"""Rows of left, top, right and bottom, the last two exclusive."""
_NONE: Boxes = np.zeros((0, 4), np.int64)
_STEP = 20
"""How far apart the places are that are tried for a text, in px."""
_CELL = 20
_AROUND_CARD = 8
_AROUND_RAIL = 8, 6


class Ground:
    """Rectangles in px of the canvas that a text must keep off."""

    def __init__(self, boxes: Boxes = _NONE) -> None:
        self._boxes = boxes

    def add(self, rect: QRect) -> None:
        """Keep off ``rect`` too; an empty one changes nothing."""
        if not rect.isEmpty():
            row = (rect.x(), rect.y(), rect.x() + rect.width(), rect.y() + rect.height())
            self._boxes = np.vstack((self._boxes, np.array([row], np.int64)))

    def copy(self) -> Ground:
        """Another one with the same rectangles, to which more can be added."""
        return Ground(self._boxes)

    def touches(self, rect: QRect) -> bool:
        """Whether ``rect`` covers anything."""
        left, top, right, bottom = self._boxes.T
        x, y = rect.x(), rect.y()
        return bool(np.any((left < x + rect.width()) & (right > x) & (top < y + rect.height()) & (bottom > y)))

    def first_free(self, area: QRect, size: QSize) -> QPoint | None:
        """The first place in reading order, of those 20 px apart in ``area``, where ``size`` covers nothing."""
        across, down = _tries(area.left(), area.right(), size.width()), _tries(area.top(), area.bottom(), size.height())
        if not across or not down:
            return None
        left, top, right, bottom = self._boxes.T
        # A rectangle forbids the places from (first) up to (end): counted at its corners, then summed over the grid.
        first_x, end_x = _forbidden(left, right, area.left(), size.width(), across)
        first_y, end_y = _forbidden(top, bottom, area.top(), size.height(), down)
        change = np.zeros((down + 1, across + 1), np.int64)
        for rows, columns, sign in ((first_y, first_x, 1), (first_y, end_x, -1), (end_y, first_x, -1), (end_y, end_x, 1)):
            np.add.at(change, (rows, columns), sign)
        free = np.flatnonzero(change.cumsum(0).cumsum(1)[:down, :across].ravel() == 0)
        if not free.size:
            return None
        row, column = divmod(int(free[0]), across)
        return QPoint(area.left() + column * _STEP, area.top() + row * _STEP)


def _tries(low: int, high: int, length: int) -> int:
    return len(range(low, high - length, _STEP))


def _forbidden(low: Boxes, high: Boxes, start: int, length: int, count: int) -> tuple[Boxes, Boxes]:
    """The places ``start + 20 n`` from which ``length`` would overlap what is from ``low`` to ``high``: first n, and the end."""
    first = (low - length - start) // _STEP + 1
    end = -((start - high) // _STEP)
    first, end = np.clip(first, 0, count), np.clip(end, 0, count)
    return first, np.maximum(first, end)


def of_items(cards: list[CardItem], edges: list[EdgeItem], frames: list[QRectF], view: GraphView) -> Ground:
    """Cards and the frames of modules with some room around them, and both rails of every edge."""
    transform = view.viewportTransform()
    boxes = [*(card.frame() for card in cards), *frames]
    corners = np.array([(box.left(), box.top(), box.right(), box.bottom()) for box in boxes]).reshape(-1, 4)
    found = [_mapped(corners, transform) + np.array([-_AROUND_CARD, -_AROUND_CARD, _AROUND_CARD + 1, _AROUND_CARD + 1])]
    if edges:
        points = np.concatenate([edge.rails.points() for edge in edges])
        across, down = _AROUND_RAIL
        found.append(_mapped(np.hstack((points, points)), transform) + np.array([-across, -down, across, down]))
    return Ground(np.concatenate(found))


def _mapped(corners: NDArray[np.float64], transform: QTransform) -> Boxes:
    """From the scene to px of the canvas, which may be scaled and moved."""
    scale = np.array([transform.m11(), transform.m22()] * 2)
    shift = np.array([transform.dx(), transform.dy()] * 2)
    found: Boxes = np.rint(corners * scale + shift).astype(np.int64)
    return found


def of_crowd(crowd: Crowd, view: GraphView) -> Ground:
    """Where cards stand, to the next 20 px: thousands of cards become a few hundred rectangles."""
    port = view.viewport().rect()
    area, zoom = QRectF(view.mapToScene(port).boundingRect()), view.camera.zoom
    boxes = crowd.boxes_within(area)
    cells = np.zeros((port.height() // _CELL + 2, port.width() // _CELL + 2), np.bool_)
    high, wide = cells.shape
    first_x, last_x = (np.clip((boxes[at] - area.left()) * zoom // _CELL, 0, wide - 1).astype(np.intp) for at in (0, 2))
    first_y, last_y = (np.clip((boxes[at] - area.top()) * zoom // _CELL, 0, high - 1).astype(np.intp) for at in (1, 3))
    for down in range(int((last_y - first_y).max(initial=0)) + 1):
        for along in range(int((last_x - first_x).max(initial=0)) + 1):
            cells[np.minimum(first_y + down, last_y), np.minimum(first_x + along, last_x)] = True
    rows, columns = np.nonzero(cells)
    return Ground(np.stack((columns, rows, columns + 1, rows + 1), axis=1).astype(np.int64) * _CELL)
