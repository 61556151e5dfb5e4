"""The minus of the code font is as wide as a digit wherever that font is used, and stays a minus in what is copied."""

from __future__ import annotations

import struct

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase, QRawFont
from PySide6.QtWidgets import QApplication

import resources
from gui.look.minus import with_long_minus
from gui.look.theme import mono_font, ui_font

WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}


def outline(font: QRawFont, sign: str) -> tuple[float, float, float, float]:
    box = font.pathForGlyph(font.glyphIndexesForString(sign)[0]).boundingRect()
    return box.x(), box.y(), box.width(), box.height()


@pytest.mark.parametrize("weight", WEIGHTS.values())
def test_a_minus_is_no_hyphen(qapp: QApplication, weight: int) -> None:
    """−12 used to have what looked like a hyphen in fields, tables and the inspector, but a minus in formulas."""
    font = mono_font(100, weight)
    assert QFontDatabase.families()
    raw = QRawFont.fromFont(font)
    assert raw.familyName() == "JetBrains Mono"
    assert outline(raw, "−") == outline(raw, "–") != outline(raw, "-")
    assert raw.advancesForGlyphIndexes(raw.glyphIndexesForString("−-0")) == [raw.advancesForGlyphIndexes([1])[0]] * 3


@pytest.mark.parametrize("name", WEIGHTS)
def test_the_font_stays_whole(qapp: QApplication, name: str) -> None:
    """Only the minus is made from another glyph, and the checksums match what is in the file."""
    whole = resources.read_bytes(f"fonts/JetBrainsMono-{name}.ttf")
    made = with_long_minus(whole)
    assert len(made) == len(whole) and 1 <= sum(one != other for one, other in zip(whole, made, strict=True)) <= 24
    words = struct.unpack(f">{len(made) // 4}I", made[: len(made) // 4 * 4] if len(made) % 4 == 0 else made[: -(len(made) % 4)])
    if len(made) % 4 == 0:
        assert sum(words) % 2**32 == 0xB1B0AFBA
    raw = QRawFont(QByteArray(made), 16)
    assert all(outline(raw, sign) == outline(QRawFont(QByteArray(whole), 16), sign) for sign in "-–+0aW=")
    assert with_long_minus(made) == made


def test_other_fonts_are_left_as_they_are(qapp: QApplication) -> None:
    for name in ("Inter-Regular.otf", "STIXTwoMath-Regular.ttf"):
        assert with_long_minus(resources.read_bytes(f"fonts/{name}")) == resources.read_bytes(f"fonts/{name}")
    raw = QRawFont.fromFont(ui_font(100))
    assert outline(raw, "−") != outline(raw, "-")
