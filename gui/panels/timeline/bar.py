"""The transport bar at the foot of the window: player, speed, size of a move, the next operation, and the timeline."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.look.style import control_height
from gui.look.theme import ThemeManager
from gui.panels.timeline.buttons import TransportButton
from gui.panels.timeline.choices import Choices
from gui.panels.timeline.epochs import EpochRow
from gui.panels.timeline.hint import WalkHint
from gui.panels.timeline.next_button import NextButton
from gui.panels.timeline.pace import EPOCH, GRANULARITIES, INSTANT, SPEEDS
from gui.panels.timeline.player import FIRST_EPOCH, LAST_EPOCH, Player
from gui.panels.timeline.track import Track
from gui.session.session import Session
from gui.widgets import ComboBox, FlatButton, Toggle, VerticalHairline

_MOVES = {"operation": "an operation", "line": "a source line", "phase": "a phase", EPOCH: "an epoch"}
HEIGHT = 104
HEIGHT_WITH_EPOCHS = 136
TRACK_LEAST = 320
"""Px of the timeline below which it needs the room of the boxes for speed and size of a move: these become a menu."""
_GAPS = 90
"""Px between the parts of the bar."""
_COMPACT_BELOW = 1360
"""Width in px at 100 % font scale under which the Next button shortens."""


class TransportBar(QWidget):
    """Everything that moves the cursor. Calm and disabled while there is nothing to walk through.

    Signals
    -------
    predict_toggled(bool)
        The user wants to guess gradients before they are shown.
    epoch_chosen(int)
        The user picked another epoch in the row of epochs, from 1.
    """

    predict_toggled = Signal(bool)
    epoch_chosen = Signal(int)

    def __init__(self, session: Session, theme: ThemeManager, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._player = player
        self.first = TransportButton(theme, "first", "To the start", "Home")
        self.back = TransportButton(theme, "back", "One operation back", "←")
        self.play = TransportButton(theme, "play", "Play", "Space", primary=True)
        self.forward = TransportButton(theme, "forward", "One operation forward", "→")
        self.last = TransportButton(theme, "last", "To the end", "End")
        self.speed = self._speed_box()
        self.granularity = self._granularity_box()
        self.choices = FlatButton(theme, "pace", "", "Speed, and how far → and ← move")
        self.choices.setMenu(Choices((self.speed, self.granularity), self))
        self.choices.setPopupMode(FlatButton.ToolButtonPopupMode.InstantPopup)
        self.choices.hide()
        self.next = NextButton(session, theme, player)
        self.predict = Toggle("Predict", theme, "Guess each gradient before it is shown")
        self.track = Track(session, theme, player)
        self.hint = WalkHint(theme, player, session.settings, self)
        self.epochs = EpochRow(theme)
        self.epochs.hide()
        self._build()
        self._name_parts()
        self._connect()
        self.restyle()
        self._refresh()

    def _speed_box(self) -> ComboBox:
        box = ComboBox(self._theme)
        for speed in SPEEDS:
            box.addItem(f"{speed:g}×", speed)
        box.addItem("instant", INSTANT)
        box.setCurrentIndex(box.findData(self._player.pace.speed))
        box.setAccessibleName("Speed")
        box.setToolTip("Playback speed; instant goes to the end at once")
        return box

    def _granularity_box(self) -> ComboBox:
        box = ComboBox(self._theme)
        for granularity in GRANULARITIES:
            box.addItem(granularity, granularity)
        box.setAccessibleName("Move by")
        return box

    def _name_parts(self) -> None:
        """Tooltips that depend on whether there are epochs."""
        ways = [_MOVES[self.granularity.itemData(row)] for row in range(self.granularity.count())]
        self.granularity.setToolTip(f"How far → and ← move: {', '.join(ways[:-1])} or {ways[-1]}")
        of = "" if self.epochs.isHidden() else " of the epoch"
        self.first.set_glyph("first", f"To the start{of}", "Home")
        self.last.set_glyph("last", f"To the end{of}", "End")

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 0, 0)
        row.setSpacing(2)
        for button in (self.first, self.back, self.play, self.forward, self.last):
            if button is self.play:
                row.addSpacing(4)
            row.addWidget(button)
            if button is self.play:
                row.addSpacing(4)
        row.addWidget(VerticalHairline(self._theme, 24))
        row.addWidget(self.speed)
        row.addSpacing(6)
        row.addWidget(self.granularity)
        row.addWidget(self.choices)
        row.addSpacing(10)
        row.addWidget(self.next)
        row.addSpacing(6)
        row.addWidget(self.predict)
        row.addSpacing(10)
        lines = QVBoxLayout()
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.epochs)
        lines.addWidget(self.track, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 1, 12, 0)
        whole.setSpacing(0)
        whole.addLayout(row)
        whole.addLayout(lines, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Transport")

    def _connect(self) -> None:
        player = self._player
        self.first.clicked.connect(player.first)
        self.back.clicked.connect(self._step_back)
        self.play.clicked.connect(player.toggle)
        self.forward.clicked.connect(self._step_forward)
        self.last.clicked.connect(player.last)
        self.speed.activated.connect(self._speed_chosen)
        self.granularity.activated.connect(self._granularity_chosen)
        self.predict.toggled.connect(self.predict_toggled)
        self.epochs.epoch_chosen.connect(self.epoch_chosen)
        player.playing_changed.connect(self._refresh)
        player.pace.speed_changed.connect(self._refresh)
        player.pace.granularity_changed.connect(self._refresh)
        player.neighbours_changed.connect(self._refresh)
        self._session.cursor_changed.connect(self._refresh)
        self._session.recording_changed.connect(self._refresh)
        self._theme.changed.connect(self.restyle)

    def set_epochs_visible(self, visible: bool) -> None:
        """Show the row of epochs and offer to move by ``epoch`` (training), or neither."""
        if visible == (not self.epochs.isHidden()):
            return
        self.epochs.setVisible(visible)
        self.track.position_shown = not visible
        if visible:
            self.granularity.addItem(EPOCH, EPOCH)
        else:
            self.granularity.removeItem(self.granularity.findData(EPOCH))
            if self._player.pace.by_epochs:
                self._player.pace.set_granularity("operation")
        self._name_parts()
        self.restyle()
        self._refresh()

    @Slot()
    def restyle(self) -> None:
        scale = self._theme.scale
        height = HEIGHT if self.epochs.isHidden() else HEIGHT_WITH_EPOCHS
        self.setFixedHeight(control_height(height, scale))
        self.speed.setFixedWidth(round(86 * max(1.0, scale)))
        self.granularity.setFixedWidth(round(104 * max(1.0, scale)))
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(1180, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        self.hint.move(24, max(2, (self.play.y() - self.hint.height()) // 2))
        self.next.set_compact(self.width() < _COMPACT_BELOW * self._theme.scale)
        beside = sum(part.sizeHint().width() for part in (self.first, self.back, self.play, self.forward, self.last))
        beside += self.speed.minimumWidth() + self.granularity.minimumWidth() + self.next.sizeHint().width()
        narrow = self.width() - beside - self.predict.sizeHint().width() - _GAPS < TRACK_LEAST
        for box in (self.speed, self.granularity):
            box.setVisible(not narrow)
        self.choices.setVisible(narrow)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.color("line"))
        painter.end()

    @Slot()
    def _step_back(self) -> None:
        self._player.step(-1)

    @Slot()
    def _step_forward(self) -> None:
        self._player.step(1)

    @Slot(int)
    def _speed_chosen(self, index: int) -> None:
        self._player.pace.set_speed(self.speed.itemData(index))

    @Slot(int)
    def _granularity_chosen(self, index: int) -> None:
        self._player.pace.set_granularity(self.granularity.itemData(index))

    @Slot()
    def _refresh(self) -> None:
        player, session = self._player, self._session
        epochs = player.pace.by_epochs
        can = player.can_step
        self.first.setEnabled(can and session.cursor > 0)
        self.back.setEnabled(player.can_go(-1))
        self.forward.setEnabled(player.can_go(1))
        crosses = player.crosses or epochs
        self.back.set_reason(FIRST_EPOCH if crosses and not player.epoch_before and not player.can_go(-1) else "")
        ended = crosses and not player.epoch_after and not player.can_go(1)
        self.forward.set_reason(LAST_EPOCH if ended else "")
        self.last.setEnabled(can and not player.at_end)
        self.play.setEnabled((can or epochs) and not ended)
        self.hint.set_possible(can or epochs)
        for box in (self.speed, self.granularity, self.choices, self.predict):
            box.setEnabled(can or epochs)
        name = "Pause" if player.playing else "Play from the start" if player.at_end and can and not player.crosses else "Play"
        self.play.set_glyph("pause" if player.playing else "play", name, "Space")
        self.play.set_reason(LAST_EPOCH if ended else "")
        self.speed.setCurrentIndex(self.speed.findData(player.pace.speed))
        self.granularity.setCurrentIndex(max(0, self.granularity.findData(player.pace.granularity)))
        self.track.setFocusPolicy(Qt.FocusPolicy.StrongFocus if can else Qt.FocusPolicy.NoFocus)
        self.epochs.set_note(f"operation {self.track.position_text}" if can else "")
