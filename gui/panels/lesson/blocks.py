"""What stands on a page beside questions: paragraphs, lists, code, the page's program, pictures."""

from __future__ import annotations

import html
from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.lessons.model import Line, Listing, Paragraph, Points, Words
from gui.look.theme import MONO_FAMILY, ThemeManager
from gui.look.tones import GRADIENT_TONE
from gui.panels.lesson.text import rich_line, spoken
from gui.session.session import Session
from gui.widgets.answers.card import wrapped_label

PX, HEIGHT = 14, 23
"""Of a lesson's text."""


class TextBlock(QWidget):
    """A paragraph or a list."""

    def __init__(self, block: Paragraph | Points, theme: ThemeManager) -> None:
        super().__init__()
        self._block, self._theme = block, theme
        self._numbers: Mapping[str, str] = {}
        self.label = wrapped_label()
        self.label.setOpenExternalLinks(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label)
        theme.changed.connect(self.refresh)
        self.refresh()

    def set_numbers(self, numbers: Mapping[str, str]) -> None:
        """What is computed, by expression."""
        self._numbers = numbers
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Write the text again, in the theme's look."""
        scale = self._theme.scale
        px, height = round(PX * scale), round(HEIGHT * scale)
        match self._block:
            case Paragraph(line, heading):
                self.label.setText(rich_line(line, self._numbers, self._theme, px, height, strong=heading))
                self.label.setAccessibleName(spoken(line, self._numbers))
            case Points(items, numbered):
                lines = [_item(item, at, numbered) for at, item in enumerate(items, 1)]
                texts = [rich_line(line, self._numbers, self._theme, px, height) for line in lines]
                self.label.setText("".join(texts))
                self.label.setAccessibleName("; ".join(spoken(line, self._numbers) for line in lines))


def _item(line: Line, at: int, numbered: bool) -> Line:
    return (Words(f"{at}. " if numbered else "•  "), *line)


class CodeBlock(QWidget):
    """Code in a frame, with line numbers; of the page's program the line that comes next is marked."""

    def __init__(self, theme: ThemeManager, listing: Listing | None, session: Session) -> None:
        super().__init__()
        self._theme, self._listing, self._session = theme, listing, session
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 9)
        layout.addWidget(self.label)
        theme.changed.connect(self.refresh)
        if listing is None:
            session.text_changed.connect(self.refresh)
            session.cursor_changed.connect(self.refresh)
            session.recording_changed.connect(self.refresh)
        self.refresh()

    @property
    def text(self) -> str:
        """What it shows."""
        return self._session.text if self._listing is None else self._listing.text

    def _line(self) -> int:
        """The line of the program that the next operation belongs to, from 1; 0 where there is none."""
        recording = self._session.recording
        if self._listing is not None or recording is None or self._session.cursor >= recording.end:
            return 0
        span = recording.moments[self._session.cursor].span
        return 0 if span is None else span.line

    @Slot()
    def refresh(self) -> None:
        """Write the code again."""
        theme, scale = self._theme, self._theme.scale
        px, next_line = round(12 * scale), self._line()
        rows = []
        for number, line in enumerate(self.text.split("\n"), 1):
            marked = f"background-color:{theme.hex(GRADIENT_TONE.tint)};" if number == next_line else ""
            weight = "font-weight:600;" if number == next_line else ""
            count = f'<span style="color:{theme.hex("text_3")};">{number:>2}</span>&nbsp;&nbsp;'
            code = html.escape(line).replace(" ", "&nbsp;")
            rows.append(
                f'<p style="margin:0; line-height:{round(22 * scale)}px; -qt-line-height-type:fixed; {marked}'
                f"font-family:'{MONO_FAMILY}'; font-size:{px}px; color:{theme.hex('text')}; {weight}\">{count}{code}</p>"
            )
        self.label.setText("".join(rows))
        self.label.setAccessibleName(self.text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._theme.color("card"))
        painter.setPen(QPen(self._theme.color("line_strong"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
