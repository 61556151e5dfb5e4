"""The left column: the code on top, below it what just happened, or the inspector in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from gui.settings import Settings
from gui.theme import ThemeManager
from gui.widgets import IconButton

_SHARES = {"explore": 0.40, "train": 0.55}
"""Part of the height that the code takes at first."""
STORY_LEAST = 150


class LeftColumn(QSplitter):
    """Code over explanation; each mode keeps its own division."""

    def __init__(
        self,
        code: QWidget,
        explanation: QWidget,
        inspector: QWidget,
        inspector_close: IconButton,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._settings = settings
        self._mode = "explore"
        self._inspector = inspector
        self._explanation = explanation
        self.story = QStackedWidget()
        self.story.addWidget(explanation)
        self.story.addWidget(inspector)
        self.story.setMinimumHeight(STORY_LEAST)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.addWidget(code)
        self.addWidget(self.story)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setFocusProxy(code)
        inspector_close.clicked.connect(self.show_explanation)
        self._shares = self._kept()
        self.splitterMoved.connect(self._moved)

    def _kept(self) -> dict[str, float]:
        shares = dict(_SHARES)
        for part in self._settings.value("window/left_column").split(","):
            mode, _, text = part.partition("=")
            if mode in shares and text.isdecimal() and 10 <= int(text) <= 90:
                shares[mode] = int(text) / 100
        return shares

    def save(self) -> None:
        """Remember the division of each mode."""
        text = ",".join(f"{mode}={round(100 * share)}" for mode, share in self._shares.items())
        self._settings.set_value("window/left_column", text)

    def set_mode(self, mode: str) -> None:
        """``explore`` or ``train``."""
        self._mode = mode
        self.divide()

    def divide(self) -> None:
        """Give code and explanation their shares of the height."""
        height = max(1, self.height() - self.handleWidth())
        first = round(height * self._shares[self._mode])
        self.setSizes([first, height - first])

    @Slot()
    def _moved(self) -> None:
        sizes = self.sizes()
        if sum(sizes):
            self._shares[self._mode] = min(0.9, max(0.1, sizes[0] / sum(sizes)))

    @Slot()
    def show_explanation(self) -> None:
        """What just happened, in place of the inspector."""
        self.story.setCurrentWidget(self._explanation)

    @Slot()
    def show_inspector(self) -> None:
        """The inspector, in place of the explanation."""
        self.story.setCurrentWidget(self._inspector)


def inspector_close_button(theme: ThemeManager) -> IconButton:
    """The button that brings the explanation back."""
    return IconButton(theme, "close", "Back to what just happened")
