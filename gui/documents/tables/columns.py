"""Which columns of a table are what: ticks for the known ones, a box for the one that is predicted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from engine.runtime.said import cut
from engine.training.table_files.form import FileForm
from gui.look.theme import ThemeManager, ui_font
from gui.widgets import ComboBox

LIST_HEIGHT = 116


class ColumnChoice(QWidget):
    """Asks for the columns of ``form``. Only those that hold numbers can be chosen.

    Signals
    -------
    changed()
        Which columns are chosen has changed.
    """

    changed = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._form: FileForm | None = None
        self._filling = False
        self.known = QListWidget()
        self.known.setAccessibleName("Known columns, x")
        self.known.setToolTip("The columns that the model is given. Space ticks one")
        self.known.itemChanged.connect(self._ticked)
        self.predicted = ComboBox(theme, row=True)
        self.predicted.setAccessibleName("Predicted column, y")
        self.predicted.setToolTip("The column that the model learns to predict")
        self.predicted.activated.connect(self._predicted_chosen)
        self._labels = QLabel("Known, x"), QLabel("Predicted, y")
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self._labels[0])
        left.addWidget(self.known)
        right.addWidget(self._labels[1])
        right.addWidget(self.predicted)
        right.addStretch(1)
        left.setSpacing(4)
        right.setSpacing(4)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        row.addLayout(left, 1)
        row.addLayout(right, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        for label in self._labels:
            label.setFont(ui_font(12 * self._theme.scale, 600))
        self.known.setFont(ui_font(13 * self._theme.scale))
        self.known.setFixedHeight(round(LIST_HEIGHT * self._theme.scale))

    @property
    def x_columns(self) -> tuple[int, ...]:
        """Numbers of the ticked columns, from 0, without the one that is predicted."""
        ticked = (self.known.item(row) for row in range(self.known.count()))
        return tuple(
            item.data(Qt.ItemDataRole.UserRole)
            for item in ticked
            if item.checkState() is Qt.CheckState.Checked and not item.isHidden()
        )

    @property
    def y_column(self) -> int:
        """Number of the column that is predicted, from 0; −1 where there is none."""
        data = self.predicted.currentData()
        return -1 if data is None else int(data)

    def show_form(self, form: FileForm, x_columns: tuple[int, ...], y_column: int) -> None:
        """Offer the columns of ``form``, with these chosen."""
        self._form, self._filling = form, True
        self.known.clear()
        self.predicted.clear()
        for place, name in enumerate(form.names):
            if form.numeric[place]:
                item = QListWidgetItem(name)
                item.setData(Qt.ItemDataRole.UserRole, place)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if place in x_columns else Qt.CheckState.Unchecked)
                self.known.addItem(item)
                self.predicted.addItem(name, place)
            elif form.classes and form.classes[place]:
                zero, one = (cut(word, 20) for word in form.classes[place].split("\n"))
                self.predicted.addItem(f"{name}: {zero} = 0, {one} = 1", place)
        if self.known.count():
            self.known.setCurrentRow(0)
        self.predicted.setCurrentIndex(self.predicted.findData(y_column))
        self._hide_predicted()
        self._filling = False

    def toggle(self, place: int) -> None:
        """Tick the column with this number, or untick it."""
        for row in range(self.known.count()):
            item = self.known.item(row)
            if item.data(Qt.ItemDataRole.UserRole) == place and not item.isHidden():
                ticked = item.checkState() is Qt.CheckState.Checked
                item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)

    def _hide_predicted(self) -> None:
        """Hide the predicted column among the known ones: it cannot be both."""
        for row in range(self.known.count()):
            item = self.known.item(row)
            item.setHidden(item.data(Qt.ItemDataRole.UserRole) == self.y_column)

    @Slot(QListWidgetItem)
    def _ticked(self, item: QListWidgetItem) -> None:
        if not self._filling:
            self.changed.emit()

    @Slot(int)
    def _predicted_chosen(self, index: int) -> None:
        self._hide_predicted()
        self.changed.emit()
