"""The card of a question: rounded frame, field for the answer, and the foot that says what came of it."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from gui.look.style import CARD_RADIUS
from gui.look.theme import ThemeManager, icon, ui_font
from gui.widgets.basic import takes_escape

_ICON = 18


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


def wrapped_label() -> QLabel:
    """A label of rich text that is as high as its lines need at the width it gets."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    return label


class VerdictFoot(QWidget):
    """The sunken foot of the card: an icon and a sentence."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._icon, self.label = QLabel(), wrapped_label()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 14, 11)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)

    def show_verdict(self, head: str, number: str, tail: str, *, ok: bool, more: str = "") -> None:
        """Say ``head``, ``number`` in the colour of gradients, ``tail``; below it ``more``, which is HTML."""
        scale = self._theme.scale
        size = round(_ICON * scale)
        picture = icon("check" if ok else "info", self._theme.color("text"), size)
        self._icon.setPixmap(picture.pixmap(QSize(size, size), self.devicePixelRatioF()))
        px, line = round(13 * scale), round(20 * scale)
        colored = f'<span style="color:{self._theme.hex("grad")};">{html.escape(number)}</span>'
        words = f"{html.escape(head)}{colored}{html.escape(tail)}"
        self.label.setFont(ui_font(px, 600))
        self.label.setText(f'<p style="margin:0; line-height:{line}px; -qt-line-height-type:fixed;">{words}</p>{more}')
        self.label.setAccessibleName(f"{head}{number}{tail}")

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


class RoundedCard(QFrame):
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
