"""A question or a message in the program's look, whose buttons say what they do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.widgets import lay_out_dialog, make_button
from gui.widgets.dialogs import told_below
from gui.widgets.tab_order import put_in_order

WIDTH = 460
"""Pixels at the usual font size."""
LONG = 900
"""Characters above which a message scrolls."""


class Question(QDialog):
    """Asks ``text`` under ``title``.

    ``choices`` are (key, what the button says) from left to right; Return chooses ``default``, and Escape or closing the dialog
    ``otherwise``. ``answer`` is the key of what was chosen.
    """

    def __init__(
        self,
        theme: ThemeManager,
        title: str,
        text: str,
        choices: Sequence[tuple[str, str]],
        default: str,
        otherwise: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        scale = theme.scale
        self.answer = self._otherwise = otherwise
        self.setWindowTitle(title)
        heading = _label(title)
        heading.setFont(ui_font(15 * scale, 600))
        words: QLabel | QPlainTextEdit
        if len(text) <= LONG:
            words = _label(text)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        else:
            words = QPlainTextEdit(text)
            words.setReadOnly(True)
            words.setTabChangesFocus(True)
            words.setMinimumHeight(round(320 * scale))
        words.setFont(ui_font(13 * scale))
        self.setAccessibleDescription(text)
        self.buttons = {key: make_button(label, theme, "primary" if key == default else "normal") for key, label in choices}
        for key, button in self.buttons.items():
            button.setDefault(key == default)
            button.clicked.connect(lambda _checked=False, chosen=key: self._choose(chosen))
        told = told_below(heading, words)
        lay_out_dialog(self, theme, [(told, 0)], list(self.buttons.values()))
        self.setFixedWidth(round(WIDTH * scale))
        # Tab goes from the usual answer to the others, the nearest first.
        put_in_order([self.buttons[default], *(button for key, button in reversed(self.buttons.items()) if key != default)])
        self.buttons[default].setFocus()

    def _choose(self, key: str) -> None:
        self.answer = key
        self.accept()

    def reject(self) -> None:
        self.answer = self._otherwise
        super().reject()


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def ask(
    parent: QWidget, theme: ThemeManager, title: str, text: str, choices: Sequence[tuple[str, str]], default: str, otherwise: str
) -> str:
    """Ask and wait for the answer: the key of the chosen button."""
    question = Question(theme, title, text, choices, default, otherwise, parent)
    question.exec()
    answer = question.answer
    question.deleteLater()
    return answer


def tell(parent: QWidget, theme: ThemeManager, title: str, text: str) -> None:
    """Show a message until it is closed; does not wait."""
    message = Question(theme, title, text, [("close", "Close")], "close", "close", parent)
    message.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    message.open()
