"""The card of a drawing: what was drawn on the plot, or typed in numbers, and its Check."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.explain.answers import HOW_TO, LONGEST, NotAnAnswer, answer_value
from engine.lessons.model import Draw
from engine.lessons.play.judging import Points, Verdict
from gui.look.theme import mono_font, ui_font
from gui.panels.lesson.cards import QuestionCard
from gui.widgets.answers.card import AnswerField, wrapped_label

_HOW = {
    "line": "Drag on the plot from one end of the line to the other, or type its numbers.",
    "loss": "Drag over the epochs of the plot, or type losses from the first epoch to the last.",
}


def losses_of(text: str) -> list[float]:
    """The numbers in ``text``, with spaces, semicolons or commas between. Raises NotAnAnswer."""
    text = text.strip()
    apart = r"[;\s]+" if ";" in text or ("," not in text) else r",\s*|\s+" if re.search(r",\s", text) else r"\s+|,"
    if re.search(r"\d,\d", text) and re.search(r"\s", text) and not re.search(r",\s", text):
        apart = r"[;\s]+"  # commas of decimals
    parts = [part.strip() for part in re.split(apart, text)]
    numbers = [answer_value(part, None, 0) for part in parts if part]
    if len(numbers) < 2:
        raise NotAnAnswer("Write at least two losses, such as 4, 2, 1.")
    return numbers


class DrawCard(QuestionCard):
    """A line or a loss curve is drawn on the plot, or its numbers are typed here."""

    asked: Draw

    @property
    def first(self) -> QWidget:
        return self.fields[0]

    def make_input(self, layout: QVBoxLayout) -> None:
        self._points: Points = ()
        self._labels: list[QLabel] = []
        self.fields: list[AnswerField] = []
        self.how = wrapped_label()
        layout.addWidget(self.how)
        names = ("Slope", "Intercept") if self.asked.what == "line" else ("Losses",)
        row = QHBoxLayout()
        row.setSpacing(8)
        for name in names:
            field, label = AnswerField(), QLabel(name)
            field.setMaxLength(LONGEST)
            field.setMinimumWidth(64)
            field.setAccessibleName(f"{name} of what you draw")
            field.setToolTip(HOW_TO)
            label.setBuddy(field)
            field.returnPressed.connect(self.check)
            field.textEdited.connect(self._edited)
            row.addWidget(label)
            row.addWidget(field, 1)
            self.fields.append(field)
            self._labels.append(label)
        if self.asked.what == "loss":
            self.fields[0].setPlaceholderText("such as 4, 2, 1")
        layout.addLayout(row)
        layout.addLayout(self.check_row("Compare with what is computed (Return)"))

    def set_open(self, waiting: bool) -> None:
        scale = self.theme.scale
        self.how.setFont(ui_font(12 * scale))
        self.how.setText(_HOW[self.asked.what])
        self.how.setStyleSheet(f"color: {self.theme.hex('text_2')};")
        self.how.setVisible(waiting)
        for field, label in zip(self.fields, self._labels, strict=True):
            field.setFont(mono_font(13 * scale))
            label.setFont(ui_font(12 * scale))
            field.setEnabled(waiting)
        self.check_button.setEnabled(waiting)
        self.skip_button.setEnabled(waiting)

    def set_points(self, points: Points) -> None:
        """This was drawn on the plot."""
        self._points = tuple(points)
        self._verdict = None
        self.refusal.hide()
        for field, number in zip(self.fields, self._numbers_of(points), strict=False):
            field.setText(number)

    def _numbers_of(self, points: Points) -> Sequence[str]:
        """What stands in the fields for what was drawn."""
        if self.asked.what == "loss":
            few = [points[round(at)][1] for at in np.linspace(0, len(points) - 1, min(5, len(points)))]
            return (", ".join(_short(number) for number in few),)
        (x0, y0), (x1, y1) = points[0], points[-1]
        slope = (y1 - y0) / (x1 - x0)
        return _short(slope), _short(y0 - slope * x0)

    def _read(self) -> Points:
        """What was typed. Raises NotAnAnswer."""
        if self.asked.what == "line":
            slope, intercept = (answer_value(field.text(), None, 0) for field in self.fields)
            return (0.0, intercept), (1.0, slope + intercept)
        numbers = losses_of(self.fields[0].text())
        epochs = np.linspace(1, max(2, self.asked.epoch), len(numbers)).tolist()
        return tuple(zip(epochs, numbers, strict=True))

    @Slot()
    def _edited(self) -> None:
        self._verdict = None
        self.refusal.hide()
        self._points = ()
        try:
            points = self._read()
        except NotAnAnswer:
            return  # it is being typed
        self.drawn.emit(self.asked, points)

    @Slot()
    def check(self) -> None:
        if not self.play.is_open(self.asked.key):
            return
        try:
            points = self._points or self._read()
        except NotAnAnswer as refusal:
            self.show_verdict(Verdict("unreadable", refusal=str(refusal)))
            return
        self.answered.emit(self.asked, points)


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")
