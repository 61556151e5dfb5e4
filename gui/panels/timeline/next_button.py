"""The button that names the operation that comes next."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from engine.graph.labels import moment_label, next_label
from engine.mathematics.expression import Expression
from engine.mathematics.letters import Word
from gui.look.fitting import fitting_tail
from gui.look.style import CARD_RADIUS, control_height
from gui.look.theme import ThemeManager
from gui.look.tones import GREY, TONES, Tone, draw_label, font, label_width
from gui.panels.timeline.player import Player
from gui.session.session import Session
from gui.widgets.basic import paint_focus_ring

WIDE, NARROW = 196, 172
"""Px; the narrow one has room for 'Next:' and a gradient's name, and for 'Start again' and its key."""


_LEFT, _RIGHT = 14.0, 10.0


class NextButton(QAbstractButton):
    """40 px high, in the tint and border of the next moment's phase; grey for zero, free, print and at the end.

    Its width stays the same from step to step, so that the timeline beside it does not move.
    """

    def __init__(self, session: Session, theme: ThemeManager, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._player = player
        self._compact = False
        self._label: Expression | None = None
        self._short: Expression | None = None
        self._tone: Tone = GREY
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(player.advance)
        session.cursor_changed.connect(self.refresh)
        session.recording_changed.connect(self.refresh)
        player.pace.granularity_changed.connect(self.refresh)
        player.neighbours_changed.connect(self.refresh)
        theme.changed.connect(self.restyle)
        self.restyle()
        self.refresh()

    @property
    def label(self) -> Expression | None:
        """What comes next; None at the end and without a recording."""
        return self._label

    def set_compact(self, compact: bool) -> None:
        """Use less room."""
        if compact != self._compact:
            self._compact = compact
            self.restyle()

    @Slot()
    def restyle(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        base = NARROW if self._compact else WIDE
        return QSize(round(base * max(1.0, self._theme.scale)), control_height(40, self._theme.scale))

    @Slot()
    def refresh(self) -> None:
        recording, cursor = self._session.recording, self._session.cursor
        found = next_label(recording, cursor) if recording is not None else None
        self._label, self._short, self._tone = None, None, GREY
        if recording is not None and found is not None:
            self._label = found[0]
            self._short = moment_label(recording, cursor, short=True)
            moment = recording.moments[cursor]
            if moment.kind not in ("free", "zero", "print", "error"):
                self._tone = TONES[found[1]]
        self.setEnabled(self._player.can_step or self._player.pace.by_epochs)
        self.setAccessibleName(self.spoken)
        key = QKeySequence("Home" if self._restarts else "Right").toString(QKeySequence.SequenceFormat.NativeText)
        by_key = self._player.can_step and not self._player.pace.by_epochs
        ended = self._player.run_ended
        self.setToolTip(f"{self.spoken} with the first epoch" if ended else f"{self.spoken} ({key})" if by_key else self.spoken)
        self.update()

    @property
    def _restarts(self) -> bool:
        """Whether it goes back to the start, as Home does: → stops at the end, so that someone who holds it down stays there."""
        return self._player.can_step and not self._label and not self._player.pace.by_epochs and not self._player.crosses

    @property
    def key(self) -> str:
        """The key that does the same, as it is drawn; empty if none does."""
        if self._player.run_ended:
            return ""
        return QKeySequence("Home").toString(QKeySequence.SequenceFormat.NativeText) if self._restarts else "→"

    @property
    def spoken(self) -> str:
        """The button in words."""
        if self._player.run_ended:
            return "Start again"
        if self._player.pace.by_epochs:
            return "Next epoch"
        if not self._player.can_step:
            return "No operations yet"
        if self._label:
            return f"Next: {self._label.to_plain()}"
        return "Next epoch" if self._player.crosses else "Start again"

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, tone = self._theme, self._tone
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        enabled = self.isEnabled()
        pressed = enabled and (self.isDown() or self.underMouse())
        painter.setBrush(theme.color("hover" if pressed and tone is GREY else tone.tint))
        border = theme.color("line_strong" if tone is GREY else tone.line)
        painter.setPen(QPen(border, 2 if pressed and tone is not GREY else 1))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), CARD_RADIUS - 0.5, CARD_RADIUS - 0.5)
        color = theme.color("text_3" if not enabled else tone.label)
        px = round(13 * theme.scale)
        bold, metrics = font(px, 600)
        middle = self.height() / 2 + metrics.capHeight() / 2
        words, x = self._words(), _LEFT
        right = self.width() - _RIGHT
        if self.shows_key:
            right = self._paint_key(painter, right) - 8
        painter.setFont(bold)
        painter.setPen(color)
        if words:
            painter.drawText(
                QRectF(x, 0, right - x, self.height()),
                Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(words, Qt.TextElideMode.ElideRight, right - x),
            )
        else:
            self._paint_label(painter, x, middle, right)
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"), CARD_RADIUS)
        painter.end()

    def _words(self) -> str:
        """What is written; empty where that is a label."""
        if self._player.pace.by_epochs or self._player.can_step:
            return "" if not self._player.pace.by_epochs and self._label else self.spoken
        return "Next"

    @property
    def shows_key(self) -> bool:
        """Whether its key is drawn. A key with a name is wide: where it would cut the words off, only the tooltip names it."""
        words = font(round(13 * self._theme.scale), 600)[1].horizontalAdvance(self._words())
        fits = _LEFT + words + 8 + self._key_width() <= self.width() - _RIGHT
        return self.isEnabled() and bool(self.key) and (fits or not self._restarts)

    def fitting(self, room: float) -> tuple[float, Expression | None]:
        """The longest of the label's forms that fits into ``room`` px, and where it begins: after ``Next:``, if there is room for
        that."""
        px = round(13 * self._theme.scale)
        lead = font(px, 600)[1].horizontalAdvance("Next:") + 8
        label, short = self._label, self._short
        if label is None or short is None:
            return lead, None
        choices = [(lead, label), (lead, short), (0.0, label), (0.0, short)]
        name = short.to_plain()
        if " " not in name and (tail := fitting_tail(name, room, lambda part: label_width(Word(part), px))):
            choices.append((0.0, Word(tail)))  # ``24.bias.grad`` of ``model.24.bias.grad``
        return next((item for item in choices if item[0] + label_width(item[1], px) <= room), (lead, None))

    def _paint_label(self, painter: QPainter, x: float, middle: float, right: float) -> None:
        px, color, room = round(13 * self._theme.scale), self._theme.color(self._tone.label), right - x
        before, label = self.fitting(room)
        if label is None:
            metrics = font(px, 600)[1]
            painter.drawText(QPointF(x, middle), metrics.elidedText(self.spoken, Qt.TextElideMode.ElideRight, int(room)))
        elif before:
            painter.drawText(QPointF(x, middle), "Next:")
        painter.save()
        painter.setClipRect(QRectF(x, 0, room, self.height()))
        if label is not None:
            draw_label(painter, x + before, middle, label, px, color)
        painter.restore()

    def _key_width(self) -> float:
        return font(max(11, round(11 * self._theme.scale)), 500)[1].horizontalAdvance(self.key) + 12

    def _paint_key(self, painter: QPainter, right: float) -> float:
        """Draw the key in a small frame; its left edge."""
        theme = self._theme
        face, width = font(max(11, round(11 * theme.scale)), 500)[0], self._key_width()
        height = control_height(18, theme.scale)
        frame = QRectF(right - width, (self.height() - height) / 2, width, height)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color(self._tone.label), 1))
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(face)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, self.key)
        return frame.left()
