"""The row of epochs above the operations: which epoch is shown, how many are done, and a drag to another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager
from gui.look.tones import font
from gui.panels.timeline.layout import MOST_CELLS
from gui.panels.timeline.track import MARGIN
from gui.widgets.basic import paint_focus_ring

HEIGHT = 46
_CELL = 8.0
_GAP = 3.0


class EpochRow(QWidget):
    """Epochs as cells, 1 to ``total``; more than 60 of them merge into one bar with the current one apart.

    Signals
    -------
    epoch_chosen(int)
        The user wants this epoch, 1 to ``done``.
    """

    epoch_chosen = Signal(int)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.total = 0
        self.done = 0
        self.current = 0
        self._note = ""
        self._dragging = False
        self._asked = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Epochs")
        theme.changed.connect(self.restyle)
        self.restyle()

    def set_epochs(self, total: int, done: int, current: int) -> None:
        """``total`` of the run, ``done`` of them finished (0 to total), ``current`` is shown (1 to total; 0: none)."""
        if (total, done, current) == (self.total, self.done, self.current):
            return
        self.total, self.done, self.current = total, done, current
        self.setAccessibleDescription(self.text)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def set_note(self, note: str) -> None:
        """A short text at the right end."""
        if note != self._note:
            self._note = note
            self.update()

    @property
    def text(self) -> str:
        """``Epoch 7 of 30``."""
        return f"Epoch {self.current:,} of {self.total:,}" if self.total else "no epochs yet"

    @Slot()
    def restyle(self) -> None:
        self.setFixedHeight(control_height(HEIGHT, self._theme.scale))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(640, self.height())

    # Places ------------------------------------------------------------------------------------------------------

    def _pitch(self) -> float:
        return (self.width() - 2 * MARGIN + self._gap()) / max(1, self.total)

    def _gap(self) -> float:
        return _GAP if self.total <= MOST_CELLS else 0.0

    def epoch_at(self, x: float) -> int:
        """The epoch at ``x`` px, clamped to those that can be shown: 1 to ``done``; 0 if there is none."""
        if not self.total or not self.done:
            return 0
        return max(1, min(self.done, int((x - MARGIN) / self._pitch()) + 1))

    def _rect(self, first: int, last: int) -> QRectF:
        """The cells of epochs ``first`` to ``last``."""
        grow = 0.5 + 0.5 * self._theme.scale
        x = MARGIN + (first - 1) * self._pitch()
        return QRectF(x, 33 * grow, (last - first + 1) * self._pitch() - self._gap(), _CELL * grow)

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._titles(painter)
        if self.total:
            if self.total <= MOST_CELLS:
                for number in range(1, self.total + 1):
                    self._cell(painter, self._rect(number, number), number <= self.done)
            else:
                self._cell(painter, self._rect(1, self.total), False)
                if self.done:
                    self._cell(painter, self._rect(1, self.done), True)
            if self.current:
                self._current(painter)
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, 0), self._theme.color("focus"))
        painter.end()

    def _titles(self, painter: QPainter) -> None:
        theme = self._theme
        px = max(11, round(12 * theme.scale))
        bold, metrics = font(px, 600)
        small, small_metrics = font(px)
        baseline = 18 * (0.5 + 0.5 * theme.scale) + metrics.capHeight() / 2
        head = f"Epoch {self.current:,}" if self.total else "Epochs"
        tail = f"of {self.total:,}" if self.total else "none yet"
        painter.setFont(bold)
        painter.setPen(theme.color("text"))
        painter.drawText(QPointF(MARGIN, baseline), head)
        painter.setFont(small)
        painter.setPen(theme.color("text_2"))
        x = MARGIN + metrics.horizontalAdvance(head) + 7
        painter.drawText(QPointF(x, baseline), tail)
        left = self.width() - MARGIN - small_metrics.horizontalAdvance(self._note)
        if left > x + small_metrics.horizontalAdvance(tail) + 12:
            painter.drawText(QPointF(left, baseline), self._note)

    def _cell(self, painter: QPainter, rect: QRectF, done: bool) -> None:
        theme = self._theme
        radius = min(3.0, rect.width() / 3)
        if done:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text_3", 0.62))
            painter.drawRoundedRect(rect, radius, radius)
            return
        painter.setPen(QPen(theme.color("line_strong"), 1))
        painter.setBrush(theme.color("pending_tint"))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _current(self, painter: QPainter) -> None:
        ink = self._theme.color("ink")
        rect = self._rect(self.current, self.current)
        if rect.width() < 4:
            rect = QRectF(min(rect.x(), self.width() - MARGIN - 4), rect.y(), 4, rect.height())
        radius = min(3.0, rect.width() / 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawRoundedRect(rect, radius, radius)
        painter.drawRect(QRectF(rect.x(), rect.bottom() + 2.5, rect.width(), 2))

    # Mouse and keys ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.done:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._dragging = True
        self._asked = self.current
        self._ask(self.epoch_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._ask(self.epoch_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def _ask(self, epoch: int) -> None:
        """Ask for another epoch, once each, however far the pointer moves within it."""
        if epoch and epoch != self._asked:
            self._asked = epoch
            self.epoch_chosen.emit(epoch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: self.current - 1,
            Qt.Key.Key_Right: self.current + 1,
            Qt.Key.Key_Home: 1,
            Qt.Key.Key_End: self.done,
        }
        wanted = steps.get(Qt.Key(event.key()))
        if wanted is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self._asked = self.current
        if self.done:
            self._ask(max(1, min(self.done, wanted)))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = min(max(1, int((event.pos().x() - MARGIN) / self._pitch()) + 1), self.total)
            text = f"Epoch {number:,} of {self.total:,}{'' if number <= self.done else ' · not run yet'}" if self.total else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
                event.accept()
                return True
        return super().event(event)
