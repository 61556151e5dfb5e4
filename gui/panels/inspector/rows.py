"""The widgets of the inspector's lines."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.mathematics.expression import Expression
from gui.look.mathtext import draw_math, math_width
from gui.look.style import control_height
from gui.look.theme import ThemeManager, icon, mono_font, ui_font
from gui.panels.inspector.items import Item
from gui.panels.inspector.tensor_view import TensorView, add_tensor_copies
from gui.widgets import IconButton
from gui.widgets.basic import UNBOUND, paint_focus_ring

LABEL_WIDTH = 104


class SymbolLabel(QWidget):
    """A symbol in mathematics, ``px`` high at 100 %; a long one is drawn smaller."""

    def __init__(self, theme: ThemeManager, px: float = 25) -> None:
        super().__init__()
        self._theme = theme
        self._px = px
        self._symbol: Expression | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_symbol(self, symbol: Expression | None) -> None:
        self._symbol = symbol
        self.setAccessibleName("" if symbol is None else symbol.to_plain())
        self.setAccessibleDescription("" if symbol is None else symbol.to_spoken())
        self.setToolTip("" if symbol is None else symbol.to_plain())
        self.update()

    @Slot()
    def _restyle(self) -> None:
        self.setFixedHeight(round(1.44 * self._px * self._theme.scale))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._symbol is None:
            return
        painter = QPainter(self)
        px = self._px * self._theme.scale
        wide = math_width(self._symbol, px)
        if wide > self.width():
            px = max(11.0, px * self.width() / wide)
        draw_math(painter, 0, self.height() * 0.72, self._symbol, px, self._theme.color("text"))
        painter.end()


class Link(QToolButton):
    """An underlined text that leads somewhere."""

    def __init__(self, theme: ThemeManager, tooltip: str) -> None:
        super().__init__()
        self._theme = theme
        self._purpose = tooltip
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        font = ui_font(12 * self._theme.scale)
        font.setUnderline(True)
        self.setFont(font)
        self.setFixedHeight(control_height(22, self._theme.scale))
        self.update()

    def set_label(self, text: str) -> None:
        self.setText(text)
        self.setToolTip(f"{text}: {self._purpose}")
        self.setAccessibleName(f"{text}, {self._purpose}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text" if self.underMouse() else "text_2"))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if self.hasFocus():
            paint_focus_ring(painter, self.rect().toRectF(), self._theme.color("focus"), 4)
        painter.end()


class Dots(QWidget):
    """Three dots: a later moment will tell."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(QSize(22, 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("pending_line"))
        for index in range(3):
            painter.drawEllipse(8 * index, 4, 4, 4)
        painter.end()


class ItemRow(QWidget):
    """One line: label, text, copy button; below it a note and, for a tensor, its table.

    Signals
    -------
    card_wanted(str)
        The label was clicked: go to that card.
    cursor_wanted(int)
        The label was clicked: go to that cursor.
    place_wanted(int, int)
        The note was clicked: go to that line and column of the program (from 1).
    grown()
        It has more controls than before.
    """

    card_wanted = Signal(str)
    cursor_wanted = Signal(int)
    place_wanted = Signal(int, int)
    grown = Signal()

    def __init__(self, theme: ThemeManager, item: Item, opened: bool) -> None:
        super().__init__()
        self._theme = theme
        self._item = item
        self._label = QLabel()
        self._way = Link(theme, "go there" if item.card is None else "go to this card")
        self._place = Link(theme, "go to this place in the program")
        self._dots = Dots(theme)
        self._sign = QLabel()
        self._sign.setAccessibleName("not a finite number")
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._open = IconButton(theme, "chevron_down", "Show the elements", 24)
        self._open.setCheckable(True)
        self._open.setChecked(opened)
        self._copy = IconButton(theme, "copy", "Copy", 24)
        self._math = SymbolLabel(theme, 18)
        self._math.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._view: TensorView | None = None
        self._main = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._below = QVBoxLayout()
        self._lines = self._build()
        self._way.clicked.connect(self._go_to_card)
        self._place.clicked.connect(self._go_to_place)
        self._open.toggled.connect(self._show_table)
        self._copy.clicked.connect(self._copy_item)
        theme.changed.connect(self.restyle)
        self.set_item(item)
        self.restyle()

    def _build(self) -> QVBoxLayout:
        for part in (self._label, self._way):
            self._main.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(6)
        signs: tuple[QWidget, ...] = (self._dots, self._sign)
        for sign in signs:
            row.addWidget(sign)
        row.addWidget(self._text, 1)
        row.addWidget(self._math, 1)
        row.addWidget(self._open)
        row.addWidget(self._copy)
        self._main.setSpacing(6)
        self._main.addLayout(row, 1)
        self._below.addWidget(self._note)
        self._below.addWidget(self._place)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 2, 0, 2)
        lines.setSpacing(2)
        lines.addLayout(self._main)
        lines.addLayout(self._below)
        return lines

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The text stands below its label where there is little room for it, and always if it is program text."""
        scale = self._theme.scale
        stacked = self._item.link is not None or self.width() < 240 * scale
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._main.direction() != way:
            self._main.setDirection(way)
            self._main.setSpacing(0 if stacked else 6)
        width = round(LABEL_WIDTH * (0.5 + 0.5 * scale))
        for part in (self._label, self._way):
            part.setMinimumWidth(0 if stacked else width)
            part.setMaximumWidth(UNBOUND if stacked else width)
        self._below.setContentsMargins(0 if stacked else width + 6, 0, 0, 0)

    def set_item(self, item: Item) -> None:
        """Show another item with the same label."""
        self._item = item
        self._label.setText(item.label)
        self._way.set_label(item.label)
        leads = item.card is not None or item.cursor is not None
        self._label.setVisible(not leads)
        self._way.setVisible(leads)
        self._text.setText(item.text)
        self._text.setToolTip(item.text if item.link is not None else "")
        self._text.setAccessibleName(f"{item.label}: {item.text}")
        self._text.setVisible(item.math is None)
        self._math.setVisible(item.math is not None)
        self._math.set_symbol(item.math)
        self._dots.setVisible(item.waiting)
        self._sign.setVisible(item.bad)
        self._note.setText(item.note)
        self._note.setVisible(bool(item.note) and item.link is None)
        self._place.set_label(item.note)
        self._place.setVisible(item.link is not None)
        self._copy.setVisible(item.copy is not None or item.data is not None)
        self._copy.setAccessibleName(f"Copy {item.label}")
        self._open.setVisible(item.tabular)
        self._open.setAccessibleName(f"Show the elements of {item.label}")
        self._paint_text()
        self._show_table(self._open.isChecked())

    def texts(self) -> tuple[str, str, str]:
        """Label, text and note as shown."""
        return self._item.label, self._text.text(), self._item.note

    def opened(self) -> bool:
        """Whether the table is shown when there is one."""
        return self._open.isChecked()

    def table(self) -> TensorView | None:
        return self._view if self._view is not None and not self._view.isHidden() else None

    def controls(self) -> list[QWidget]:
        """What Tab stops at, in the order in which it is read."""
        return [self._way, self._open, self._copy, self._place, *(() if self._view is None else self._view.controls())]

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        for label in (self._label, self._note):
            label.setFont(ui_font(12 * scale))
            label.setStyleSheet(f"color: {self._theme.hex('text_3')};")
        self._sign.setPixmap(icon("warning", self._theme.color("error")).pixmap(14, 14))
        self._paint_text()
        self._arrange()

    def _paint_text(self) -> None:
        font = ui_font(12 * self._theme.scale) if self._item.words else mono_font(13 * self._theme.scale, 500)
        self._text.setFont(font)
        self._text.setStyleSheet(f"color: {self._theme.hex(self._item.tone)};")

    @Slot()
    def _go_to_card(self) -> None:
        if self._item.card is not None:
            self.card_wanted.emit(self._item.card)
        elif self._item.cursor is not None:
            self.cursor_wanted.emit(self._item.cursor)

    @Slot()
    def _go_to_place(self) -> None:
        if self._item.link is not None:
            self.place_wanted.emit(*self._item.link)

    @Slot(bool)
    def _show_table(self, shown: bool) -> None:
        data = self._item.data
        if shown and data is not None and self._item.tabular:
            if self._view is None:
                self._view = TensorView(self._theme, self._item.label)
                self._lines.addWidget(self._view)
                self._view.grown.connect(self.grown)
                self.grown.emit()
            self._view.set_tensor(data, self._item.tone)
            self._view.show()
        elif self._view is not None:
            self._view.hide()

    @Slot()
    def _copy_item(self) -> None:
        if self._item.copy is not None:
            QGuiApplication.clipboard().setText(self._item.copy)
        elif self._item.data is not None:
            menu = self.copy_menu()
            menu.popup(self._copy.mapToGlobal(QPoint(0, self._copy.height())))

    def copy_menu(self) -> QMenu:
        """The ways to copy the tensor."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._item.data is not None:
            add_tensor_copies(menu, self._item.data)
        return menu
