"""The rows of the table of runs: what each column says about a run at the epoch that is shown."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from engine.training.choices.common import STOP_RULES
from gui.session.comparing import differing, not_drawn
from gui.session.runs import MOST_SHOWN, Run, Runs
from gui.widgets import field_text

COLUMNS = ("sample", "name", "loss", "validation", "epochs", "state", "eye", "menu")
TITLES = {
    "sample": "",
    "name": "name",
    "loss": "loss",
    "validation": "validation",
    "epochs": "epochs",
    "state": "state",
    "eye": "",
    "menu": "",
}
MENU = "What can be done with this run"
ALWAYS = "The run that is trained is always drawn"
LONGEST = 8
"""The characters of a number that a column has room for."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


def number_text(value: float) -> str:
    """Four digits, or fewer where there is no room for the whole number: its exponent is said first. A dash for none yet."""
    texts = [field_text(value, digits, decimals) for digits, decimals in ((4, 3), (4, 0), (3, 0), (2, 0), (1, 0))]
    return "–" if math.isnan(value) else next((text for text in texts if len(text) <= LONGEST), texts[-1])


def state_text(run: Run) -> str:
    """The state in a word, with the epoch if the run diverged."""
    return f"diverged, epoch {run.bad_epoch:,}" if run.state == "diverged" else run.state


class RunsModel(QAbstractTableModel):
    """``epoch`` is the one whose loss and validation are shown; None: the last of each run."""

    def __init__(self, runs: Runs) -> None:
        super().__init__()
        self._runs = runs
        self.rows: list[Run] = []
        self.epoch: int | None = None
        self._wide = True

    def set_wide(self, wide: bool) -> None:
        """Whether there is room for whole titles."""
        if wide != self._wide:
            self._wide = wide
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def renew(self) -> None:
        """The runs changed."""
        self.beginResetModel()
        self.rows = list(self._runs.rows)
        self.endResetModel()

    def grow(self) -> None:
        """The numbers of the runs changed."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            if column == "loss" and self.epoch is not None:
                return f"loss, epoch {self.epoch:,}" if self._wide else f"loss at {self.epoch:,}"
            return TITLES[column] if self._wide or column != "state" else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in ("loss", "validation", "epochs") else LEFT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        editable = Qt.ItemFlag.ItemIsEditable if COLUMNS[index.column()] == "name" else Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | editable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, column = self.rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in ("loss", "validation", "epochs") else LEFT
        if role == Qt.ItemDataRole.EditRole and column == "name":
            return run.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._told(run, column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == "menu":
            return MENU
        if role == Qt.ItemDataRole.AccessibleTextRole and column in ("sample", "eye"):
            return run.name if column == "sample" else "shown" if run.shown else "hidden"
        return self._text(run, column) if role == Qt.ItemDataRole.DisplayRole else None

    def apart(self, run: Run) -> str:
        """Where ``run`` is not drawn beside the current one though it is shown, and why; empty where it is everywhere."""
        current = self._runs.current
        return "" if current is None or current is run else not_drawn(run.config, current.config)

    def on_other_data(self, run: Run) -> bool:
        """Whether ``run`` was trained on other data than the current one: it stays in the table, grey, and is not drawn."""
        current = self._runs.current
        return current is not None and current is not run and "data" in differing(run.config, current.config)

    def _told(self, run: Run, column: str) -> str:
        """What stands in the tooltip."""
        if column == "menu":
            return MENU
        if column == "state":
            return _said_of(run)
        if column != "eye":
            shown = "It is shown" if run is self._runs.current else "Return shows it here, as a double click on its numbers does"
            return f"{run.name}: {described(run)}. {shown}; F2 renames it"
        if run is self._runs.current:
            return ALWAYS
        said = f"{'Hide it in' if run.shown else 'Draw it in'} the plots (Space)"
        if run.gave_way and not run.shown:
            said += f". It gave way: unless you ask for more, the newest {MOST_SHOWN} are drawn"
        return f"{said}. {self.apart(run)}" if self.apart(run) else said

    def _text(self, run: Run, column: str) -> str:
        loss, validation = run.at(self.epoch)
        if column == "epochs":
            unfinished = run.epochs < run.wanted and run.state in ("running", "paused", "waiting")
            return f"{run.epochs:,} of {run.wanted:,}" if unfinished else f"{run.epochs:,}"
        texts = {"name": run.name, "loss": number_text(loss), "validation": number_text(validation), "state": state_text(run)}
        return texts.get(column, "")

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or COLUMNS[index.column()] != "name":
            return False
        self._runs.rename(self.rows[index.row()], str(value))
        return True


def _said_of(run: Run) -> str:
    """The state, and the rule that ended it."""
    if run.failed:
        return f"{state_text(run)}: {run.failed}"
    rule = next((rule for rule in STOP_RULES if rule.name == run.stopped), None)
    return state_text(run) if rule is None else f"{state_text(run)}: {rule.meaning}"


def described(run: Run) -> str:
    """What ``run`` is made with, in one line."""
    setup = run.config.setup
    batch = "all rows" if run.config.batch_size is None else f"batches of {run.config.batch_size:,}"
    return f"{setup.data.title}, {setup.model.title}, {setup.loss.title}, {setup.optimizer.title}, {batch}"
