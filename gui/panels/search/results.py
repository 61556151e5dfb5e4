"""The list of hits: made row by row when a row is seen, so that it does not matter how many there are."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.search import Found, Hit
from gui.look.fitting import fitting_tail
from gui.look.theme import ThemeManager, ui_font
from gui.panels.search.words import details, findings, spoken, title

MOST_ROWS = 8
SMALLEST_NAME = 11
_SIDE, _BETWEEN = 12, 16
_Index = QModelIndex | QPersistentModelIndex
_TONES = {"value": "value", "grad": "grad"}


class HitModel(QAbstractListModel):
    """The hits of a search; the display role is a hit in one line, the user role the Hit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.found: Found | None = None

    def show(self, found: Found | None) -> None:
        self.beginResetModel()
        self.found = found
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self.found is None or parent.isValid() else len(self.found)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self.found
        if found is None or not 0 <= index.row() < len(found):
            return None
        if role == Qt.ItemDataRole.UserRole:
            return found[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return spoken(found, found[index.row()])
        return None


class HitPainter(QStyledItemDelegate):
    """Two lines: name, and at its right the numbers; below it operation, Node, module and shape."""

    def __init__(self, theme: ThemeManager, model: HitModel) -> None:
        super().__init__(model)
        self._theme, self._model = theme, model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, row_height(self._theme))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        hit, found = index.data(Qt.ItemDataRole.UserRole), self._model.found
        if not isinstance(hit, Hit) or found is None:
            return
        theme, scale = self._theme, self._theme.scale
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color("pressed"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.color("hover"))
        area = rect.adjusted(_SIDE, round(4 * scale), -_SIDE, -round(4 * scale))
        half = area.height() // 2
        upper, lower = QRect(area.x(), area.y(), area.width(), half), area.adjusted(0, half, 0, 0)
        name_font, small = ui_font(13 * scale, 600), ui_font(12 * scale)
        left = self._findings(painter, upper, found, hit, name_font, small)
        self._line(painter, QRect(upper.x(), upper.y(), left - upper.x(), half), title(hit), name_font, "text", name=True)
        room = QFontMetrics(small)
        texts = details(found, hit)
        text = next((text for text in texts if room.horizontalAdvance(text) <= lower.width()), texts[-1])
        self._line(painter, lower, text, small, "text_2", name=True)
        painter.restore()

    def _findings(self, painter: QPainter, area: QRect, found: Found, hit: Hit, name_font: QFont, font: QFont) -> int:
        """Draw what meets the conditions, the first one at the right; where the room left for the name ends."""
        right = area.right()
        metrics = QFontMetrics(font)
        name = min(QFontMetrics(name_font).horizontalAdvance(title(hit)), area.width() // 3)
        for subject, text in findings(found, hit):
            width = min(metrics.horizontalAdvance(text) + 1, right - area.x() - name - _BETWEEN)
            if width < 40:
                break
            place = QRect(right - width, area.y(), width, area.height())
            self._line(painter, place, text, font, _TONES[subject])
            right = place.x() - _BETWEEN
        return right

    def _line(self, painter: QPainter, area: QRect, text: str, font: QFont, token: str, name: bool = False) -> None:
        """One line of text; a ``name`` is never cut: it gets smaller, and then loses whole parts from its start."""
        while name and QFontMetrics(font).horizontalAdvance(text) > area.width() and font.pixelSize() > SMALLEST_NAME:
            font = QFont(font)
            font.setPixelSize(font.pixelSize() - 1)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(self._theme.color(token))
        shown = (
            fitting_tail(text, area.width(), metrics.horizontalAdvance)
            if name
            else metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def row_height(theme: ThemeManager) -> int:
    """Px of one hit."""
    return 2 * round(18 * theme.scale) + 2 * round(4 * theme.scale)


class HitList(QTableView):
    """Shows a HitModel; keys stay with the search field, which moves the marked row.

    A table, because a list view of Qt's asks the model for every row before it shows the first.
    """

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hits = HitModel(self)
        self.setModel(self.hits)
        self.setItemDelegate(HitPainter(theme, self.hits))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setMinimumSectionSize(1)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("What was found")
        theme.changed.connect(self.restyle)
        self.restyle()

    def rows(self) -> int:
        return self.hits.rowCount()

    def height_within(self, most: int) -> int:
        """Px for all rows, at most eight, or as many whole ones as ``most`` px hold, but one at least."""
        height = row_height(self._theme)
        return min(MOST_ROWS, self.rows(), max(1, most // height)) * height

    def mark(self, row: int | None) -> None:
        """Mark a row and bring it into view."""
        if row is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        else:
            self.setCurrentIndex(self.hits.index(row))

    @property
    def marked(self) -> int | None:
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    @Slot()
    def restyle(self) -> None:
        self.verticalHeader().setDefaultSectionSize(row_height(self._theme))
        self.verticalScrollBar().setSingleStep(row_height(self._theme))
        self.viewport().update()
