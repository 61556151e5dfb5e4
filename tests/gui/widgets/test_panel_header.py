"""The head of a panel: nothing in it is cut, whatever the size of the text."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gui.look.theme import ThemeManager
from gui.widgets import PanelHeader

NOTE = "21 of 44 nodes · 21 edges · big tensors as histograms"


@pytest.mark.parametrize("scale", [1.0, 1.5, 1.75])
@pytest.mark.parametrize("width", [320, 388, 752])
def test_title_and_note_are_whole_or_left_out(qtbot: QtBot, scale: float, width: int) -> None:
    """At 175 % the title used to read "What just happer", and the note, cut at its left, "ıf 44 nodes"."""
    theme = ThemeManager("light")
    theme.set_scale(scale)
    header = PanelHeader("What just happened", theme)
    chip = QLabel("Operation 12")
    header.add_widget(chip)
    qtbot.addWidget(header)
    header.keeps_first = True
    header.set_note(NOTE)
    header.resize(width, header.height())
    header.show()
    QApplication.processEvents()
    title, note = header._title, header._note
    assert title.width() >= QFontMetrics(title.font()).horizontalAdvance(title.text())
    assert 13 <= title.font().pixelSize() <= round(13 * scale)
    parts = note.text().split(" · ")
    assert NOTE.startswith(note.text()) and header.note() == note.toolTip() == NOTE
    assert len(parts) == 1 or note.width() >= QFontMetrics(note.font()).horizontalAdvance(note.text())
    if width == 752 and scale == 1.0:
        assert note.text() == NOTE
    chip.setText("Operation 12 · backward")
    QApplication.processEvents()
    assert title.width() >= QFontMetrics(title.font()).horizontalAdvance(title.text()) or title.font().pixelSize() == 13
    header.keeps_first = False
    header.set_note("read-only · running line 15")
    assert header._note.text() in ("read-only · running line 15", "running line 15")
