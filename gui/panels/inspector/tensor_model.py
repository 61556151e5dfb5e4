"""A slice of a tensor as a table whose cells are made only when they come into view."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QColor

from engine.mathematics.numbers import format_number
from engine.tables import TensorData
from gui.look.numbers import full, plain
from gui.look.theme import ThemeManager

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HOTTEST = 0.42
"""Share of the line colour in the hottest cell: the text on it stays readable in both themes."""


class TensorModel(QAbstractTableModel):
    """Two dimensions of a tensor: the last two, at fixed positions of those before. A vector is one column.

    ``tone`` is ``value`` or ``grad``: the larger a number's magnitude within the whole tensor, the deeper the tint of its cell.
    """

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._tone = "value"
        self._data: TensorData | None = None
        self._numbers: NDArray[Any] = np.zeros((0, 0))
        self._page: NDArray[Any] = self._numbers
        self._largest = 0.0
        theme.changed.connect(self._repaint)

    @Slot()
    def _repaint(self) -> None:
        self.layoutChanged.emit()

    def set_tensor(self, data: TensorData, tone: str, position: tuple[int, ...] = ()) -> None:
        """Show ``data`` at ``position`` of its leading dimensions (zeros by default)."""
        numbers = data.numbers()
        if numbers is None:
            numbers = np.zeros((0, 0))
        self.beginResetModel()
        if data is not self._data:
            magnitude = np.abs(numbers.astype(np.complex128 if np.iscomplexobj(numbers) else np.float64)).ravel()
            finite = magnitude[np.isfinite(magnitude)]
            self._largest = float(finite.max()) if finite.size else 0.0
        self._data, self._tone, self._numbers = data, tone, numbers
        if numbers.ndim > 2:
            page = numbers[position or (0,) * (numbers.ndim - 2)]
        else:
            page = numbers.reshape(-1, 1) if numbers.ndim < 2 else numbers
        self._page = page
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else int(self._page.shape[0])

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else int(self._page.shape[1])

    def number(self, row: int, column: int) -> Any:
        """The element as a Python number."""
        return self._page[row, column].item()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number = self.number(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return format_number(number)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return full(number, self._dtype())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.BackgroundRole:
            return self.heat(number)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.color("text" if np.isfinite(number) else "error")
        return None

    def heat(self, number: Any) -> QColor:
        """The tint of a cell."""
        if not np.isfinite(number):
            return self._theme.color("error_tint")
        share = abs(number) / self._largest if self._largest else 0.0
        cold, hot = self._theme.color(f"{self._tone}_tint"), self._theme.color(f"{self._tone}_line")
        if share == 0:
            return self._theme.color("surface")
        mix = _HOTTEST * share
        red, green, blue = (
            one * (1 - mix) + two * mix
            for one, two in ((cold.redF(), hot.redF()), (cold.greenF(), hot.greenF()), (cold.blueF(), hot.blueF()))
        )
        return QColor.fromRgbF(red, green, blue)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return str(section)
        return None

    def _dtype(self) -> str:
        return self._data.dtype if self._data is not None else "float64"

    def row_text(self, row: int) -> str:
        """A row as a Python list."""
        return f"[{', '.join(plain(item, self._dtype()) for item in self._page[row].tolist())}]"

    def cell_text(self, row: int, column: int) -> str:
        return plain(self.number(row, column), self._dtype())


def csv_text(data: TensorData) -> str:
    """The whole tensor as lines of comma-separated numbers, one line for each row of the last dimension."""
    numbers = data.numbers()
    if numbers is None:
        return ""
    lines = numbers.reshape(-1, 1) if numbers.ndim < 2 else numbers.reshape(-1, numbers.shape[-1])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for line in lines.tolist():
        writer.writerow([plain(item, data.dtype) for item in line])
    return out.getvalue()
