"""What the editor's own keys do to its text: indenting, and lines that begin under the one before."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextCursor

INDENT = "    "

_PLAIN = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_MOVES = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
    }
)
_EDITING = (
    QKeySequence.StandardKey.Undo,
    QKeySequence.StandardKey.Redo,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.Paste,
    QKeySequence.StandardKey.SelectAll,
)


_WALKING = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space})
_WRITING = frozenset(
    {Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Enter}
)  # Tab leaves a text that cannot be edited


def walks(event: QKeyEvent) -> bool:
    """Whether this key walks through the operations where no text is edited."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    arrow = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
    return event.key() in _WALKING and (modifiers == _PLAIN or (arrow and modifiers in (_SHIFT, _CONTROL)))


def writes(event: QKeyEvent) -> bool:
    """Whether this key would change a text that can be edited."""
    if any(event.matches(standard) for standard in (QKeySequence.StandardKey.Paste, QKeySequence.StandardKey.Cut)):
        return True
    if event.modifiers() & (_CONTROL | _ALT):
        return False
    return event.key() in _WRITING or (bool(event.text()) and event.text().isprintable())


def is_own_key(event: QKeyEvent) -> bool:
    """Whether the editor keeps this key from the window's shortcuts: typing, moving, selecting, copying, undoing."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = event.key()
    if modifiers & _ALT:
        return False
    if key in _MOVES or any(event.matches(standard) for standard in _EDITING):
        return True
    if modifiers & _CONTROL:
        return False
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        return True
    return bool(event.text()) and event.text().isprintable()


def insert_line(cursor: QTextCursor) -> None:
    """Begin a new line, indented like the one it leaves, and four spaces further after a colon."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    indent = before[: len(before) - len(before.lstrip())]
    code = re.sub(r"#.*", "", before).rstrip()
    cursor.insertText("\n" + indent + (INDENT if code.endswith(":") else ""))


def indent(cursor: QTextCursor) -> None:
    """Indent by four spaces: the selected lines, or from the caret to the next stop."""
    if cursor.hasSelection() and "\u2029" in cursor.selectedText():
        _each_line(cursor, lambda line: line.insertText(INDENT))
    else:
        cursor.insertText(" " * (len(INDENT) - cursor.positionInBlock() % len(INDENT)))


def dedent(cursor: QTextCursor) -> None:
    """Remove up to four spaces at the start of the line, or of each selected line."""
    _each_line(cursor, _remove_indent)


def delete_indent(cursor: QTextCursor) -> bool:
    """Backspace within a line's leading spaces: delete back to the last stop. False if the caret is not among them."""
    inside = cursor.positionInBlock()
    if cursor.hasSelection() or inside < 2 or cursor.block().text()[:inside].strip(" "):
        return False
    count = inside % len(INDENT) or len(INDENT)
    cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, count)
    cursor.removeSelectedText()
    return True


def _remove_indent(line: QTextCursor) -> None:
    text = line.block().text()
    spaces = min(len(INDENT), len(text) - len(text.lstrip(" ")))
    line.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, spaces)
    line.removeSelectedText()


def _each_line(cursor: QTextCursor, change: object) -> None:
    document = cursor.document()
    first = document.findBlock(cursor.selectionStart()).blockNumber()
    last_block = document.findBlock(cursor.selectionEnd())
    last = last_block.blockNumber()
    if last > first and cursor.selectionEnd() == last_block.position():
        last -= 1
    cursor.beginEditBlock()
    for number in range(first, last + 1):
        change(QTextCursor(document.findBlockByNumber(number)))  # type: ignore[operator]
    cursor.endEditBlock()


_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = {close: opening for opening, close in _PAIRS.items()}
_REACH = 4000
"""How far the search for a bracket's partner goes, in UTF-16 units."""


def bracket_pair(cursor: QTextCursor) -> tuple[int, int] | None:
    """Positions of the bracket beside the caret and of its partner."""
    document = cursor.document()
    at = cursor.position()
    for position in (at - 1, at):
        character = document.characterAt(position) if position >= 0 else ""
        if character in _PAIRS:
            partner = _partner(cursor, position, 1, character, _PAIRS[character])
        elif character in _CLOSING:
            partner = _partner(cursor, position, -1, character, _CLOSING[character])
        else:
            continue
        if partner is not None:
            return position, partner
    return None


def _partner(cursor: QTextCursor, start: int, step: int, same: str, other: str) -> int | None:
    document, depth, position = cursor.document(), 0, start
    for _ in range(_REACH):
        character = document.characterAt(position)
        depth += (character == same) - (character == other)
        if depth == 0:
            return position
        position += step
        if not 0 <= position < document.characterCount():
            return None
    return None
