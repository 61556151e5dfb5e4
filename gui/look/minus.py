"""The minus of the code font: JetBrains Mono draws it as its hyphen; on loading, it is made from the dash instead."""

from __future__ import annotations

import struct

import numpy as np
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QRawFont

from engine.mathematics.numbers import MINUS

_DASH = "\u2013"
"""A minus as wide as a digit, and as high and thick as the hyphen."""
_COMPOSITE = -1
_WORD = np.dtype(">u4")
_WHOLE = 0xB1B0AFBA
"""What the checksums of a font have to add up to."""


def with_long_minus(font: bytes) -> bytes:
    """The TrueType ``font`` with a minus that looks like one; unchanged where its minus is not made from another sign.

    Text stays what it is: what is copied, read out or exported has the real minus.
    """
    known = QRawFont(QByteArray(font), 16, QFont.HintingPreference.PreferNoHinting)
    glyphs = known.glyphIndexesForString(MINUS + _DASH)
    tables = _tables(font)
    if len(glyphs) != 2 or not {"glyf", "loca", "head"} <= tables.keys():
        return font
    minus, dash = (_place(font, tables, glyph) for glyph in glyphs)
    if struct.unpack_from(">h", font, minus)[0] != _COMPOSITE:
        return font
    made = bytearray(font)
    made[minus + 2 : minus + 10] = font[dash + 2 : dash + 10]  # the box around it
    struct.pack_into(">H", made, minus + 12, glyphs[1])  # what it is made from
    return _summed(made, tables)


def _tables(font: bytes) -> dict[str, tuple[int, int, int]]:
    """Per table: where its entry is, where it begins, and its length."""
    (count,) = struct.unpack_from(">H", font, 4)
    entries = ((12 + 16 * index, struct.unpack_from(">4s4xII", font, 12 + 16 * index)) for index in range(count))
    return {tag.decode("latin-1"): (entry, begin, length) for entry, (tag, begin, length) in entries}


def _place(font: bytes, tables: dict[str, tuple[int, int, int]], glyph: int) -> int:
    """Where the outline of ``glyph`` begins."""
    (long,) = struct.unpack_from(">h", font, tables["head"][1] + 50)
    at = tables["loca"][1]
    (offset,) = struct.unpack_from(">I", font, at + 4 * glyph) if long else struct.unpack_from(">H", font, at + 2 * glyph)
    return tables["glyf"][1] + int(offset if long else 2 * offset)


def _summed(font: bytearray, tables: dict[str, tuple[int, int, int]]) -> bytes:
    """With checksums that match its present content: some systems refuse a font whose checksums are wrong."""
    entry, begin, length = tables["glyf"]
    struct.pack_into(">I", font, entry + 4, _sum(bytes(font[begin : begin + length])))
    whole = tables["head"][1] + 8
    struct.pack_into(">I", font, whole, 0)
    struct.pack_into(">I", font, whole, (_WHOLE - _sum(bytes(font))) % 2**32)
    return bytes(font)


def _sum(data: bytes) -> int:
    words = np.frombuffer(data + bytes(-len(data) % 4), dtype=_WORD)
    return int(words.sum(dtype=np.uint64)) % 2**32
