"""Widgets that are painted one after the other."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.widgets import Veil


class Painted(QWidget):
    """Says when it is painted."""

    def __init__(self, name: str, log: list[str]) -> None:
        super().__init__()
        self._name, self._log = name, log
        self.setMinimumSize(40, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._log.append(self._name)


def test_covered_widgets_are_painted_in_turn_and_each_once_for_all_that_changed(qtbot: QtBot) -> None:
    log: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    layout = QHBoxLayout(window)
    parts = [Painted(name, log) for name in "abc"]
    for part in parts:
        layout.addWidget(part)
    window.show()
    qtbot.waitUntil(lambda: len(log) >= 3)
    qtbot.wait(20)
    veil = Veil(window)
    log.clear()
    veil.cover(reversed(parts))
    veil.cover(parts[:1])
    for part in parts:
        part.update()
        part.update()
    assert not any(part.updatesEnabled() for part in parts)
    qtbot.waitUntil(lambda: all(part.updatesEnabled() for part in parts))
    qtbot.wait(20)
    assert log == ["c", "b", "a"]
    for part in parts:
        part.update()
    qtbot.wait(20)
    assert sorted(log[3:]) == ["a", "b", "c"], "nothing stays covered"
