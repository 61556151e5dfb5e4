"""The card that asks for the next gradient, and says what came of the answer."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from engine.explain.answers import HOW_TO, LONGEST
from engine.explain.model import plain_words
from engine.explain.predictions import Answer
from gui.look.style import CARD_RADIUS
from gui.look.theme import ThemeManager, icon, mono_font, ui_font
from gui.look.words import rich
from gui.panels.prediction.asking import Asking, Stepper
from gui.session.session import Session
from gui.widgets import Button
from gui.widgets.basic import takes_escape

_ICON = 18
_MARGIN, _PADDING = 12, 14


class AnswerField(QLineEdit):
    """Takes the answer. Esc skips; so does → in an empty field, where ← goes back.

    Signals
    -------
    skipped()
    back()
    """

    skipped = Signal()
    back = Signal()

    def event(self, event: QEvent) -> bool:
        return takes_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        empty = plain and not self.text()
        if (plain and event.key() == Qt.Key.Key_Escape) or (empty and event.key() == Qt.Key.Key_Right):
            self.skipped.emit()
        elif empty and event.key() == Qt.Key.Key_Left:
            self.back.emit()
        else:
            super().keyPressEvent(event)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()


def _label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    return label


class _Verdict(QWidget):
    """The sunken foot of the card: an icon and a sentence."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._icon, self.label = QLabel(), _label()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 14, 11)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)

    def show_answer(self, answer: Answer) -> None:
        scale = self._theme.scale
        size = round(_ICON * scale)
        picture = icon("check" if answer.ok else "info", self._theme.color("text"), size)
        self._icon.setPixmap(picture.pixmap(QSize(size, size), self.devicePixelRatioF()))
        px, line = round(13 * scale), round(20 * scale)
        number = f'<span style="color:{self._theme.hex("grad")};">{html.escape(answer.shown)}</span>'
        words = f"{html.escape(answer.head)}{number}{html.escape(answer.tail)}"
        self.label.setFont(ui_font(px, 600))
        self.label.setText(f'<p style="margin:0; line-height:{line}px; -qt-line-height-type:fixed;">{words}</p>')
        self.label.setAccessibleName(answer.message)

    def paintEvent(self, event: QPaintEvent) -> None:
        rect = QRectF(self.rect()).adjusted(1, 0, -1, -1)
        path = QPainterPath()
        path.addRoundedRect(rect.adjusted(0, -2 * CARD_RADIUS, 0, 0), CARD_RADIUS - 1, CARD_RADIUS - 1)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(rect)
        painter.fillPath(path, self._theme.color("sunken"))
        painter.fillRect(QRectF(1, 0, self.width() - 2, 1), self._theme.color("line"))
        painter.end()


class _Card(QFrame):
    """The rounded frame."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._theme.color("card"))
        painter.setPen(QPen(self._theme.color("line_strong"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CARD_RADIUS, CARD_RADIUS)
        painter.end()


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
        self.lead, self.words, self.hint = QLabel("Before you go on"), _label(), _label()
        self.lead.setTextFormat(Qt.TextFormat.PlainText)
        self.field = AnswerField()
        self.field.setMaxLength(LONGEST)
        self.field.setPlaceholderText("number or formula")
        self.field.setAccessibleName("Your prediction")
        self.field.setToolTip(HOW_TO)
        self.check_button = Button("Check", theme)
        self.skip_button = Button("Skip", theme)
        self.verdict = _Verdict(theme)
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
        self.card = _Card(self._theme)
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
                self.verdict.show_answer(answer)
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
