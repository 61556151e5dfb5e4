"""A tensor to look through: a table of its last two dimensions, and boxes for the position in the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QMenu, QTableView, QVBoxLayout, QWidget

from engine.tables import TensorData
from gui.look.numbers import copy_text, full, shape_text
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.inspector.tensor_model import TensorModel, csv_text
from gui.widgets import IntegerBox
from gui.widgets.basic import paint_focus_ring

WHOLE_ROWS = 32
"""A table of up to this many rows is shown whole, and scrolls with what stands around it."""
MOST_ROWS = 8
"""How many rows of a longer one are in view; it scrolls by itself."""


class TensorTable(QTableView):
    """The table. Arrow keys move within it, Tab leaves it, Ctrl+C copies the current cell or the selection."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.tensor: TensorData | None = None
        self.table = TensorModel(theme)
        self.setModel(self.table)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setSectionsClickable(False)
            header.setHighlightSections(False)
        self.setCornerButtonEnabled(False)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        theme, scale = self._theme, self._theme.scale
        self.setFont(mono_font(12 * scale))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setFont(mono_font(11 * scale))
        self.horizontalHeader().setDefaultSectionSize(QFontMetrics(self.font()).horizontalAdvance("−1.2345e−10") + 14)
        self.verticalHeader().setDefaultSectionSize(round(24 * (0.5 + 0.5 * scale)))
        self.setStyleSheet(
            f"QTableView {{ background: {theme.hex('surface')}; color: {theme.hex('text')}; gridline-color: {theme.hex('line')};"
            f" border: 1px solid {theme.hex('line')}; selection-background-color: {theme.hex('pressed')};"
            f" selection-color: {theme.hex('text')}; }}"
            f"QHeaderView {{ background: {theme.hex('sunken')}; border: none; }}"
            f"QHeaderView::section {{ background: {theme.hex('sunken')}; color: {theme.hex('text_3')}; border: none;"
            " padding: 2px 6px; }"
            f"QTableCornerButton::section {{ background: {theme.hex('sunken')}; border: none; }}"
        )
        self.fit()

    @Slot()
    def fit(self) -> None:
        """As high as its rows, or ``MOST_ROWS`` of many, and its columns' scroll bar."""
        count = self.table.rowCount()
        rows = max(1, count) if count <= WHOLE_ROWS else MOST_ROWS
        head = self.horizontalHeader().sizeHint().height() if not self.horizontalHeader().isHidden() else 0
        wide = self.table.columnCount() * self.horizontalHeader().defaultSectionSize() + 60 > self.width()
        bar = self.horizontalScrollBar().sizeHint().height() if wide else 0
        self.setFixedHeight(rows * self.verticalHeader().defaultSectionSize() + head + bar + 2)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return done

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The selected cells, separated by tabs and line ends."""
        cells = sorted((index.row(), index.column()) for index in self.selectionModel().selectedIndexes())
        lines: dict[int, list[str]] = {}
        for row, column in cells:
            lines.setdefault(row, []).append(self.table.cell_text(row, column))
        return "\n".join("\t".join(line) for line in lines.values())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos()) if event.reason() == QContextMenuEvent.Reason.Mouse else self.currentIndex()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if index.isValid():
            _add_copy(menu, "Copy number", partial(self.table.cell_text, index.row(), index.column()))
            _add_copy(menu, "Copy row", partial(self.table.row_text, index.row()))
        if self.tensor is not None:
            add_tensor_copies(menu, self.tensor)
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            paint_focus_ring(painter, self.viewport().rect().toRectF(), self._theme.color("focus"), 2)
            painter.end()


class _CopyAction(QAction):
    """Puts a text on the clipboard that is made only when asked for: a large tensor's is long."""

    def __init__(self, title: str, text: Callable[[], str], menu: QMenu) -> None:
        super().__init__(title, menu)
        self._text = text
        self.triggered.connect(self._copy)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text())


def _add_copy(menu: QMenu, title: str, text: Callable[[], str]) -> None:
    menu.addAction(_CopyAction(title, text, menu))


def add_tensor_copies(menu: QMenu, data: TensorData) -> None:
    """The ways to copy a whole tensor."""
    _add_copy(menu, "Copy all as a Python list", partial(copy_text, data))
    if data.whole:
        _add_copy(menu, "Copy all as CSV", partial(csv_text, data))


class TensorView(QWidget):
    """The table with a box for each leading dimension; a tensor kept as a summary shows that summary in words.

    Signals
    -------
    grown()
        Its boxes changed.
    """

    grown = Signal()

    def __init__(self, theme: ThemeManager, label: str) -> None:
        super().__init__()
        self._theme = theme
        self._data: TensorData | None = None
        self._tone = "value"
        self._boxes: list[IntegerBox] = []
        self._slices = QWidget()
        row = QHBoxLayout(self._slices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = TensorTable(theme)
        self.table.setAccessibleName(f"{label}, elements")
        self.table.setToolTip("Deeper colour means larger magnitude. Ctrl+C copies the selection")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self._slices, self._words, self.table):
            column.addWidget(part)
        theme.changed.connect(self.restyle)
        self.restyle()

    def sizeHint(self) -> QSize:
        return QSize(260, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, super().minimumSizeHint().height())

    @Slot()
    def restyle(self) -> None:
        self._words.setFont(ui_font(12 * self._theme.scale))
        self._words.setStyleSheet(f"color: {self._theme.hex('text_2')};")
        for label in self._slices.findChildren(QLabel):
            label.setFont(ui_font(12 * self._theme.scale))
            label.setStyleSheet(f"color: {self._theme.hex('text_3')};")

    def set_tensor(self, data: TensorData, tone: str) -> None:
        """Show ``data``, which has not exactly one element; ``tone`` is ``value`` or ``grad``."""
        if data is self._data:
            return
        if self._data is None or self._data.shape[:-2] != data.shape[:-2]:
            self._make_boxes(data.shape)
        self._data, self._tone = data, tone if tone in ("value", "grad") else "value"
        self.table.tensor = data
        self._words.setText(_words(data))
        self._words.setVisible(bool(self._words.text()))
        self.table.setVisible(data.whole and data.size > 0)
        self.table.horizontalHeader().setVisible(len(data.shape) > 1)
        if data.whole and data.size > 0:
            self._turn()

    def _make_boxes(self, shape: tuple[int, ...]) -> None:
        row = self._slices.layout()
        assert isinstance(row, QHBoxLayout)
        while (item := row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._boxes = []
        for dimension, length in enumerate(shape[:-2]):
            label = QLabel(f"dim {dimension}" if not dimension else f", dim {dimension}")
            box = IntegerBox(self._theme, 0, 0, max(0, length - 1), 3)
            box.setAccessibleName(f"position in dimension {dimension}, 0 to {length - 1}")
            box.setToolTip(f"Which of the {length} slices along dimension {dimension} is shown")
            box.edited.connect(self._turn)
            row.addWidget(label)
            row.addWidget(box)
            self._boxes.append(box)
        row.addStretch(1)
        self._slices.setVisible(bool(self._boxes))
        self.restyle()
        self.grown.emit()

    def controls(self) -> list[QWidget]:
        """What Tab stops at, from top to bottom."""
        return [*self._boxes, self.table]

    @Slot()
    def _turn(self) -> None:
        assert self._data is not None
        self.table.table.set_tensor(self._data, self._tone, tuple(box.value() for box in self._boxes))
        self.table.fit()


def _words(data: TensorData) -> str:
    if data.size == 0:
        return f"empty: shape {shape_text(data.shape)}"
    if data.kept is None:
        return ""
    kept = data.kept
    parts = [
        f"{name} {full(number)}"
        for name, number in (
            ("least", kept.minimum),
            ("greatest", kept.maximum),
            ("mean", kept.mean),
            ("std", kept.std),
            ("norm", kept.norm),
        )
        if number is not None
    ]
    odd = [f"{count} {name}" for name, count in (("nan", kept.nan), ("infinite", kept.infinite)) if count]
    return f"Kept as a summary, to save memory: {', '.join(parts + odd)}"
