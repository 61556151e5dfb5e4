"""The table of runs: one row each, chosen by arrows, hidden by Space, renamed by F2, deleted by Delete."""

from __future__ import annotations

import time

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from gui.look.runs import paint_sample
from gui.look.style import control_height
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.runs.model import COLUMNS, RunsModel
from gui.session.runs import Run, Runs
from gui.widgets.basic import paint_icon

ROW, DENSE, SAMPLE, BAR, EYE = 32, 28, QSize(40, 18), 3, 16
FAINT = 0.62
"""Opacity of what is not drawn in the plots."""
ICONS = {"waiting": "more", "running": "play", "paused": "pause", "done": "check", "stopped": "stop", "diverged": "warning"}
"""The icon of each state; where there is room, a word says the state, too."""
NUMBERS = {"loss": 76, "validation": 80, "epochs": 74}
"""Px at 100 % of the columns of numbers."""
NAME = 118
"""Px at 100 % that a name has at the least; where numbers would leave less, validation and then epochs are left out."""
SCROLLS = 1.0
"""Seconds after a turn of the wheel in which a person is taken to scroll."""
WIDE = 520
"""Px from which on the state has its word, and not just its icon."""


class _Cell(QStyledItemDelegate):
    """Paints a cell: the current run on ``sunken`` with a bar and in semibold."""

    def __init__(self, theme: ThemeManager, runs: Runs, table: RunTable) -> None:
        super().__init__(table)
        self._theme, self._runs, self._table = theme, runs, table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, scale = self._theme, self._theme.scale
        area: QRect = option.rect
        run, column = self._table.model_of_runs.rows[index.row()], COLUMNS[index.column()]
        current = run is self._runs.current
        chosen = index.row() == self._table.currentIndex().row() and self._table.hasFocus()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, theme.color("hover" if chosen else "sunken" if current else "surface"))
        painter.fillRect(area.left(), area.bottom(), area.width(), 1, theme.color("line"))
        if column == "sample":
            if current:
                painter.fillRect(area.left(), area.top(), BAR, area.height(), theme.color("ink"))
            sample = QRectF(area.left() + 16, area.center().y() - SAMPLE.height() / 2, SAMPLE.width(), SAMPLE.height())
            painter.setOpacity(1.0 if current or (run.shown and not self._table.model_of_runs.apart(run)) else FAINT)
            paint_sample(painter, theme, run.number, sample)
        elif column == "menu":
            at = QRect(area.left(), area.top(), area.width() - 8, area.height())
            paint_icon(painter, "more", theme.color("text_2"), at, EYE)
        elif column == "eye":
            place = QRect(area.left(), area.top(), area.width() - 8, area.height())
            faint = current or not run.shown or bool(self._table.model_of_runs.apart(run))
            paint_icon(
                painter, "eye" if run.shown or current else "eye_off", theme.color("text_3" if faint else "text_2"), place, EYE
            )
        else:
            numbers = column in ("loss", "validation", "epochs")
            painter.setFont(
                mono_font(12 * scale, 500) if numbers else ui_font(13 * scale, 600 if current and column == "name" else 400)
            )
            bad = column == "state" and run.state == "diverged"
            grey = self._table.model_of_runs.on_other_data(run)
            token = "error" if bad else "text_3" if grey else "text" if column in ("name", "loss") else "text_2"
            color = theme.color(token)
            painter.setPen(color)
            room = area.adjusted(8, 0, -8, 0)
            if column == "state":
                paint_icon(painter, ICONS[run.state], color, QRect(room.left(), room.top(), 14, room.height()), 14)
                room.setLeft(room.left() + 20)
            text = str(index.data() or "")
            if column == "state" and self._table.width() < WIDE:
                text = ""
            align = index.data(Qt.ItemDataRole.TextAlignmentRole)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, align, shown)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QWidget:
        editor = super().createEditor(parent, option, index)
        editor.setAccessibleName("Name of the run")
        return editor


class RunTable(QTableView):
    """Shows ``runs``.

    Signals
    -------
    wanted(object)
        The user wants this run shown (Return, or a double click on its row).
    menu_wanted(object, QPoint)
        The user wants the menu of this run, at this place on the screen.
    deleted()
        The user deleted a run.
    turned(object)
        The user wants this run hidden in the plots, or drawn again.
    branch_wanted(object)
        The user wants to branch from this run.
    """

    wanted = Signal(object)
    menu_wanted = Signal(object, QPoint)
    deleted = Signal()
    turned = Signal(object)
    branch_wanted = Signal(object)

    def __init__(self, runs: Runs, theme: ThemeManager) -> None:
        super().__init__()
        self._runs, self._theme = runs, theme
        self._row = ROW
        self._seen: Run | None = None
        """The run that was shown when its row was last brought into sight."""
        self._wheeled = 0.0
        self.model_of_runs = RunsModel(runs)
        self.setModel(self.model_of_runs)
        self.setItemDelegate(_Cell(theme, runs, self))
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu_at)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double_clicked)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(20)  # Qt's own is wider than an icon
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(COLUMNS.index("name"), QHeaderView.ResizeMode.Stretch)
        head.setSectionsClickable(False)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        self.verticalHeader().setDefaultSectionSize(control_height(self._row, scale))
        self.horizontalHeader().setFont(ui_font(11 * scale))
        self._fit()
        self.viewport().update()

    @property
    def dense(self) -> bool:
        """Whether rows are lower."""
        return self._row == DENSE

    def set_dense(self, dense: bool) -> None:
        """Whether rows are lower, in a small window."""
        if self._row != (DENSE if dense else ROW):
            self._row = DENSE if dense else ROW
            self.restyle()

    def height_of(self, rows: int) -> int:
        """Px in which so many rows are whole, below the titles of the columns."""
        return self.horizontalHeader().sizeHint().height() + rows * control_height(self._row, self._theme.scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if event.size().height() != event.oldSize().height():
            self._seen = None  # where there is less room it may be out of sight
            self._reveal()

    def _fit(self) -> None:
        """Leave the name its room; validation has a column if any run has it, and the state its word where there is room."""
        scale, wide = self._theme.scale, self.width() >= WIDE * self._theme.scale
        widths = {column: round(width * scale) for column, width in NUMBERS.items()}
        widths |= {"sample": 16 + SAMPLE.width(), "state": round((140 if wide else 30) * scale), "eye": 12 + EYE}
        widths["menu"] = widths["eye"]
        for at, column in enumerate(COLUMNS):
            if column in widths:
                self.setColumnWidth(at, widths[column])
        has = any(run.epochs and run.numbers.validation[-1] == run.numbers.validation[-1] for run in self.model_of_runs.rows)
        free = self.width() - sum(widths.values()) - NAME * scale
        hidden = set() if has else {"validation"}
        for column in ("validation", "epochs"):
            if free + sum(widths[name] for name in hidden) < 0:
                hidden.add(column)
        self.model_of_runs.set_wide(wide)
        for column in NUMBERS:
            self.setColumnHidden(COLUMNS.index(column), column in hidden)

    def renew(self) -> None:
        """Show other runs, names or states; the chosen row stays chosen, and the rows where they are unless another is shown."""
        chosen, place = self.chosen, self.verticalScrollBar().value()
        self.model_of_runs.renew()
        if chosen in self.model_of_runs.rows:
            self.choose(chosen)
        elif self.model_of_runs.rows:
            self.choose(self.model_of_runs.rows[-1])
        self._fit()
        self.executeDelayedItemsLayout()  # so that the scroll bar has its range
        self.verticalScrollBar().setValue(place)
        self._reveal()

    def _reveal(self) -> None:
        """Bring the row of the run that is shown into sight, once, and not while a person scrolls."""
        current, bar = self._runs.current, self.verticalScrollBar()
        busy = bar.isSliderDown() or time.monotonic() - self._wheeled < SCROLLS
        if current is self._seen or current not in self.model_of_runs.rows or busy or not self.isVisible():
            return
        self._seen = current
        self.scrollTo(self.model_of_runs.index(self.model_of_runs.rows.index(current), COLUMNS.index("name")))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._reveal()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheeled = time.monotonic()
        super().wheelEvent(event)

    @property
    def chosen(self) -> Run | None:
        """The run of the row with the keyboard."""
        row = self.currentIndex().row()
        return self.model_of_runs.rows[row] if 0 <= row < len(self.model_of_runs.rows) else None

    def choose(self, run: Run | None) -> None:
        """Go to the row of ``run``."""
        if run is not None:
            self.setCurrentIndex(self.model_of_runs.index(self.model_of_runs.rows.index(run), COLUMNS.index("name")))

    def rename(self) -> None:
        """Let the user type a name for the chosen run."""
        self.edit(self.model_of_runs.index(self.currentIndex().row(), COLUMNS.index("name")))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        run, key = self.chosen, event.key()
        if self.state() is QAbstractItemView.State.EditingState and not self.hasFocus():
            super().keyPressEvent(event)  # the key ended a name that was typed, which is all that it does
        elif run is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.wanted.emit(run)
        elif key == Qt.Key.Key_Delete:
            self._runs.delete(run)
            self.deleted.emit()
        elif key == Qt.Key.Key_Space:
            self.turned.emit(run)
        elif key == Qt.Key.Key_B and run.is_trained:
            self.branch_wanted.emit(run)
        elif key == Qt.Key.Key_F2:
            self.rename()
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        run, column = self.model_of_runs.rows[index.row()], COLUMNS[index.column()]
        if column == "eye":
            self.turned.emit(run)
        elif column == "menu":
            below = self.visualRect(index).bottomLeft()
            self.menu_wanted.emit(run, self.viewport().mapToGlobal(below))

    @Slot(QModelIndex)
    def _double_clicked(self, index: QModelIndex) -> None:
        column = COLUMNS[index.column()]
        if column == "name":
            self.edit(index)
        elif column in ("eye", "menu"):
            self._clicked(index)  # a second click within a moment is a click, too
        else:
            self.wanted.emit(self.model_of_runs.rows[index.row()])

    @Slot(QPoint)
    def _menu_at(self, at: QPoint) -> None:
        run = self.chosen
        if run is not None:
            self.menu_wanted.emit(run, self.viewport().mapToGlobal(at))
