"""The message below the code: what is wrong, where, and what to do."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from engine.errors import ForbiddenError, ProgramError, ScriptOnlyError, UnknownNameError
from gui.look.theme import MONO_FAMILY, ThemeManager, icon, ui_font
from gui.widgets import FlowLayout

_LONGEST_NAME = 20
"""Letters of a name that a button says."""
_LONG_WORD = re.compile(r"\S{28}")


def rich(text: str, code_color: str) -> str:
    """``text`` as HTML: parts between backticks in the code font; very long words may break."""
    parts = _LONG_WORD.sub("\\g<0>\u200b", text).split("`")
    if len(parts) % 2 == 0:
        parts = ["`".join(parts)]
    pieces = []
    for number, part in enumerate(parts):
        escaped = html.escape(part)
        style = f"font-family:'{MONO_FAMILY}'; color:{code_color};"
        pieces.append(f'<span style="{style}">{escaped}</span>' if number % 2 else escaped)
    return "".join(pieces)


def _wrapping_label() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label


class _Message(QFrame):
    """The tinted box with icon, headline and hint."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._outdated = False
        self.headline, self.hint, self._icon = _wrapping_label(), _wrapping_label(), QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self.headline)
        texts.addWidget(self.hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addLayout(texts, 1)
        self.restyle()

    def set_outdated(self, outdated: bool) -> None:
        if outdated != self._outdated:
            self._outdated = outdated
            self.restyle()

    def restyle(self) -> None:
        scale = self._theme.scale
        color = "text_3" if self._outdated else "error"
        self._icon.setPixmap(icon("warning", self._theme.color(color), 18).pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self.headline.setFont(ui_font(13 * scale, 600))
        self.hint.setFont(ui_font(13 * scale))
        self.headline.setStyleSheet(f"color: {self._theme.hex(color)};")
        self.hint.setStyleSheet(f"color: {self._theme.hex('text_3' if self._outdated else 'text_2')};")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._theme.color("pending_tint" if self._outdated else "error_tint"))
        painter.setPen(QPen(self._theme.color("line" if self._outdated else "error_line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


class ProblemBox(QWidget):
    """Shows a ProgramError, or nothing (hidden).

    Signals
    -------
    go_to(int, int)
        Put the caret at this line and column.
    undo()
        Undo the last change.
    make_leaf(str)
        Make this unknown name a leaf.
    mend(object)
        Make this change of the text (a ``Fix``).
    mended(int, int)
        The change is made: the caret belongs at this line and column. Nobody is typing there yet, so keys walk as before.
    left()
        The button that had the keyboard is gone: the keyboard belongs to the text again.
    record()
        Run the text as a script of its own, which may do what a program may not, and record it.
    """

    go_to = Signal(int, int)
    undo = Signal()
    make_leaf = Signal(str)
    mend = Signal(object)
    mended = Signal(int, int)
    left = Signal()
    record = Signal()

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._problem: ProgramError | None = None
        self._notice = ""
        self._script = False
        self._undoable = True
        self._outdated = False
        self._announced = ""
        self.message = _Message(theme)
        self.go_button, self.undo_button, self.leaf_button = QPushButton(), QPushButton("Undo"), QPushButton()
        self.go_button.clicked.connect(self._go)
        self.record_button = QPushButton("Record as a script… (F8)")
        self.record_button.setToolTip("Run the file as Python would, in a process of its own, and show what PyTorch did")
        self.record_button.clicked.connect(self.record)
        self.undo_button.clicked.connect(self.undo)
        self.leaf_button.clicked.connect(self._make_leaf)
        self.mend_button = QPushButton()
        self.mend_button.clicked.connect(self._mend)
        self.undo_button.setToolTip("Undo the last change")
        self.undo_button.setAccessibleName("Undo the last change")
        buttons = FlowLayout(8)
        for button in (self.mend_button, self.leaf_button, self.record_button, self.go_button, self.undo_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.message)
        column.addLayout(buttons)
        theme.changed.connect(self.restyle)
        self.hide()

    def minimumSizeHint(self) -> QSize:
        """Its height follows its width: the height that labels want at their narrowest would leave a gap, and a scroll bar."""
        return QSize(super().minimumSizeHint().width(), 0)

    @property
    def offers_recording(self) -> bool:
        """Whether the problem is one that the text would not have as a script, and the button that records it as one is there."""
        return self.isVisible() and self.record_button.isVisibleTo(self)

    def show_problem(self, problem: ProgramError | None, script: bool = False, undoable: bool = True) -> None:
        """Show ``problem``; None hides the box. ``script``: the text looks like a whole script, which could run by itself.

        ``undoable``: there is a change to take back.
        """
        self._problem, self._notice, self._script, self._undoable = problem, "", script, undoable
        self._fill()

    def show_notice(self, sentence: str) -> None:
        """Show a sentence that is about no place in the text, such as a refused paste."""
        self._problem, self._notice = None, sentence
        self._fill()

    def set_outdated(self, outdated: bool) -> None:
        """Whether the problem is an earlier text's, while the new one runs: it keeps its room, but offers nothing any more."""
        if outdated != self._outdated:
            self._outdated = outdated
            held = self._held()
            for button in (self.mend_button, self.leaf_button, self.record_button, self.go_button):
                button.setEnabled(not outdated)
            self._fill()
            self._give_up(held)

    @property
    def outdated(self) -> bool:
        """Whether an earlier text's problem is shown, greyed."""
        return self._outdated

    @property
    def text(self) -> str:
        """What is shown, in plain words; empty if nothing is."""
        if self._problem is None:
            return self._notice
        where = f"Line {self._problem.line}, column {self._problem.column}: {self._problem.message}"
        return f"{where} {self._problem.hint}".replace("`", "").strip()

    def _held(self) -> QWidget | None:
        """The button that has the keyboard."""
        focus = QApplication.focusWidget()
        return focus if focus is not None and self.isAncestorOf(focus) else None

    def _give_up(self, held: QWidget | None) -> None:
        """Give the keyboard away before the box goes: Qt would give it to a slider, which arrow keys move."""
        if held is not None and not (held.isVisible() and held.isEnabled()):
            self.left.emit()

    def _fill(self) -> None:
        held = self._held()
        self._fill_in()
        self._give_up(held)

    def _fill_in(self) -> None:
        problem = self._problem
        self.setVisible(bool(self.text))
        greyed = self._outdated and problem is not None
        self.message.set_outdated(greyed)
        code_color, error_color = (self._theme.hex("text_3" if greyed else token) for token in ("text", "error"))
        if problem is not None:
            start = f"Line {problem.line}, column {problem.column}: {problem.message}"
            self.message.headline.setText(rich(start, error_color))
            self.message.hint.setText(rich(problem.hint, code_color))
            line, column = problem.cause or (problem.line, problem.column)
            self.go_button.setText(f"Go to line {line}")
            self.go_button.setToolTip(f"Put the caret at line {line}, column {column}")
            self.go_button.setAccessibleName(f"Go to line {line}, column {column}")
        else:
            self.message.headline.setText(rich(self._notice, error_color))
        self.message.hint.setVisible(problem is not None and bool(problem.hint))
        fix = None if problem is None else problem.fix
        self.mend_button.setVisible(fix is not None)
        if fix is not None:
            self.mend_button.setText(fix.label.replace("&", "&&"))
            self.mend_button.setToolTip(f"{fix.label}: changes line {fix.line}; Undo reverts it")
            self.mend_button.setAccessibleName(fix.label)
        unknown = problem.name if isinstance(problem, UnknownNameError) else ""
        self.leaf_button.setVisible(bool(unknown))
        # A cut name would be another one; the message above says which is meant.
        self.leaf_button.setText(f"Make {unknown if len(unknown) <= _LONGEST_NAME else 'it'} a leaf")
        self.leaf_button.setToolTip(f"Insert a line that makes {unknown} a tensor with a slider")
        self.leaf_button.setAccessibleName(f"Make {unknown} a leaf")
        runs = isinstance(problem, ScriptOnlyError)
        self.record_button.setVisible(runs or (self._script and isinstance(problem, ForbiddenError)))
        self.go_button.setVisible(problem is not None)
        self.undo_button.setVisible(problem is not None and self._undoable)
        self._announce()

    def _announce(self) -> None:
        """Tell screen readers, once for each new message."""
        text = self.text
        if text == self._announced:
            return
        self._announced = text
        self.message.setAccessibleName(text)
        self.setAccessibleDescription(text)
        if text:
            QAccessible.updateAccessibility(QAccessibleEvent(self.message, QAccessible.Event.Alert))

    @Slot()
    def restyle(self) -> None:
        """Take colours and font scale from the theme again."""
        self.message.restyle()
        self._fill()

    @Slot()
    def _go(self) -> None:
        if self._problem is not None:
            self.go_to.emit(*(self._problem.cause or (self._problem.line, self._problem.column)))

    @Slot()
    def _make_leaf(self) -> None:
        if isinstance(self._problem, UnknownNameError):
            self.make_leaf.emit(self._problem.name)

    @Slot()
    def _mend(self) -> None:
        if self._problem is not None and self._problem.fix is not None:
            fix = self._problem.fix
            self.mend.emit(fix)
            above, _, last = fix.text.rpartition("\n")
            lines = above.count("\n") + 1 if above or fix.text[:1] == "\n" else 0
            self.mended.emit(fix.line + lines, len(last) + (1 if lines else fix.column))
