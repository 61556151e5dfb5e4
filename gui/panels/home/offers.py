"""The right side of Home: examples, what one may bring, and what was open last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from engine.lessons.examples import Example
from gui.look.theme import ThemeManager, ui_font
from gui.panels.home.card import ExampleCard, RecentCard
from gui.panels.home.item import Walk
from gui.panels.home.link import Link
from gui.panels.home.measures import LARGE, Measures
from gui.panels.home.own import OWN, OwnRow
from gui.panels.home.said import RecentFile

_COLUMNS = 5
_LEAST_CARD = 140
MOST_RECENT = 3


class Offers(QScrollArea):
    """What Home offers beside lessons.

    Signals
    -------
    example_wanted(str file)
    action_wanted(str id)
        One of the window's actions was chosen.
    recent_wanted(str path)
    forget_wanted(str path)
        A missing file goes off the list.
    all_recent_wanted()
    """

    example_wanted = Signal(str)
    action_wanted = Signal(str)
    recent_wanted = Signal(str)
    forget_wanted = Signal(str)
    all_recent_wanted = Signal()

    def __init__(
        self, examples: Sequence[Example], keys: Mapping[str, str], theme: ThemeManager, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._measures = LARGE
        self._columns = _COLUMNS
        self._own_columns = 1
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self._page = _Page(theme)
        self.setWidget(self._page)
        self._heads = {name: QLabel(name, self._page) for name in ("Examples", "Your own", "Recent")}
        self._notes = {name: QLabel(self._page) for name in self._heads}
        self.cards = [ExampleCard(example, theme, self._page) for example in examples]
        self.rows = [OwnRow(own, keys.get(own.id, ""), theme, self._page) for own in OWN]
        self.recent: list[RecentCard] = []
        self.all_recent = Link(theme, "All recent files", "Show the list of all recent files", self._page)
        self.all_recent.clicked.connect(self.all_recent_wanted)
        for card in self.cards:
            card.clicked.connect(self._example_chosen)
        for row in self.rows:
            row.clicked.connect(self._own_chosen)
        self.examples_walk = Walk(self, lambda: self._columns, self._came)
        self.own_walk = Walk(self, lambda: self._own_columns, self._came)
        self.recent_walk = Walk(self, lambda: 1 if self._measures.folds else MOST_RECENT, self._came)
        self.examples_walk.set_items(self.cards)
        self.own_walk.set_items(self.rows)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_recent(self, files: Sequence[RecentFile]) -> None:
        """List the first of ``files``."""
        for card in self.recent:
            card.setParent(None)
            card.deleteLater()
        self.recent = [RecentCard(file, self._theme, self._page) for file in files[:MOST_RECENT]]
        for card in self.recent:
            if not card.file.missing:
                card.clicked.connect(self._recent_chosen)
            card.remove.clicked.connect(self._removed)
            card.show()
        self.recent_walk.set_items(self.recent)
        self._place()

    def set_measures(self, measures: Measures) -> None:
        """Be as large as these."""
        if measures is not self._measures:
            self._measures = measures
            self._place()

    @Slot()
    def _example_chosen(self) -> None:
        card = self.sender()
        if isinstance(card, ExampleCard):
            self.example_wanted.emit(card.example.file)

    @Slot()
    def _own_chosen(self) -> None:
        row = self.sender()
        if isinstance(row, OwnRow):
            self.action_wanted.emit(row.own.id)

    @Slot()
    def _recent_chosen(self) -> None:
        card = self.sender()
        if isinstance(card, RecentCard):
            self.recent_wanted.emit(card.file.path)

    @Slot()
    def _removed(self) -> None:
        link = self.sender()
        card = next((one for one in self.recent if one.remove is link), None)
        if card is not None:
            self.forget_wanted.emit(card.file.path)

    def _came(self, item: QWidget) -> None:
        self.ensureWidgetVisible(item, 0, 12)

    @Slot()
    def _restyle(self) -> None:
        theme = self._theme
        for name, head in self._heads.items():
            head.setFont(ui_font(13 * theme.scale, 600))
            head.setStyleSheet(f"color: {theme.hex('text')};")
            self._notes[name].setFont(ui_font(12 * theme.scale))
            self._notes[name].setStyleSheet(f"color: {theme.hex('text_3')};")
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    # Placing -----------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        """Examples on top; below, side by side where there is room, what one may bring and what was open."""
        m, scale, width = self._measures, self._theme.scale, self.viewport().width()
        inner = width - 2 * m.margin
        head = round(m.head * scale)
        told = "each opens just before its first gradient"
        if not m.folds:
            told = "each opens with its values computed, just before the first gradient"
        self._head("Examples", told, m.margin, 0, inner, head)
        y = self._place_cards(head, inner)
        y += 16 if m.folds else 22
        self._page.lines = [(0, y, width)]
        own_y, own_width = y + (0 if m.folds else 4), inner
        if not m.folds:
            card = (inner - 4 * m.gap) // _COLUMNS
            own_width = 2 * card + m.gap
        self._head("Your own", "or drop a file on the window", m.margin, own_y, own_width, head)
        below = self._place_own(own_y + head - (0 if m.folds else 2), own_width)
        if m.folds:
            y = below + 8
            self._page.lines.append((m.margin, y, inner))
            below = self._place_recent(m.margin, y, inner, round(36 * scale))
        else:
            left = m.margin + own_width + m.gap
            below = max(below, self._place_recent(left, own_y, inner - own_width - m.gap, head))
        self._page.resize(QSize(width, below + 12))
        self._page.update()

    def _head(self, name: str, note: str, x: int, y: int, width: int, height: int) -> None:
        head, beside = self._heads[name], self._notes[name]
        head.setGeometry(x, y, head.sizeHint().width(), height)
        beside.setText(note)
        left = head.geometry().right() + 1 + 12
        beside.setGeometry(left, y, min(beside.sizeHint().width(), x + width - left), height)

    def _place_cards(self, top: int, inner: int) -> int:
        m = self._measures
        self._columns = _COLUMNS
        while (
            self._columns > 2 and (inner - (self._columns - 1) * m.gap) // self._columns < _LEAST_CARD * self._theme.scale * 0.9
        ):
            self._columns -= 1
        width = (inner - (self._columns - 1) * m.gap) // self._columns
        height = m.picture + 2 + max((card.text_height(width, m) for card in self.cards), default=0)
        for number, card in enumerate(self.cards):
            row, column = divmod(number, self._columns)
            card.set_measures(m)
            card.setGeometry(m.margin + column * (width + m.gap), top + row * (height + m.gap), width, height)
        rows = -(-len(self.cards) // self._columns)
        return top + rows * (height + m.gap) - m.gap

    def _place_own(self, top: int, room: int) -> int:
        m, scale = self._measures, self._theme.scale
        self._own_columns = 2 if m.folds and room >= 640 * scale else 1
        between = 32
        width = (room - (self._own_columns - 1) * between) // self._own_columns
        height = round(m.action * max(1.0, 0.4 + 0.6 * scale))
        for number, row in enumerate(self.rows):
            line, column = divmod(number, self._own_columns)
            row.setGeometry(m.margin + column * (width + between), top + line * height, width, height)
        return top + -(-len(self.rows) // self._own_columns) * height

    def _place_recent(self, left: int, top: int, room: int, head: int) -> int:
        m = self._measures
        self._head("Recent", "" if self.recent else "nothing yet: what you open is listed here", left, top, room, head)
        size = self.all_recent.sizeHint()
        self.all_recent.setVisible(bool(self.recent))
        self.all_recent.setGeometry(left + room - size.width(), top + (head - size.height()) // 2, size.width(), size.height())
        y = top + head
        for number, card in enumerate(self.recent):
            card.set_measures(m)
            height = card.height_of(m)
            if m.folds:
                card.setGeometry(left, y, room, height)
                y += height
            else:
                width = (room - (MOST_RECENT - 1) * m.gap) // MOST_RECENT
                card.setGeometry(left + number * (width + m.gap), top + head, width, height)
                y = top + head + height
        return y


class _Page(QWidget):
    """What is scrolled, with its hairlines."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.lines: list[tuple[int, int, int]] = []
        """x, y, length."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        for x, y, length in self.lines:
            painter.fillRect(x, y, length, 1, self._theme.color("line"))
        painter.end()
