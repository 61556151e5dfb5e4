"""How close the characters of a text stand: a little closer than usual where its longest line is a little too long."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.panels.code.editor.document import CodeDocument

SPACINGS = (100, 97, 94, 91, 88, 85, 82, 79, 76)
"""Percent of their usual width that characters may take, so that a line slightly too long for the column is not cut off."""
REST = 500
"""Milliseconds without a key or a slider's move after which the characters spread out again."""


class Spacing(QObject):
    """Decides for one view, and not at every key: characters that moved closer and apart while someone types would seem to jump.

    Signals
    -------
    settled()
        Typing or dragging has paused: ``fit`` may now give another answer.
    """

    settled = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.held = False
        """Whether the text should stay as it is although it could be looser now, because a slider is changing it."""
        self._typing = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._rested)

    def fit(self, document: CodeDocument, room: int) -> None:
        """Move the characters closer where the longest line does not fit ``room``; apart again only in a pause of typing."""
        needed = document.idealWidth()
        if room <= 0 or (needed <= room and document.spacing == 100):
            return
        if self._typing or (self.held and needed <= room):
            self._rest.start()
            return
        fitting = document.fitting(room, SPACINGS)
        if fitting is None:
            fitting = document.spacing if self.held else 100
        document.space(fitting)

    def begin_typing(self) -> None:
        """Someone is typing: the spacing stays until they pause."""
        self._typing = True
        self._rest.start()

    def end_typing(self) -> None:
        """What follows is not typed."""
        self._typing = False

    def settle(self) -> None:
        """Take the spacing that the text needs now."""
        self._rest.stop()
        self._rested()

    @Slot()
    def _rested(self) -> None:
        self._typing = False
        self.settled.emit()
