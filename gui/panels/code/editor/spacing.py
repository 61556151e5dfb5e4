"""How close the characters of a text stand: a little closer than usual where its longest line is a little too long."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.panels.code.editor.document import CodeDocument

SPACINGS = (100, 97, 94, 91, 88, 85, 82, 79, 76)
"""Percent of their usual width that characters may take, so that a line a little too long for the column is not cut."""
REST = 500
"""Milliseconds without a key or a slider's move after which characters take the room that they have."""


class Spacing(QObject):
    """Decides for one view. Under the hand, characters that moved together, or apart, at each key would jump.

    Signals
    -------
    settled()
        The hands rest: ``fit`` may give another answer now.
    """

    settled = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.held = False
        """Whether the text should stay as it is although it could be looser now: a slider moves it."""
        self._typing = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._rested)

    def fit(self, document: CodeDocument, room: int) -> None:
        """Move the characters a little together where the longest line has not the ``room``; apart again not under the hand."""
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
        """Someone types: it stays until the hands rest."""
        self._typing = True
        self._rest.start()

    def end_typing(self) -> None:
        """What comes next is not typed."""
        self._typing = False

    def settle(self) -> None:
        """Take the spacing that the text needs now."""
        self._rest.stop()
        self._rested()

    @Slot()
    def _rested(self) -> None:
        self._typing = False
        self.settled.emit()
