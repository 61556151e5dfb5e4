"""The handle of the cursor over epochs: keys walk with it. Imports no plots, so that the window may know it from the start."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.look.playhead import HANDLE, paint_handle
from gui.look.theme import ThemeManager
from gui.widgets.basic import paint_focus_ring

_AROUND = 4.0
"""Px around the handle in which it is taken, and its ring is drawn."""
BELOW = 2
"""Px of that below it."""
_WALKS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)


class EpochHandle(QWidget):
    """Stands at an epoch of a run, and walks to others with Left, Right, Home and End.

    Signals
    -------
    epoch_wanted(int)
        This epoch, of those that were trained, is to be shown.
    """

    epoch_wanted = Signal(int)

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.shown, self.made, self.total = 0, 0, 0
        """The epoch that is shown (0: none), how many were trained, and how many there will be."""
        self._asked = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setAccessibleName("Epoch of the run")
        self.hide()

    def set_epochs(self, shown: int, made: int, total: int) -> None:
        """Stand at epoch ``shown`` (1 to total; 0: nowhere) of ``total``, of which ``made`` can be gone to."""
        if (shown, made, total) == (self.shown, self.made, self.total):
            return
        self.shown, self.made, self.total = shown, made, total
        text = f"Epoch {shown:,} of {total:,}"
        self.setAccessibleDescription(text)
        self.setToolTip(f"{text}: drag it to another, or go there with Left and Right")
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def fit(self) -> None:
        """Be as large as the font asks for."""
        self.setFixedSize(round(self.high + 2 * _AROUND), round(self.high + _AROUND + BELOW))

    @property
    def grow(self) -> float:
        """How much larger it is than at 100 %."""
        return 0.5 + 0.5 * self._theme.scale

    @property
    def high(self) -> float:
        """Px of what is painted."""
        return HANDLE * self.grow

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self._theme.color("ink")
        paint_handle(painter, self.width() / 2, self.height() - BELOW - self.high, self.grow, ink)
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()), self._theme.color("focus"), 4)
        painter.end()

    def ask(self, epoch: int) -> None:
        """Ask for another epoch, once each, however far the pointer moves within it."""
        if epoch and epoch != self._asked:
            self._asked = epoch
            self.epoch_wanted.emit(epoch)

    def begin(self) -> None:
        """Another walk or drag begins: at the epoch that is shown."""
        self._asked = self.shown

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = dict(zip(_WALKS, (self.shown - 1, self.shown + 1, 1, self.made), strict=True))
        wanted = steps.get(Qt.Key(event.key()))
        if wanted is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self.begin()
        if self.made:
            self.ask(max(1, min(self.made, wanted)))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and event.key() in _WALKS:
                event.accept()
                return True
        return super().event(event)
