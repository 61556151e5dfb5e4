"""Lines and columns in characters to and from Qt's positions, which count UTF-16 units."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument


def units(text: str) -> int:
    """UTF-16 units of ``text``: characters outside the basic plane count twice."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def characters(text: str, count: int) -> int:
    """How many whole characters of ``text`` its first ``count`` UTF-16 units are."""
    if text.isascii():
        return min(count, len(text))
    return len(text.encode("utf-16-le")[: 2 * count].decode("utf-16-le", "ignore"))


def position_of_offset(text: str, offset: int) -> int:
    """Qt's position of the character ``offset`` (from 0) of a document whose text is ``text``."""
    return units(text[:offset])


def position(document: QTextDocument, line: int, column: int) -> int:
    """Qt's position of a line and column from 1, in characters; clamped to the document."""
    block = document.findBlockByNumber(min(line, document.blockCount()) - 1)
    if line > document.blockCount():
        return block.position() + block.length() - 1
    return block.position() + units(block.text()[: max(0, column - 1)])
