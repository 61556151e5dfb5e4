"""What can be chosen in Home: a button that is painted, and keys that walk through a group of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring

_NEXT = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
_ROWS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_PRESS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)


class Item(QAbstractButton):
    """A button whose subclass paints it; Return presses it as Space does."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def say(self, name: str, description: str = "") -> None:
        """What a screen reader says of it."""
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)

    def sizeHint(self) -> QSize:
        return QSize(40, 40)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paint_focus(self, painter: QPainter, rect: QRectF, radius: float) -> None:
        """The ring of what has the keyboard."""
        if self.hasFocus():
            paint_focus_ring(painter, rect, self._theme.color("focus"), radius)


class Walk(QObject):
    """The keys of one group: arrows walk, Home and End go to its ends, and Tab stops at one of them only.

    ``columns`` says how many stand side by side now; ``came`` is told of each that gets the keyboard.
    """

    def __init__(self, parent: QObject, columns: Callable[[], int], came: Callable[[QWidget], object]) -> None:
        super().__init__(parent)
        self._columns, self._came = columns, came
        self._items: list[QWidget] = []
        self._current: QWidget | None = None

    @property
    def stop(self) -> QWidget | None:
        """Where Tab stops."""
        return self._current

    def set_items(self, items: Sequence[QWidget]) -> None:
        """Walk through these; the one where Tab stopped stays it, if it is among them."""
        for item in items:
            if item not in self._items:
                item.installEventFilter(self)
        self._items = list(items)
        stays = self._current in self._items
        self._show(self._current if stays else self._items[0] if self._items else None)

    def _show(self, current: QWidget | None) -> None:
        self._current = current
        for item in self._items:
            item.setFocusPolicy(Qt.FocusPolicy.TabFocus if item is current else Qt.FocusPolicy.ClickFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget) and watched in self._items:
            self._show(watched)
            self._came(watched)
        if isinstance(event, QKeyEvent) and event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            key = Qt.Key(event.key())
            ours = key in _NEXT or key in _ROWS or key in _ENDS
            if event.type() == QEvent.Type.ShortcutOverride and (ours or key in _PRESS):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and ours and watched in self._items:
                self._go(self._items.index(watched), key)
                return True
        return super().eventFilter(watched, event)

    def _go(self, here: int, key: Qt.Key) -> None:
        last = len(self._items) - 1
        if key in _ENDS:
            to = 0 if key == Qt.Key.Key_Home else last
        else:
            to = here + (_NEXT[key] if key in _NEXT else _ROWS[key] * self._columns())
        if 0 <= to <= last:
            self._items[to].setFocus(Qt.FocusReason.TabFocusReason)


def fitting(text: str, px: float, weight: int, room: float, least: float = 11) -> QFont:
    """The largest font up to ``px`` in which ``text`` has ``room``; not smaller than ``least``."""
    sizes = range(round(px), round(least) - 1, -1)
    fonts = [ui_font(size, weight) for size in sizes] or [ui_font(px, weight)]
    return next((font for font in fonts if QFontMetricsF(font).horizontalAdvance(text) <= room), fonts[-1])
