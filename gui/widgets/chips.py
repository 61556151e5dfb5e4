"""Chips: a few words, one of which is chosen, in as many lines as they take."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QLayout, QLayoutItem, QRadioButton, QSizePolicy, QWidget

from gui.look.style import CONTROL_RADIUS, control_height
from gui.look.theme import ThemeManager, ui_font
from gui.widgets.basic import paint_focus_ring

HEIGHT, GAP, PADDING = 26, 6, 10


class FlowLayout(QLayout):
    """Widgets side by side, in lines as wide as there is room."""

    def __init__(self, parent: QWidget | None = None, gap: int = GAP) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            size.setWidth(min(size.width(), rect.width()))
            if line and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x, line = x + size.width() + self._gap, max(line, size.height())
        return y + line - rect.y()


class Chip(QRadioButton):
    """One of the words; a radio button to keyboards and screen readers.

    Signals
    -------
    walked(int)
        An arrow key asks for the next (+1) or previous (-1) chip.
    """

    walked = Signal(int)

    def __init__(self, text: str, theme: ThemeManager) -> None:
        super().__init__(text)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        # As wide as in the weight of a chosen chip, so that nothing shifts.
        width = QFontMetrics(ui_font(12 * self._theme.scale, 600)).horizontalAdvance(self.text()) + 2 * PADDING
        return QSize(width, control_height(HEIGHT, self._theme.scale))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.walked.emit(step)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, chosen = self._theme, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, width = QRectF(self.rect()), 1.5 if chosen else 1.0
        painter.setPen(QPen(theme.color("ink" if chosen else "line_strong"), width))
        painter.setBrush(theme.color("hover" if self.underMouse() and not chosen else "surface"))
        inset = width / 2
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), CONTROL_RADIUS - inset, CONTROL_RADIUS - inset)
        painter.setPen(theme.color("text" if chosen else "text_2"))
        painter.setFont(ui_font(12 * theme.scale, 600 if chosen else 400))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, rect, theme.color("focus"))
        painter.end()


class Chips(QWidget):
    """A few words, one of which is chosen, 26 px high; arrow keys walk along them.

    Signals
    -------
    chosen(str)
        The user chose the entry with this id; never for ``set_current``.
    """

    chosen = Signal(str)

    def __init__(
        self, theme: ThemeManager, name: str, entries: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        """``entries`` are ids, words and tooltips; ``name`` says what is being chosen, for a screen reader."""
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.chips: dict[str, Chip] = {}
        self._group = QButtonGroup(self)
        layout = FlowLayout(self)
        for key, text, tooltip in entries:
            chip = self.chips[key] = Chip(text, theme)
            chip.setAccessibleName(f"{name}: {text}")
            chip.setToolTip(tooltip)
            chip.setAccessibleDescription(tooltip)
            chip.clicked.connect(self._clicked)
            chip.walked.connect(self._walk)
            self._group.addButton(chip)
            layout.addWidget(chip)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.restyle)
        self._current = entries[0][0]
        self.set_current(self._current)

    @Slot()
    def restyle(self) -> None:
        for chip in self.chips.values():
            chip.updateGeometry()
            chip.update()
        self.updateGeometry()

    def current(self) -> str:
        """Id of the chosen entry."""
        return self._current

    def set_current(self, key: str) -> None:
        """Choose the entry ``key`` without a signal. Raises KeyError for an unknown one."""
        chosen = self.chips[key]
        self._current = key
        chosen.setChecked(True)
        for chip in self.chips.values():
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus if chip is chosen else Qt.FocusPolicy.NoFocus)

    def _choose(self, key: str) -> None:
        if key != self._current:
            self.set_current(key)
            self.chosen.emit(key)

    @Slot()
    def _clicked(self) -> None:
        self._choose(next(key for key, chip in self.chips.items() if chip.isChecked()))

    @Slot(int)
    def _walk(self, step: int) -> None:
        keys = list(self.chips)
        key = keys[min(max(keys.index(self._current) + step, 0), len(keys) - 1)]
        self._choose(key)
        self.chips[self._current].setFocus(Qt.FocusReason.TabFocusReason)
