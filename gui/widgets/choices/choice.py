"""What every choice of a few words has in common: one is chosen, by a click or by arrow keys that walk along them."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from gui.look.theme import ThemeManager

_ALONG = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_UP_AND_DOWN = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Word(QRadioButton):
    """One of the words; a radio button to keyboards and screen readers. Its look is its subclass's.

    Signals
    -------
    walked(int)
        An arrow key asks for the next (+1) or previous (-1) word.
    """

    walked = Signal(int)
    KEYS: ClassVar[dict[Qt.Key, int]] = _ALONG | _UP_AND_DOWN

    def __init__(self, text: str, theme: ThemeManager, wide: QSizePolicy.Policy, high: QSizePolicy.Policy) -> None:
        super().__init__(text)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(wide, high)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = self.KEYS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.walked.emit(step)


class WordAlong(Word):
    """A word that only the arrows along its row leave."""

    KEYS = _ALONG


_W = TypeVar("_W", bound=Word)


class Choice(QWidget, Generic[_W]):
    """Words of which one is chosen; only that one is a stop for Tab.

    Signals
    -------
    chosen(str)
        The user chose the entry with this id; never for ``set_current``.
    """

    chosen = Signal(str)
    ROUND: ClassVar[bool] = False
    """Whether arrow keys go on from the last word to the first."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.words: dict[str, _W] = {}
        self._current = ""

    def _add(self, key: str, word: _W) -> _W:
        """Take in a word, which the subclass places; the first one is chosen."""
        self.words[key] = word
        word.clicked.connect(self._clicked)
        word.walked.connect(self._walk)
        if len(self.words) == 1:
            self._current = key
        return word

    def current(self) -> str:
        """Id of the chosen entry."""
        return self._current

    def set_current(self, key: str) -> None:
        """Choose the entry ``key`` without a signal. Raises KeyError for an unknown one."""
        chosen = self.words[key]
        self._current = key
        chosen.setChecked(True)
        for word in self.words.values():
            word.setFocusPolicy(Qt.FocusPolicy.TabFocus if word is chosen else Qt.FocusPolicy.NoFocus)

    def choose_none(self) -> None:
        """Choose no entry, without a signal; Tab stops at the first."""
        self._current = ""
        for number, word in enumerate(self.words.values()):
            word.setAutoExclusive(False)
            word.setChecked(False)
            word.setAutoExclusive(True)
            word.setFocusPolicy(Qt.FocusPolicy.NoFocus if number else Qt.FocusPolicy.TabFocus)

    def _choose(self, key: str) -> None:
        if key != self._current:
            self.set_current(key)
            self.chosen.emit(key)

    @Slot()
    def _clicked(self) -> None:
        self._choose(next(key for key, word in self.words.items() if word.isChecked()))

    @Slot(int)
    def _walk(self, step: int) -> None:
        keys = list(self.words)
        to = keys.index(self._current) + step if self._current else 0
        self._choose(keys[to % len(keys) if self.ROUND else min(max(to, 0), len(keys) - 1)])
        self.words[self._current].setFocus(Qt.FocusReason.TabFocusReason)
