"""The left column: the code on top, below it what just happened, or the inspector in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager
from gui.panels.code.column import LEAST_EDITOR
from gui.panels.code.panel import CodePanel
from gui.session.settings import Settings
from gui.widgets import IconButton

_SHARES = {"explore": 0.40, "train": 0.55}
"""Part of the height that the code takes at first."""
_MOST = 0.64
"""The greatest part of the height that the code takes by itself when sliders or output need the room."""
_MORE = 0.15
"""How much more of it where letters are twice as large: sliders do not scroll out of sight for a sentence that does."""
_STORY = 0.25
STORY_LEAST, STORY_BESIDE_SLIDERS = 150, 112
"""Pixels left to what just happened, and where only that brings all sliders into sight: it can scroll, they are moved."""
INSPECTOR_LEAST = 330
"""Pixels in which a tensor of eight elements can be read: the inspector was asked for, and the code can scroll."""
CODE_BESIDE_INSPECTOR = 150
STORY_BESIDE_PROBLEM = 72
"""Pixels left to what just happened while there is a problem, which matters more then."""


class LeftColumn(QSplitter):
    """Code over explanation; each mode keeps its own division once the user has chosen one.

    Until then the code grows with what stands in it, and does not shrink again: a border that moves back and forth while someone
    types or walks would be worse than some empty room. Only the room of a problem is given back when it is mended.
    """

    def __init__(
        self,
        code: CodePanel,
        explanation: QWidget,
        inspector: QWidget,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._settings = settings
        self._mode = "explore"
        self._inspector = inspector
        self._code = code
        self._explanation = explanation
        self.story = QStackedWidget()
        self.story.addWidget(explanation)
        self.story.addWidget(inspector)
        settings.follow("font_scale", self._scale_story)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.addWidget(code)
        self.foot = QWidget()
        self._column = QVBoxLayout(self.foot)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.story, 1)
        self.addWidget(self.foot)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setFocusProxy(code)
        code.height_wanted.connect(self.make_room)
        self._chosen = self._kept()
        self._wanted, self._least, self._passing, self._now, self._fresh = 0, 0, 0, 0, False
        self._added = 0
        self.splitterMoved.connect(self._moved)

    def add_panel(self, panel: QWidget) -> None:
        """Let ``panel`` stand over explanation and inspector, under those added before it, while it is visible."""
        self._column.insertWidget(self._column.indexOf(self.story), panel)

    def _scale_story(self, scale: float) -> None:
        self._beside_problem = control_height(STORY_BESIDE_PROBLEM, scale)
        self.story.setMinimumHeight(self._beside_problem)

    def _kept(self) -> dict[str, float]:
        shares: dict[str, float] = {}
        for part in self._settings.value("window/left_column").split(","):
            mode, _, text = part.partition("=")
            if mode in _SHARES and text.isdecimal() and 10 <= int(text) <= 90:
                shares[mode] = int(text) / 100
        return shares

    def save(self) -> None:
        """Remember the division of each mode in which the user chose one."""
        text = ",".join(f"{mode}={round(100 * share)}" for mode, share in self._chosen.items())
        self._settings.set_value("window/left_column", text)

    def set_mode(self, mode: str) -> None:
        """``explore`` or ``train``."""
        self._mode = mode
        self._wanted = self._least = 0
        self.divide()

    @Slot()
    def start_over(self) -> None:
        """Another program is coming: the code need not keep the room that the last one took."""
        self._fresh = True

    @Slot(int, int, int)
    def make_room(self, wanted: int, passing: int, least: int) -> None:
        """Let the code have ``wanted`` pixels of height, within bounds, unless the user has chosen a division.

        ``passing`` of them are for a problem, which will go away again; with ``least`` all sliders are in sight.
        """
        lasting, self._now = wanted - passing, wanted
        if self._fresh or lasting > self._wanted or passing != self._passing or least > self._least:
            self._wanted = lasting if self._fresh else max(lasting, self._wanted)
            self._least = least if self._fresh else max(least, self._least)
            self._passing, self._fresh = passing, False
            self.divide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.divide()

    def divide(self) -> None:
        """Give code and explanation their shares of the height."""
        height = max(1, self.height() - self.handleWidth())
        chosen = self._chosen.get(self._mode)
        first = round(height * (_SHARES[self._mode] if chosen is None else chosen))
        if chosen is None and self._mode == "explore":
            scale = float(self._settings.value("font_scale"))
            most = round(height * (_MOST + _MORE * max(0.0, scale - 1)))
            highest = height - min(STORY_LEAST, round(height * _STORY))
            self._share(highest, scale)
            beside = height - control_height(STORY_BESIDE_SLIDERS, scale)
            slid = self._least if self._least <= beside else highest
            first = max(first, min(self._wanted, most, highest), min(self._least, slid))
            if self._passing:
                first = max(first, min(self._now, height - self._beside_problem))
        elif self._mode == "explore":
            self._share(first, float(self._settings.value("font_scale")))
        asked = chosen is None and self.story.currentWidget() is self._inspector
        if asked and not (self._passing and self._mode == "explore"):
            first = min(first, max(CODE_BESIDE_INSPECTOR, height - INSPECTOR_LEAST))
        self._added = 0
        if self._mode == "train":  # who types there has the same lines in view while an error comes and goes
            self._added = max(0, min(self._passing, height - self._beside_problem - first))
            first += self._added
        self.setSizes([first, height - first])

    def _share(self, height: int, scale: float) -> None:
        """The code can have ``height`` px at most: sliders move closer together where they would be out of sight otherwise."""
        self._code.leaves.share(max(0, height - self._code.header.height() - round(LEAST_EDITOR * scale)))

    @Slot()
    def _moved(self) -> None:
        sizes = self.sizes()
        if sum(sizes):
            self._chosen[self._mode] = min(0.9, max(0.1, (sizes[0] - self._added) / sum(sizes)))

    @Slot()
    def show_explanation(self) -> None:
        """Show what just happened, in place of the inspector."""
        self.story.setCurrentWidget(self._explanation)
        self.divide()

    @Slot()
    def show_inspector(self) -> None:
        """Show the inspector, in place of the explanation."""
        self.story.setCurrentWidget(self._inspector)
        self.divide()


def inspector_close_button(theme: ThemeManager) -> IconButton:
    """The button that brings the explanation back."""
    return IconButton(theme, "close", "Back to what just happened")
