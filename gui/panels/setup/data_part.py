"""The section of the data: where they come from, their knobs, whether they are standardised, and how they look."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.mathematics.expression import Expression
from engine.mathematics.letters import Letter, Number
from engine.mathematics.tree import Quotient, Relation, minus, plus
from engine.training.choices.common import FIELDS, PREPARED
from engine.training.choices.data import DATA
from engine.training.choices.knobs import Knob
from engine.training.configs import TrainingConfig
from gui.look.numbers import range_texts
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.setup.formulas import Formulas
from gui.panels.setup.rows import LABEL, KnobRows
from gui.panels.setup.thumbnail import Thumbnail
from gui.panels.setup.words import count
from gui.widgets import ComboBox, FlowLayout, make_button

if TYPE_CHECKING:
    from engine.training.data import TrainingData

FILE = "file"
MOST_NUMBERS = 2_000_000
"""Numbers in X above which its condition number is not computed: the window would have to wait for it."""
LINES_NAMED = 6
"""How many of the lines that were left out are named; the rest are counted."""


class _FileName(QLabel):
    """A file's name on one line, with its middle left out where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class DataPart(QWidget):
    """What a training learns from.

    Signals
    -------
    edited(str, object)
        The user set the field or knob of this name to this value.
    file_wanted(bool)
        The user wants to choose a file; True if it should be a different one from now.
    """

    edited = Signal(str, object)
    file_wanted = Signal(bool)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._classes = False
        self.source = ComboBox(theme, row=True)
        for choice in DATA:
            self.source.addItem(choice.title)
            self.source.setItemData(self.source.count() - 1, choice.meaning, Qt.ItemDataRole.ToolTipRole)
        self.source.setAccessibleName("Source of the data")
        self.source.activated.connect(self._source_chosen)
        self._source_label = QLabel("Source")
        self._source_label.setBuddy(self.source)
        source = QHBoxLayout()
        source.setSpacing(8)
        source.addWidget(self._source_label)
        source.addWidget(self.source, 1)
        self.columns_button = make_button("Columns…", theme, tooltip="How the file is read, and which of its columns are used")
        self.other_button = make_button("Another file…", theme, tooltip="Train on the columns of another file")
        for button in (self.columns_button, self.other_button):
            button.setAutoDefault(True)  # Return presses it, too
        self.columns_button.clicked.connect(self._columns_wanted)
        self.other_button.clicked.connect(self._other_wanted)
        self._file = QWidget()
        file = QHBoxLayout(self._file)
        file.setContentsMargins(0, 0, 0, 0)
        file.setSpacing(8)
        file.addWidget(self.columns_button)
        file.addWidget(self.other_button)
        file.addStretch(1)
        self.knobs, self.prepared = KnobRows(theme), KnobRows(theme)
        for rows in (self.knobs, self.prepared):
            rows.edited.connect(self.edited)
        self.scaled = Formulas(theme)
        self.scaled.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.thumbnail = Thumbnail(theme)
        self.ranges, self.rows = QLabel(), QLabel()
        self.left_out = QLabel()
        self.named = _FileName()
        self._unit = "line"
        """What is counted of a file: a Parquet file has no lines."""
        for label in (self.ranges, self.rows, self.left_out):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.left_out.setWordWrap(True)
        beside = QVBoxLayout()
        beside.setSpacing(1)
        beside.addStretch(1)
        beside.addWidget(self.ranges)
        beside.addWidget(self.rows)
        beside.addStretch(1)
        self._seen = QWidget()
        seen = QHBoxLayout(self._seen)
        seen.setContentsMargins(0, 4, 0, 0)
        seen.setSpacing(14)
        seen.addWidget(self.thumbnail)
        seen.addLayout(beside, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(source)
        for part in (self.named, self._file, self.left_out, self.knobs):
            layout.addWidget(part)
        scaling = FlowLayout(12)
        scaling.addWidget(self.prepared)
        scaling.addWidget(self.scaled)
        layout.addLayout(scaling)
        layout.addWidget(self._seen)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        self._source_label.setMinimumWidth(round(LABEL * scale))
        self._source_label.setFont(ui_font(12 * scale))
        self.ranges.setFont(mono_font(11 * scale))
        for label, token in (
            (self._source_label, "text_2"),
            (self.ranges, "text_2"),
            (self.rows, "text_3"),
            (self.left_out, "text_2"),
            (self.named, "text"),
        ):
            if label is not self.ranges:
                label.setFont(ui_font(12 * scale))
            tint = label.palette()
            tint.setColor(QPalette.ColorRole.WindowText, self._theme.color(token))
            label.setPalette(tint)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab stops at, in that order."""
        return self.source, self.columns_button, self.other_button, *self.knobs.stops, *self.prepared.stops

    def show_config(self, config: TrainingConfig) -> None:
        """Show what ``config`` chooses."""
        data = config.setup.data
        self.source.setCurrentIndex(next(at for at, choice in enumerate(DATA) if choice.name == data.name))
        self.source.setToolTip(data.meaning)
        own = [knob for knob in FIELDS if knob.name in data.fields]
        validation, *others = PREPARED
        seeded = next(knob for knob in FIELDS if knob.name == "data_seed")
        knobs: list[Knob] = [*own, *(() if data.name == FILE else data.knobs), validation]
        if seeded not in own and config.get("validation"):
            knobs.append(seeded)  # which rows are set aside depends on it
        self.knobs.show_knobs(sorted(knobs, key=lambda knob: knob is seeded), config.get)
        self.prepared.show_knobs(others, config.get)
        self._file.setVisible(data.name == FILE)
        self.named.setVisible(data.name == FILE)
        self.named.setText(file_name(config))
        self.named.setToolTip(str(config.get("path")) if data.name == FILE else "")
        if data.name == FILE:
            self._unit = "line" if config.get("format") == "text" else "row"

    def show_data(self, data: TrainingData | None) -> None:
        """Show the data that the shown run is trained on; None: they are not known yet."""
        self._seen.setVisible(data is not None)
        self.left_out.setVisible(data is not None and bool(data.left_out))
        if data is None:
            self.scaled.show_formulas((), "", "")
            return
        self.thumbnail.show_points(*_points(data))
        self.ranges.setText("\n".join(f"{name} {' … '.join(range_texts(low, high))}" for name, low, high in _ranges(data)))
        aside = f", {len(data.X_val):,} validation" if len(data.X_val) else ""
        self.rows.setText(f"{len(data.X):,} train{aside}" if aside else count(len(data.X), "row"))
        self.left_out.setText(_left_out(data, self._unit))
        self._show_scales(data)

    def _show_scales(self, data: TrainingData) -> None:
        meaning = "How much longer plain gradient descent takes along the slowest direction than along the fastest"
        if not data.scales:
            before, after = condition(data.X), condition(_standardised(data.X))
            note = f"condition number of X {before}, then {after}" if before and after else ""
            self.scaled.show_formulas((), note, meaning)
            return
        lines: list[Expression] = []
        for name, (mean, deviation) in data.scales.items():
            if len(mean.ravel()) == 1:
                letter = Letter(name.lower())
                less = round(float(mean.ravel()[0]), 4)
                shift = minus(letter, Number(less)) if less >= 0 else plus(letter, Number(-less))
                lines.append(Relation(letter, "←", Quotient(shift, Number(round(float(deviation.ravel()[0]), 4)), "/")))
        whole = len(lines) == len(data.scales)
        note = "" if whole else f"each of {data.X.shape[1]} columns by itself"
        self.scaled.show_formulas(tuple(lines), note, "Less the mean, over the standard deviation, both of the rows trained on")

    @Slot(int)
    def _source_chosen(self, index: int) -> None:
        name = DATA[index].name
        if name == FILE:
            self.file_wanted.emit(True)
        else:
            self.edited.emit("data", name)

    @Slot()
    def _columns_wanted(self) -> None:
        self.file_wanted.emit(False)

    @Slot()
    def _other_wanted(self) -> None:
        self.file_wanted.emit(True)


def file_name(config: TrainingConfig) -> str:
    """What the file of ``config`` is called; empty if its data do not come from one."""
    return PurePath(config.get("path")).name if config.data == FILE else ""


def condition(X: NDArray[np.float32]) -> str:
    """How much more the squared error curves along its steepest direction than along its flattest, for a model that is linear in
    ``X`` with a bias; empty where it was not computed."""
    if not 0 < X.size <= MOST_NUMBERS:
        return ""
    columns = np.concatenate((X.astype(np.float64), np.ones((len(X), 1))), 1)
    values = np.linalg.eigvalsh(columns.T @ columns / len(columns))
    if not np.isfinite(values).all():
        return ""
    if values[0] <= 1e-12 * values[-1]:
        return "∞"
    ratio = values[-1] / values[0]
    return f"{ratio:,.0f}" if 99.5 <= ratio < 1e7 else f"{ratio:.3g}"


def _standardised(X: NDArray[np.float32]) -> NDArray[np.float32]:
    exact = X.astype(np.float64)  # squares of what float32 holds may be more than it can
    deviation = exact.std(0)
    return np.asarray((exact - exact.mean(0)) / np.where(deviation > 0, deviation, 1), np.float32)


def _points(data: TrainingData) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """Filled points, rings and what they are."""
    X, y = data.X.astype(np.float64), data.y.astype(np.float64)
    if data.classes:
        both = X[:, :2] if X.shape[1] > 1 else np.concatenate((X, y), 1)
        ones = y[:, 0] == 1
        return both[ones], both[~ones], "The data: class 1 as points, class 0 as rings"
    aside = np.concatenate((data.X_val[:, :1].astype(np.float64), data.y_val.astype(np.float64)), 1)
    whose = f"{data.target} against {data.features[0]}"
    return np.concatenate((X[:, :1], y), 1), aside, f"The data: {whose}" + (", rows set aside as rings" if len(aside) else "")


def _ranges(data: TrainingData) -> list[tuple[str, float, float]]:
    columns = [(name, data.X[:, at]) for at, name in enumerate(data.features[: 2 if data.classes else 1])]
    if not data.classes:
        columns.append((data.target, data.y[:, 0]))
    return [(name[:12], float(values.min()), float(values.max())) for name, values in columns if len(values)]


def _left_out(data: TrainingData, unit: str) -> str:
    lines = data.left_out
    if not lines:
        return ""
    shown = ", ".join(f"{line:,}" for line in lines[:LINES_NAMED])
    more = f" and {len(lines) - LINES_NAMED:,} more" if len(lines) > LINES_NAMED else ""
    used = len(data.X) + len(data.X_val)
    holds = f"{unit} {shown} holds" if len(lines) == 1 else f"{unit}s {shown}{more} hold"
    return f"{used:,} of {used + len(lines):,} rows: {holds} no number."
