"""The card of each kind of question: what is asked, how it is answered, hints and the solution, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from engine.explain.answers import HOW_TO, LONGEST
from engine.lessons.model import Asked, Choose, Line, Predict, Words
from engine.lessons.play.judging import Verdict
from engine.mathematics.numbers import format_number
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.panels.lesson.given import Given
from gui.panels.lesson.play import LessonPlay
from gui.panels.lesson.text import rich_line, spoken
from gui.widgets import Button
from gui.widgets.answers.card import AnswerField, RoundedCard, VerdictFoot, wrapped_label

_LEADS = {
    "predict": "Before you go on",
    "choose": "Before you go on",
    "drag": "Your turn",
    "fix": "Your turn",
    "draw": "Before it is drawn",
}
_SHAPES = {"number": "number or formula", "vector": "such as [1, 0]", "shape": "such as [4, 2]"}


class QuestionCard(QWidget):
    """One question. Its answer goes to whoever listens; what came of it comes back by ``show_verdict``.

    Signals
    -------
    answered(Asked question, object answer)
        A text was typed or an option chosen.
    drawn(Asked question, object points)
        What is drawn was typed.
    """

    answered = Signal(object, object)
    drawn = Signal(object, object)

    def __init__(self, asked: Asked, play: LessonPlay, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.asked, self.play, self.theme = asked, play, theme
        self._numbers: Mapping[str, str] = {}
        self._verdict: Verdict | None = None
        self.lead, self.ask, self.hints, self.refusal = (
            QLabel(_LEADS[asked.kind]),
            wrapped_label(),
            wrapped_label(),
            wrapped_label(),
        )
        self.hint_button, self.solve_button = Button("Hint", theme), Button("Show the solution", theme)
        self.skip_button = Button("Skip", theme)
        self.foot = VerdictFoot(theme)
        self._upper = QVBoxLayout()
        self._upper.setContentsMargins(16, 13, 16, 14)
        self._upper.setSpacing(8)
        self._upper.addWidget(self.lead)
        self._upper.addWidget(self.ask)
        self.make_input(self._upper)
        self._upper.addWidget(self.refusal)
        self._upper.addWidget(self.hints)
        helps = QHBoxLayout()
        helps.setSpacing(8)
        for button in (self.hint_button, self.solve_button):
            helps.addWidget(button)
        helps.addStretch(1)
        self._upper.addLayout(helps)
        frame = RoundedCard(theme)
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._upper)
        column.addWidget(self.foot)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hint_button.clicked.connect(self._hint)
        self.solve_button.clicked.connect(self._solve)
        self.skip_button.clicked.connect(self._skip)
        self.skip_button.setToolTip("Go on without an answer")
        self.hint_button.setToolTip("Show a hint; those before stay")
        self.solve_button.setToolTip("Show how one gets there")
        play.answered.connect(self._changed)
        play.hinted.connect(self._changed)
        theme.changed.connect(self.refresh)

    @property
    def first(self) -> QWidget:
        """What takes the keyboard when the question is asked."""
        return self.skip_button

    def check_row(self, tooltip: str, field: QWidget | None = None) -> QHBoxLayout:
        """``field``, if there is one, *Check* and *Skip* side by side; ``check`` is what the first does."""
        self.check_button = Button("Check", self.theme)
        self.check_button.setToolTip(tooltip)
        self.check_button.clicked.connect(self.check)
        row = QHBoxLayout()
        row.setSpacing(8)
        if field is not None:
            row.addWidget(field, 1)
        row.addWidget(self.check_button)
        row.addWidget(self.skip_button)
        if field is None:
            row.addStretch(1)
        return row

    @Slot()
    def check(self) -> None:
        """Tell the answer that was given, of a kind of question that has one."""

    # What kinds differ in ----------------------------------------------------------------------------------------

    def make_input(self, layout: QVBoxLayout) -> None:
        """Put what answers are given with into ``layout``."""
        row = QHBoxLayout()
        row.addWidget(self.skip_button)
        row.addStretch(1)
        layout.addLayout(row)

    def set_open(self, waiting: bool) -> None:
        """Whether an answer is awaited."""
        self.skip_button.setVisible(waiting)

    # Shown -------------------------------------------------------------------------------------------------------

    def set_numbers(self, numbers: Mapping[str, str]) -> None:
        """What is computed, by expression."""
        self._numbers = numbers
        self.refresh()

    def show_verdict(self, verdict: Verdict) -> None:
        """What came of an answer."""
        self._verdict = verdict
        self.refresh()

    @Slot(str)
    def _changed(self, key: str) -> None:
        if key == self.asked.key:
            self.refresh()

    def line(self, line: Line, px: int = 13, height: int = 20, *, strong: bool = False, token: str = "text") -> str:
        """A line of the lesson as HTML in this card's look."""
        scale = self.theme.scale
        return rich_line(line, self._numbers, self.theme, round(px * scale), round(height * scale), strong=strong, token=token)

    @Slot()
    def refresh(self) -> None:
        """Show the question as it stands."""
        key, play, theme = self.asked.key, self.play, self.theme
        waiting, given = play.is_open(key), play.given.get(key)
        self.lead.setFont(ui_font(12 * theme.scale))
        self.lead.setStyleSheet(f"color: {theme.hex('text_2')};")
        self.ask.setText(self.line(self.asked.ask, 14, 21, strong=True))
        self.ask.setAccessibleName(spoken(self.asked.ask, self._numbers))
        self.set_open(waiting)
        shown = play.hints(key)
        hints = enumerate(self.asked.hints[:shown], 1)
        lines = [self.line((*_plain(f"{at}. "), *hint), token="text_2") for at, hint in hints]
        if play.solved(key):
            lines.append(self.line(self.asked.solution))
        self.hints.setText("".join(lines))
        self.hints.setVisible(bool(lines))
        left = len(self.asked.hints) - shown
        self.hint_button.setText("Hint" if shown == 0 else "Another hint")
        self.hint_button.setVisible(waiting and left > 0)
        self.solve_button.setVisible(bool(self.asked.solution) and not play.solved(key) and (not waiting or left == 0))
        refused = self._verdict is not None and self._verdict.kind == "unreadable" and waiting
        self.refusal.setVisible(refused)
        if refused and self._verdict is not None:
            self.refusal.setText(self.line(_plain(self._verdict.refusal), 12, 17, token="text_2"))
            self.refusal.setAccessibleName(self._verdict.refusal)
        self.foot.setVisible(not waiting and given is not None)
        if not waiting and given is not None:
            self._tell(given)
        self.updateGeometry()

    def _tell(self, given: Given) -> None:
        """Say what came of the answer."""
        head, number, tail = _sentence(self.asked, given, self._verdict)
        say = self._verdict.say if self._verdict is not None else ()
        self.foot.show_verdict(head, number, tail, ok=given.how == "right", more=self.line(say) if say else "")
        text = f"{head}{number}{tail} {spoken(say, self._numbers)}"
        self.setAccessibleDescription(text)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    # Done --------------------------------------------------------------------------------------------------------

    @Slot()
    def _hint(self) -> None:
        self.play.hint(self.asked)

    @Slot()
    def _solve(self) -> None:
        self.play.solve(self.asked)

    @Slot()
    def _skip(self) -> None:
        self.play.answer(self.asked.key, "skipped")


def _plain(text: str) -> Line:
    return (Words(text),)


def _sentence(asked: Asked, given: Given, verdict: Verdict | None) -> tuple[str, str, str]:
    """What is said of an answer: what comes before the number, the number that is right, and what comes after."""
    if given.how == "skipped":
        return "Skipped.", "", ""
    if asked.kind in ("drag", "fix"):
        return "There it is.", "", ""
    if asked.kind == "draw" and verdict is not None and verdict.gap is not None:
        lead = "Yes: on average it is " if given.how == "right" else "On average it is "
        return f"{lead}{format_number(verdict.gap, 3)} from what was computed.", "", ""
    if asked.kind == "draw":
        return ("Yes, that is it.", "", "") if given.how == "right" else ("It was drawn another way.", "", "")
    if given.how == "right":
        return ("Yes: ", given.expected, ".")
    if verdict is not None and verdict.kind == "sign":
        return f"You said {given.said}. It is ", given.expected, ": the size is right, the sign is the other one."
    return f"You said {given.said}. It is ", given.expected, "."


class PredictCard(QuestionCard):
    """A number, vector or shape is typed."""

    asked: Predict

    @property
    def first(self) -> QWidget:
        return self.field

    def make_input(self, layout: QVBoxLayout) -> None:
        self.field = AnswerField()
        self.field.setMaxLength(LONGEST)
        self.field.setPlaceholderText(_SHAPES[self.asked.form])
        self.field.setAccessibleName("Your prediction")
        self.field.setToolTip(HOW_TO)
        layout.addLayout(self.check_row("Compare with the recorded number (Return)", self.field))
        self.field.returnPressed.connect(self.check)
        self.field.textEdited.connect(self._edited)

    def set_open(self, waiting: bool) -> None:
        self.field.setFont(mono_font(13 * self.theme.scale))
        given = self.play.given.get(self.asked.key)
        if not waiting and given is not None and given.how != "skipped":
            self.field.setText(given.said)
        self.field.setEnabled(waiting)
        self.check_button.setEnabled(waiting)
        self.skip_button.setEnabled(waiting)

    @Slot()
    def check(self) -> None:
        if self.play.is_open(self.asked.key):
            self.answered.emit(self.asked, self.field.text())

    @Slot()
    def _edited(self) -> None:
        self._verdict = None
        self.refusal.hide()


class ChooseCard(QuestionCard):
    """One of several options is chosen."""

    asked: Choose

    @property
    def first(self) -> QWidget:
        return self.options[max(0, self.group.checkedId())][0]

    def make_input(self, layout: QVBoxLayout) -> None:
        self.group = QButtonGroup(self)
        self.options: list[tuple[QRadioButton, QLabel]] = []
        for at, option in enumerate(self.asked.options):
            button, label = QRadioButton(), wrapped_label()
            button.setAccessibleName(f"{chr(ord('A') + at)}: {spoken(option.text, {})}")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            label.setBuddy(button)
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label, 1)
            layout.addLayout(row)
            self.group.addButton(button, at)
            self.options.append((button, label))
        layout.addLayout(self.check_row("Compare with what was recorded"))
        self.group.idClicked.connect(self._chosen)

    def set_open(self, waiting: bool) -> None:
        for (button, label), option in zip(self.options, self.asked.options, strict=True):
            label.setText(self.line(option.text))
            button.setEnabled(waiting)
        self.check_button.setEnabled(waiting and self.group.checkedId() >= 0)
        self.skip_button.setEnabled(waiting)

    @Slot(int)
    def _chosen(self) -> None:
        self.check_button.setEnabled(True)

    @Slot()
    def check(self) -> None:
        if self.group.checkedId() >= 0 and self.play.is_open(self.asked.key):
            self.answered.emit(self.asked, self.group.checkedId())
