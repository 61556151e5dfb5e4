"""The line above the transport buttons that says how to go on, until someone has done so."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.theme import ThemeManager
from gui.look.tones import font
from gui.panels.timeline.player import Player
from gui.session.settings import Settings

_SETTING = "hint/walk"


class WalkHint(QWidget):
    """``Press Space to play, or → for one operation``, the keys as caps. Gone for good once either has been done.

    It is not there while there is nothing to play. While the keyboard is in a text, which uses both keys itself, it begins with
    F6.
    """

    def __init__(self, theme: ThemeManager, player: Player, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._settings = settings
        self._new = self._possible = False
        space = QKeySequence(Qt.Key.Key_Space).toString(QKeySequence.SequenceFormat.NativeText) or "Space"
        self._leaving = (("Press", False), ("F6", True), ("to leave the text,", False))
        self._walking = (("Press", False), (space, True), ("to play, or", False), ("→", True), ("for one operation", False))
        self._parts: tuple[tuple[str, bool], ...] = self._walking
        self.setAccessibleName(" ".join(text for text, _ in self._parts))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()
        player.walked.connect(self._used)
        theme.changed.connect(self.restyle)
        self.restyle()
        settings.follow(_SETTING, self._obey)

    def _obey(self, choice: str) -> None:
        """Show it if the setting says that neither key has been used yet."""
        self._new = choice == "new"
        self.setVisible(self._new and self._possible)

    def set_possible(self, possible: bool) -> None:
        """Whether the keys that it names do something now."""
        self._possible = possible
        self.setVisible(self._new and possible)

    def set_typing(self, typing: bool) -> None:
        """Whether the keyboard is where Space and → are typed."""
        parts = (*self._leaving, *self._walking[1:]) if typing else self._walking
        if parts != self._parts:
            self._parts = parts
            self.setAccessibleName(" ".join(text for text, _ in parts))
            self.restyle()

    @Slot()
    def _used(self) -> None:
        self._settings.set_value(_SETTING, "used")

    @Slot()
    def restyle(self) -> None:
        self.resize(self.sizeHint())
        self.update()

    def _px(self) -> int:
        return max(11, round(12 * self._theme.scale))

    def _width(self, text: str, cap: bool) -> float:
        if cap:
            return font(max(11, self._px() - 1), 500)[1].horizontalAdvance(text) + 12
        return font(self._px())[1].horizontalAdvance(text)

    def sizeHint(self) -> QSize:
        width = sum(self._width(*part) + 6 for part in self._parts)
        return QSize(round(width), round(20 * max(1.0, self._theme.scale)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color, x = self._theme.color("text_2"), 0.0
        for text, cap in self._parts:
            width = self._width(text, cap)
            painter.setPen(color)
            if cap:
                frame = QRectF(x + 0.5, 1.5, width - 1, self.height() - 3)
                painter.setPen(QPen(self._theme.color("line_strong"), 1))
                painter.drawRoundedRect(frame, 4, 4)
                painter.setPen(color)
                painter.setFont(font(max(11, self._px() - 1), 500)[0])
                painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)
            else:
                painter.setFont(font(self._px())[0])
                painter.drawText(QRectF(x, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            x += width + 6
        painter.end()
