"""The keyboard goes to what a page asks for: its field, the sliders, or the editor."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from engine.lessons.model import Drag, Fix
from gui.panels.code.panel import CodePanel
from gui.panels.lesson.panel import LessonPanel
from gui.panels.lesson.play import LessonPlay
from gui.widgets import LeafSlider


def focus_asked(play: LessonPlay, panel: LessonPanel, code: CodePanel) -> None:
    """Where something is to be dragged or mended it is not on the page: Return there would skip the question."""
    panel.focus_question()
    asked = play.next_open
    if isinstance(asked, Fix) and not code.isHidden():
        code.focus_editor()
    elif isinstance(asked, Drag) and not code.isHidden():

        def focus_slider() -> None:
            sliders = code.leaves.findChildren(LeafSlider)
            if sliders and play.next_open is asked:
                sliders[0].setFocus()

        QTimer.singleShot(0, code, focus_slider)  # once the sliders are those of this text
