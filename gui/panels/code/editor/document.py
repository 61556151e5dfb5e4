"""A program's text as a Qt document: its font and line height, its highlighting, and edits that share one undo history."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QFont, QTextBlockFormat, QTextCursor, QTextDocument, QTextLayout

from engine.text.literals import Edit
from gui.look.theme import ThemeManager, mono_font
from gui.panels.code.editor.highlighter import Highlighter
from gui.panels.code.editor.positions import position_of_offset

LINE_HEIGHT = 24
"""Pixels from line to line at scale 1, for code of 13 px."""

_PERCENT = 100 * LINE_HEIGHT / 18
"""JetBrains Mono's own line is 18 px at 13 px. A share of it grows with the font and leaves the undo history alone."""

_CLOSEST = 88
"""How close characters can stand, in percent of their usual width, before they have to become narrower."""

_MARGINS = (11, 5, 4)
"""Top, bottom, left. Qt puts the extra height below the text: 3 px more above and less below centre it in its line."""


@lru_cache(maxsize=128)
def code_font(px: float, spacing: int) -> QFont:
    """The code font with characters ``spacing`` percent of their usual width apart.

    Kept, because once about a hundred fonts are held (as by a graph shown at many zooms), Qt reads the file again for every font
    that nobody holds: measuring the editor's text then took twenty times as long.
    """
    font = mono_font(px)
    if spacing != 100:
        apart = max(spacing, _CLOSEST)
        font.setStretch(round(100 * spacing / apart))  # closer than that they would touch, so they get narrower
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, apart)
    return font


class CodeDocument(QTextDocument):
    """Program text that is shown in the editor; ``file_name`` is what the panel's header calls it."""

    def __init__(self, theme: ThemeManager, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._steps_after_drag: int | None = None
        self.file_name = ""
        self.scroll = (0, 0)
        """Where the editor was scrolled to when it last showed this document, in pixels."""
        self.caret = QTextCursor(self)
        """Where the caret was then."""
        self._dressed = theme.current, theme.scale
        self.spacing = 100
        """Percent of their usual width that characters take."""
        self.setDefaultFont(self._font())
        self.highlighter = Highlighter(self, theme)
        self.load("")

    def _font(self, spacing: int | None = None) -> QFont:
        return code_font(13 * self._theme.scale, self.spacing if spacing is None else spacing)

    def fitting(self, room: float, spacings: Sequence[int]) -> int | None:
        """The first of ``spacings`` at which every line fits into ``room`` pixels; None where none does.

        The answer depends on text, font and room alone. If it depended on the present spacing, two answers could alternate for
        ever: hinting rounds the letters of a stretched font, so widths are not in proportion.
        """
        room -= self.rootFrame().frameFormat().leftMargin() + 2 * self.documentMargin()
        lines = sorted({self.findBlockByNumber(number).text() for number in range(self.blockCount())}, key=len, reverse=True)
        # A letter that the code font lacks may be twice as wide, but not three times.
        lines = [line for line in lines if 3 * len(line) >= len(lines[0])]
        for spacing in spacings:
            font = self._font(spacing)
            if all(self._width(line, font) <= room for line in lines):
                return spacing
        return None

    def _width(self, line: str, font: QFont) -> float:
        layout = QTextLayout(line, font)
        layout.setTextOption(self.defaultTextOption())
        layout.beginLayout()
        made = layout.createLine()
        layout.endLayout()
        return made.naturalTextWidth() if made.isValid() else 0.0

    def space(self, percent: int) -> None:
        """Set characters ``percent`` of their usual width apart; lines keep their height, and the undo history is as it was."""
        if percent != self.spacing:
            self.spacing = percent
            self.setDefaultFont(self._font())

    def restyle(self) -> None:
        """Take font scale and colours again if they changed; the text and its undo history stay."""
        if self._dressed == (self._theme.current, self._theme.scale):
            # Highlighting a few thousand lines again takes Qt a second.
            return
        self._dressed = self._theme.current, self._theme.scale
        self.setDefaultFont(self._font())
        self.highlighter.restyle()

    def load(self, text: str) -> None:
        """Start over with ``text`` and an empty undo history."""
        self.setUndoRedoEnabled(False)
        self.setPlainText(text)
        spacing = QTextBlockFormat()
        spacing.setLineHeight(_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        everything = QTextCursor(self)
        everything.select(QTextCursor.SelectionType.Document)
        everything.mergeBlockFormat(spacing)
        margins = self.rootFrame().frameFormat()
        top, bottom, left = _MARGINS
        margins.setTopMargin(top)
        margins.setBottomMargin(bottom)
        margins.setLeftMargin(left)
        self.rootFrame().setFrameFormat(margins)
        # Qt leaves an empty document without a line, and its caret out of place, until something is typed.
        self.markContentsDirty(0, 1)
        self.setUndoRedoEnabled(True)
        self.setModified(False)
        self._steps_after_drag = None
        self.caret = QTextCursor(self)
        self.scroll = (0, 0)

    def begin_drag(self) -> None:
        """The next ``apply`` starts a new undo step."""
        self._steps_after_drag = None

    def apply(self, edit: Edit, *, dragging: bool = False) -> None:
        """Make ``edit`` (offsets in characters); while ``dragging`` it joins the undo step of the same drag."""
        text = self.toPlainText()
        cursor = QTextCursor(self)
        joins = dragging and self._steps_after_drag is not None and self._steps_after_drag == self.availableUndoSteps()
        if joins:
            cursor.joinPreviousEditBlock()
        else:
            cursor.beginEditBlock()
        cursor.setPosition(position_of_offset(text, edit.start))
        cursor.setPosition(position_of_offset(text, edit.end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(edit.replacement)
        cursor.endEditBlock()
        self._steps_after_drag = self.availableUndoSteps() if dragging else None


class TrainingDocument(CodeDocument):
    """The training's code, which is undone and redone with its set-up.

    Signals
    -------
    edited(str)
        Its user has changed it to this.
    """

    edited = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QObject) -> None:
        super().__init__(theme, parent)
        self._replaced = False
        self.setUndoRedoEnabled(False)
        self.contentsChanged.connect(self._tell)

    @Slot()
    def _tell(self) -> None:
        if not self._replaced:
            self.edited.emit(self.toPlainText())

    def replace(self, text: str) -> None:
        """Become ``text``, by changing only what differs: carets and scrolling stay."""
        before = self.toPlainText()
        if before == text:
            return
        start = _alike(before, text)
        same = _alike(before[start:][::-1], text[start:][::-1])
        self._replaced = True
        cursor = QTextCursor(self)
        cursor.setPosition(position_of_offset(before, start))
        cursor.setPosition(position_of_offset(before, len(before) - same), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - same])
        self._replaced = False


def _alike(one: str, other: str) -> int:
    """With how many characters both begin."""
    return next(
        (place for place, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), min(len(one), len(other))
    )
