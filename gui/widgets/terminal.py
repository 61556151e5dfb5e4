"""What a running script prints, as a terminal without cursor addressing would show it: bounded, and cheap at any amount."""

from __future__ import annotations

import re

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

MOST_LINES = 5000
"""Lines that are kept."""
MOST_AT_ONCE = 40_000
"""Characters that are written in one go; of more than that, only the newest."""
LONGEST_LINE = 2000
"""Characters of a line that are shown."""
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200})?$")


def as_shown(text: str) -> str:
    """``text`` as a terminal would show it: without colours, each line as it was written last."""
    lines = _ESCAPE.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(next((part for part in reversed(line.split("\r")) if part), "") for line in lines)


class ScriptOutput(QPlainTextEdit):
    """Read-only. Colours and other escape sequences are left out; a carriage return writes over the line, as progress bars do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rest = ""
        self._over = False
        """A carriage return came last: what follows writes over the line."""
        self.setReadOnly(True)
        self.setMaximumBlockCount(MOST_LINES)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName("Output of the script")
        self.setPlaceholderText("What the script prints appears here.")

    def start_over(self) -> None:
        """Forget everything."""
        self._rest, self._over = "", False
        self.clear()

    def write(self, text: str, left_out: int = 0) -> None:
        """Add ``text``; ``left_out`` characters before it are not known. Stays at the end if the end is in view."""
        if len(text) > MOST_AT_ONCE:
            left_out += len(text) - MOST_AT_ONCE
            text = text[-MOST_AT_ONCE:]
        if left_out:
            self._rest = ""
            text = f"\n… {left_out:,} characters left out …\n{text}"
        text = self._rest + text
        begun = _BEGUN.search(text)
        self._rest = begun.group() if begun is not None else ""
        text = _ESCAPE.sub("", text[: len(text) - len(self._rest)]).replace("\r\n", "\n")
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        self._insert(cursor, text)
        cursor.endEditBlock()
        if follows:
            bar.setValue(bar.maximum())

    def _insert(self, cursor: QTextCursor, text: str) -> None:
        """Add lines, the first of them to the line that stands there."""
        lines = text.split("\n")
        shown = []
        for number, line in enumerate(lines):
            first, *parts = line.split("\r")
            after = [part for part in parts if part]
            if not number and (after or (self._over and first)):
                cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
            room = LONGEST_LINE - (0 if number else cursor.positionInBlock())
            content = after[-1] if after else first
            shown.append(content if len(content) <= room else f"{content[:room]} …" if room > 0 else "")
            self._over = line.endswith("\r") or (self._over and not line and not number)
        cursor.insertText("\n".join(shown))
