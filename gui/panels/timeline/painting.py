"""Paints a timeline onto any QPainter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.graph.labels import moment_label, tone_of
from engine.mathematics.expression import Expression
from engine.recording import Recording
from gui.look.playhead import paint_handle
from gui.look.theme import ThemeManager
from gui.look.tones import ERROR, GREY, TONES, Tone, draw_label, font, label_width
from gui.panels.timeline.layout import Segment, TrackLayout

CELL_HEIGHT = 16.0
_RADIUS = 3.0
_DONE = 0.62
_BORDER = 0.75
_TALL = 100
"""From this height on the texts stand as in a bar without epochs."""
_LABEL_GAP = 8.0
_LEAST_GAP = 4.0
"""How much closer to others a label may stand that is wider than its cell."""
_SHIFT = 6.0
"""How far it may stand from the middle of its cell."""
_TITLE_GAP, _COUNT_GAP = 8.0, 7.0
_FRAME = 4.0
"""Space between the outermost labels and the frame of the timeline when it has the keyboard."""


class _Row:
    """A line of texts that must not touch each other: first come, first served."""

    def __init__(self, left: float, right: float) -> None:
        self._left, self._right = left, right
        self._taken: list[tuple[float, float]] = []

    def fits(self, x: float, width: float) -> bool:
        inside = self._left <= x and x + width <= self._right
        return inside and all(x + width <= start or x >= end for start, end in self._taken)

    def around(self, x: float) -> tuple[float, float]:
        """From where to where it is free around ``x``; no room at all where something stands there."""
        start = max((end for _, end in self._taken if end <= x), default=self._left)
        end = min((start for start, _ in self._taken if start >= x), default=self._right)
        return (x, x) if any(left < x < right for left, right in self._taken) else (start, end)

    def take(self, x: float, width: float) -> None:
        self._taken.append((x, x + width))


@dataclass(frozen=True, slots=True)
class _Label:
    text: Expression
    width: float
    middle: float
    token: str
    current: bool


class TrackPainter:
    """One painting of the timeline inside ``area``; cells begin ``margin`` px from its sides."""

    def __init__(self, painter: QPainter, theme: ThemeManager, area: QRectF, margin: float) -> None:
        self._painter = painter
        self._theme = theme
        self._area = area
        self._left = area.left() + margin
        self._right = area.right() - margin
        grow = 0.5 + 0.5 * theme.scale
        height = area.height() / max(1.0, grow)
        title = 30.0 if height >= _TALL else 22.0
        # The handle of the playhead stands between the titles and the cells, so that it never covers a word.
        self._title_y = area.top() + (title - 9) * grow
        self._cell = CELL_HEIGHT * grow
        self._top = area.top() + (title + 14) * grow
        self._baseline = self._top + self._cell + 21.5 * grow
        self._px = max(11, round(12 * theme.scale))

    def empty(self, text: str) -> None:
        """Draw a calm line instead of cells."""
        face, metrics = font(self._px)
        self._painter.setFont(face)
        self._painter.setPen(self._theme.color("text_3"))
        middle = self._top + self._cell / 2
        self._painter.setPen(QPen(self._theme.color("line_strong"), 1, Qt.PenStyle.DashLine))
        frame = QRectF(self._left + 0.5, self._top + 0.5, self._right - self._left - 1, self._cell - 1)
        self._painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        self._painter.setPen(self._theme.color("text_3"))
        width = metrics.horizontalAdvance(text)
        x = (self._left + self._right - width) / 2
        self._painter.fillRect(QRectF(x - 8, self._top - 1, width + 16, self._cell + 2), self._theme.color("surface"))
        self._painter.drawText(QPointF(x, middle + metrics.capHeight() / 2), text)

    def paint(self, recording: Recording, layout: TrackLayout, cursor: int, hovered: Sequence[int], position: str) -> None:
        """Paint all of it. ``hovered`` are moments in order; ``position`` stands at the right end of the titles."""
        for segment in layout.segments:
            self._segment(recording, layout, segment, cursor, hovered)
        self._titles(layout, cursor, position)
        self._labels(recording, layout, cursor)
        self._playhead(layout.playhead(cursor))

    def _tone(self, recording: Recording, layout: TrackLayout, segment: Segment) -> Tone:
        """The colour of its phase; a print does no work of its phase, so it is grey; an error is red."""
        if segment.apart and recording.moments[segment.start].kind == "error":
            return ERROR
        if segment.number < 0 or (segment.apart and tone_of(recording.moments[segment.start]) == "zero"):
            return GREY
        return TONES[layout.phases[segment.number].phase]

    def _segment(self, recording: Recording, layout: TrackLayout, segment: Segment, cursor: int, hovered: Sequence[int]) -> None:
        painter, theme = self._painter, self._theme
        tone = self._tone(recording, layout, segment)
        rect = QRectF(self._left + segment.x, self._top, segment.width, self._cell)
        radius = min(_RADIUS, segment.width / 3)
        if segment.end > cursor:
            border = "line_strong" if tone is GREY else tone.line
            inset = min(0.5, segment.width / 4)
            painter.setBrush(theme.color(tone.tint))
            painter.setPen(QPen(theme.color(border, 1.0 if tone is GREY else _BORDER), 2 * inset))
            painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        if segment.start < cursor:
            share = min(1.0, (cursor - segment.start) / (segment.end - segment.start))
            current = segment.apart and segment.end == cursor
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(tone.line, 1.0 if current else _DONE))
            painter.save()
            if share < 1:
                painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width() * share, rect.height()))
            painter.drawRoundedRect(rect, radius, radius)
            painter.restore()
        at = bisect_left(hovered, segment.start)
        if at < len(hovered) and hovered[at] < segment.end:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("text_3"), 1))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    # Titles ------------------------------------------------------------------------------------------------------

    def _titles(self, layout: TrackLayout, cursor: int, position: str) -> None:
        painter, theme = self._painter, self._theme
        small, small_metrics = font(self._px)
        baseline = self._title_y + small_metrics.capHeight() / 2
        width = small_metrics.horizontalAdvance(position)
        painter.setFont(small)
        painter.setPen(theme.color("text_2"))
        painter.drawText(QPointF(self._right - width, baseline), position)
        right = self._right - (width + 16 if position else 0)
        for number, x, count in titles(layout, cursor, self._left, right, self._px):
            span = layout.phases[number]
            face, metrics = font(self._px, 600)
            painter.setFont(face)
            painter.setPen(theme.color(TONES[span.phase].label))
            painter.drawText(QPointF(x, baseline), span.title)
            if count:
                painter.setFont(small)
                painter.setPen(theme.color("text_2"))
                painter.drawText(QPointF(x + metrics.horizontalAdvance(span.title) + _COUNT_GAP, baseline), count)

    # Labels ------------------------------------------------------------------------------------------------------

    def _labels(self, recording: Recording, layout: TrackLayout, cursor: int) -> None:
        row = _Row(self._area.left(), self._area.right())
        cells = [segment for segment in layout.segments if segment.apart]
        cells.sort(key=lambda segment: abs(segment.start - (cursor - 1)))
        wider = []
        for segment in cells:
            current = segment.end == cursor
            tone = self._tone(recording, layout, segment)
            token = tone.label if current else "text_2" if segment.end <= cursor else "text_3"
            middle = self._left + segment.x + segment.width / 2
            labels = [moment_label(recording, segment.start, short=short) for short in (False, True)]
            widths = [label_width(label, self._px, current) for label in labels]
            if widths[1] <= segment.width + 3 < widths[0]:
                del labels[0], widths[0]  # the long one would stand where the neighbours' labels are
            chosen = [_Label(*item, middle, token, current) for item in zip(labels, widths, strict=True)]
            if not any(self._in_its_cell(row, item) for item in chosen if current or item.width <= segment.width + 3):
                wider.append(chosen[-1])
        for item in wider:
            # Wider than its cell: in the room that the labels beside it leave, if that is near enough to be taken for its own.
            start, end = row.around(item.middle)
            least = max(start - _LEAST_GAP, self._area.left() + _FRAME)
            most = min(end + _LEAST_GAP, self._area.right() - _FRAME) - item.width
            x = min(max(item.middle - item.width / 2, least), most)
            if least <= most and abs(x + item.width / 2 - item.middle) <= _SHIFT:
                self._put(row, item, x)

    def _in_its_cell(self, row: _Row, item: _Label) -> bool:
        """Draw the label below the middle of its cell, if it touches none that stands there."""
        x = max(self._area.left() + _FRAME, min(item.middle - item.width / 2, self._area.right() - _FRAME - item.width))
        if fits := row.fits(x, item.width):
            self._put(row, item, x)
        return fits

    def _put(self, row: _Row, item: _Label, x: float) -> None:
        row.take(x - _LABEL_GAP, item.width + 2 * _LABEL_GAP)
        draw_label(self._painter, x, self._baseline, item.text, self._px, self._theme.color(item.token), item.current)

    def _playhead(self, x: float) -> None:
        painter, ink = self._painter, self._theme.color("ink")
        at = self._left + x - (1 if x else 0)
        grow = self._cell / CELL_HEIGHT
        top = self._top - 14 * grow
        painter.setPen(QPen(ink, 2))
        painter.drawLine(QLineF(at, top + 9 * grow, at, self._top + self._cell + 5))
        paint_handle(painter, at, top, grow, ink)


def titles(layout: TrackLayout, cursor: int, left: float, right: float, px: int) -> list[tuple[int, float, str]]:
    """Which phases are named where between ``left`` and ``right``, and their counts where there is room.

    Every phase that has cells is named, if need be beside them; where there is no room for all, the ones nearest the playhead.
    After that come the names of bars that have room for them, and last the counts.
    """
    extents = _extents(layout)
    here = layout.phase_of(max(0, cursor - 1))
    if here not in extents:
        return []
    bold, small = font(px, 600)[1], font(px)[1]
    wide = {number: bold.horizontalAdvance(layout.phases[number].title) for number in extents}
    apart = {segment.number for segment in layout.segments if segment.apart}
    near = sorted(apart & extents.keys(), key=lambda number: abs(number - here))
    while sum(wide[number] + _TITLE_GAP for number in near) - _TITLE_GAP > right - left and len(near) > 1:
        near.pop()
    placed: dict[int, float] = {}
    most = right
    for number in sorted(near, reverse=True):
        placed[number] = min(left + extents[number][0], most - wide[number])
        most = placed[number] - _TITLE_GAP
    least = left
    for number in sorted(near):
        placed[number] = max(placed[number], least)
        least = placed[number] + wide[number] + _TITLE_GAP
    row = _Row(left, right)
    for number, x in placed.items():
        row.take(x - _TITLE_GAP, wide[number] + 2 * _TITLE_GAP)
    for number, (start, end) in sorted(extents.items(), key=lambda item: abs(item[0] - here)):
        if number not in placed and left + start + wide[number] <= left + end and row.fits(left + start, wide[number]):
            placed[number] = left + start
            row.take(left + start - _TITLE_GAP, wide[number] + 2 * _TITLE_GAP)
    order = sorted(placed)
    found = []
    for at, number in enumerate(order):
        span = layout.phases[number]
        count = f"{span.done(cursor):,} of {span.count:,}"
        end = placed[number] + wide[number] + _COUNT_GAP + small.horizontalAdvance(count)
        room = min(right, placed[order[at + 1]] - _TITLE_GAP) if at + 1 < len(order) else right
        own = number == here or end <= left + extents[number][1]
        found.append((number, placed[number], count if end <= room and own else ""))
    return found


def _extents(layout: TrackLayout) -> dict[int, tuple[float, float]]:
    """Per phase drawn: from where to where its title may stand, up to the next phase."""
    found: dict[int, tuple[float, float]] = {}
    for segment in layout.segments:
        if segment.number < 0:
            continue
        start = found[segment.number][0] if segment.number in found else segment.x
        found[segment.number] = (start, segment.right)
    numbers = sorted(found)
    for number, following in pairwise(numbers):
        found[number] = (found[number][0], found[following][0] - 8)
    if numbers:
        found[numbers[-1]] = (found[numbers[-1]][0], max(layout.width, found[numbers[-1]][1]))
    return found
