"""The card that asks for the next gradient, and says what came of the answer."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFontMetrics,
    QResizeEvent,
)
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.explain.answers import HOW_TO, LONGEST
from engine.explain.model import plain_words
from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.look.words import rich
from gui.panels.prediction.asking import Asking, Stepper
from gui.session.session import Session
from gui.widgets import Button
from gui.widgets.answers.card import AnswerField, RoundedCard, VerdictFoot, wrapped_label

_MARGIN, _PADDING = 12, 14


class PredictionPanel(QWidget):
    """Hidden while nothing is asked. Put it above the explanation, and connect ``set_on`` to the Predict button.

    Signals
    -------
    finished()
        The question that had the keyboard focus is gone: hand the focus back to the graph.
    """

    finished = Signal()

    def __init__(self, session: Session, theme: ThemeManager, player: Stepper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._player = player
        self.asking = Asking(session, player, self)
        self.lead, self.words, self.hint = QLabel("Before you go on"), wrapped_label(), wrapped_label()
        self.lead.setTextFormat(Qt.TextFormat.PlainText)
        self.field = AnswerField()
        self.field.setMaxLength(LONGEST)
        self.field.setPlaceholderText("number or formula")
        self.field.setAccessibleName("Your prediction")
        self.field.setToolTip(HOW_TO)
        self.check_button = Button("Check", theme)
        self.skip_button = Button("Skip", theme)
        self.verdict = VerdictFoot(theme)
        self._shown_cursor = -1
        self._build()
        self.field.returnPressed.connect(self._check)
        self.field.textEdited.connect(self._edited)
        self.field.skipped.connect(self.asking.skip)
        self.field.back.connect(self._back)
        self.check_button.clicked.connect(self._check)
        self.skip_button.clicked.connect(self.asking.skip)
        self.asking.changed.connect(self._refresh)
        theme.changed.connect(self._refresh)
        self._refresh()

    def _build(self) -> None:
        for button, name, tip in (
            (self.check_button, "Check the prediction", "Compare with the recorded number (Return)"),
            (self.skip_button, "Skip", "Run the operation without a prediction (Esc)"),
        ):
            button.setAccessibleName(name)
            button.setToolTip(tip)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.check_button)
        buttons.addWidget(self.skip_button)
        buttons.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(8)
        self._row.addWidget(self.field, 1)
        self._row.addLayout(buttons)
        upper = QVBoxLayout()
        upper.setContentsMargins(_PADDING, 11, _PADDING, 13)
        upper.setSpacing(6)
        upper.addWidget(self.lead)
        upper.addWidget(self.words)
        upper.addLayout(self._row)
        upper.addWidget(self.hint)
        self.card = RoundedCard(self._theme)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(upper)
        column.addWidget(self.verdict)
        outer = self._outer = QVBoxLayout(self)
        outer.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        outer.addWidget(self.card)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Prediction")

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """Ask for each gradient before it arrives, or stop asking."""
        self.asking.set_on(on)

    # What the user does ------------------------------------------------------------------------------------------

    @Slot()
    def _check(self) -> None:
        self.asking.check(self.field.text())

    @Slot()
    def _back(self) -> None:
        self._player.step(-1)

    @Slot(str)
    def _edited(self, text: str) -> None:
        self.hint.hide()

    # What is shown -----------------------------------------------------------------------------------------------

    @Slot()
    def _refresh(self) -> None:
        question, answer = self.asking.question, self.asking.answer
        waiting = self.asking.open
        held_focus = self._has_focus()
        if question is None:
            self.hide()
        else:
            self._write(question.text, waiting)
            for part in (self.field, self.check_button, self.skip_button, self.lead):
                part.setVisible(waiting)
            self.hint.setVisible(waiting and answer is not None)
            self.verdict.setVisible(not waiting)
            if answer is not None and not waiting:
                self.verdict.show_verdict(answer.head, answer.shown, answer.tail, ok=answer.ok)
                self._announce(answer.message)
            elif answer is not None:
                self._write_hint(answer.message)
                self._announce(answer.message)
            self.show()
            self._fit()
        self.update()
        if waiting and question is not None and question.cursor != self._shown_cursor:
            self._shown_cursor = question.cursor
            self.field.clear()
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._announce(plain_words(question.text))
        elif waiting and answer is not None and held_focus:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.field.selectAll()
        elif not waiting:
            self._shown_cursor = -1
            if held_focus:
                self.finished.emit()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the words need at this width; the buttons go below the field where there is no room beside it."""
        buttons = self.check_button.sizeHint().width() + self.skip_button.sizeHint().width() + 16
        beside = self.field.minimumWidth() + buttons + 2 * (_MARGIN + _PADDING) <= self.width()
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        # Otherwise the heights that layouts keep are dropped one level per event.
        for part in (self.verdict, self.card):
            part.updateGeometry()
        self.setFixedHeight(self._outer.heightForWidth(self.width()))

    def _has_focus(self) -> bool:
        return any(part.hasFocus() for part in (self.field, self.check_button, self.skip_button))

    def _write(self, text: str, waiting: bool) -> None:
        theme, scale = self._theme, self._theme.scale
        small, px = ui_font(12 * scale), round((13 if waiting else 12) * scale)
        self.lead.setFont(small)
        color = self.lead.palette()
        color.setColor(self.lead.foregroundRole(), theme.color("text_2"))
        self.lead.setPalette(color)
        ink = self.words.palette()
        ink.setColor(self.words.foregroundRole(), theme.color("text" if waiting else "text_2"))
        self.words.setPalette(ink)
        self.words.setFont(ui_font(px, 600 if waiting else 400))
        self.words.setText(rich(text, px, round(20 * scale), theme.hex("text" if waiting else "text_2")))
        self.words.setAccessibleName(plain_words(text))
        self.field.setFont(mono_font(13 * scale))
        self.field.setMinimumWidth(round(QFontMetrics(self.field.font()).horizontalAdvance("0") * 12))
        self.field.setAccessibleDescription(plain_words(text))

    def _write_hint(self, text: str) -> None:
        theme, px = self._theme, round(12 * self._theme.scale)
        color = self.hint.palette()
        color.setColor(self.hint.foregroundRole(), theme.color("text_2"))
        self.hint.setPalette(color)
        self.hint.setFont(ui_font(px))
        self.hint.setText(rich(text.replace("$", ""), px, round(17 * theme.scale), theme.hex("text_2")))
        self.hint.setAccessibleName(text)

    def _announce(self, text: str) -> None:
        """Have a screen reader say this once."""
        self.setAccessibleDescription(text)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
