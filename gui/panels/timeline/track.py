"""The timeline of operations: phases, cells, labels and the playhead, painted as one widget."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.graph.labels import PhaseSpan, moment_label, phases, step_target
from engine.recording import Recording
from gui.look.theme import ThemeManager
from gui.panels.timeline.layout import TrackLayout, near_start
from gui.panels.timeline.painting import TrackPainter
from gui.panels.timeline.player import Player
from gui.session.selection import Hover
from gui.session.session import Session
from gui.widgets.basic import paint_focus_ring

MARGIN = 12
"""Space in px left and right of the cells, for the playhead's handle and the labels of the outermost cells."""


class Track(QWidget):
    """Shows where the cursor stands; a press or drag moves it, one ``seek`` per mouse event.

    Signals
    -------
    sought(int)
        The user wants the cursor there.
    """

    sought = Signal(int)

    def __init__(self, session: Session, theme: ThemeManager, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._player = player
        self._recording: Recording | None = None
        self._phases: tuple[PhaseSpan, ...] = ()
        self._layout = TrackLayout((), 0, 0.0)
        self._key: tuple[object, ...] = ()
        self._dragging = False
        self._hovered: Sequence[int] = ()
        self.position_shown = True
        """Whether the written position stands at the right end; off where the row of epochs writes it."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Timeline")
        self.setMinimumWidth(160)
        self.sought.connect(player.seek)
        session.recording_changed.connect(self._recording_arrived)
        session.cursor_changed.connect(self._cursor_moved)
        session.pointed.hover_changed.connect(self._hover_changed)
        theme.changed.connect(self._restyled)
        self._recording_arrived()

    # What is shown -----------------------------------------------------------------------------------------------

    @property
    def position_text(self) -> str:
        """``9 of 11``."""
        total = self._layout.total
        return f"{self._session.cursor:,} of {total:,}" if total else ""

    @property
    def spoken(self) -> str:
        """What a screen reader says: position, phase, and the operation just finished."""
        recording, cursor = self._recording, self._session.cursor
        if recording is None or not self._phases:
            return "no operations yet"
        if cursor == 0:
            return f"{self.position_text}, at the start"
        span = self._phases[self._layout.phase_of(cursor - 1)]
        label = moment_label(recording, cursor - 1).to_plain()
        return f"{self.position_text}, {span.title} {span.done(cursor):,} of {span.count:,}, {label}"

    def placement(self) -> TrackLayout:
        """Where everything stands now; kept while a drag lasts, so that the playhead stays under the pointer."""
        recording = self._session.recording
        if recording is not self._recording:
            self._take(recording)
        width = float(max(0, self.width() - 2 * MARGIN))
        total = self._phases[-1].end if self._phases else 0
        first = near_start(self._session.cursor, total)
        if self._dragging and self._key[:1] == (id(self._recording),):
            return self._layout
        key = (id(self._recording), width, first, self._theme.scale)
        if key != self._key:
            cell = min(64.0 * self._theme.scale, width / 16)
            self._layout = TrackLayout(self._phases, first, width, cell)
            self._key = key
        return self._layout

    def _take(self, recording: Recording | None) -> None:
        self._recording = recording
        self._phases = phases(recording) if recording is not None else ()
        self._key = ()
        self._dragging = False

    @Slot()
    def _recording_arrived(self) -> None:
        if self._session.recording is not self._recording:
            self._take(self._session.recording)
        self._hover_changed()
        self._cursor_moved()

    @Slot()
    def _cursor_moved(self) -> None:
        self.placement()
        self.setAccessibleDescription(self.spoken)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    @Slot()
    def _restyled(self) -> None:
        self._key = ()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(640, 104)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._key = ()
        super().resizeEvent(event)

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout = self.placement()
        brush = TrackPainter(painter, self._theme, QRectF(self.rect()), MARGIN)
        if self._recording is None or not layout.segments:
            brush.empty("no operations yet")
        else:
            position = self.position_text if self.position_shown else ""
            brush.paint(self._recording, layout, self._session.cursor, self._hovered, position)
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()).adjusted(1, 4, -1, -4), self._theme.color("focus"))
        painter.end()

    # Mouse -------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.placement().segments:
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._dragging = True
        self._session.pointed.hover(Hover())
        self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._seek(event)
            return
        links, moment = self._session.links, self.moment_at(event.position().toPoint())
        if links is None or moment < 0:
            self._session.pointed.hover(Hover())
        else:
            self._session.pointed.hover(Hover(links.card_of(moment), None, moment))

    @Slot()
    def _hover_changed(self) -> None:
        """Mark the cell under the mouse, or the cells of what it rests on elsewhere."""
        links, hovered = self._session.links, self._session.pointed.hovered
        moments: Sequence[int] = ()
        if hovered.moment is not None:
            moments = (hovered.moment,)
        elif links is not None:
            moments = links.moments_of(hovered.card or hovered.edge)
        if moments != self._hovered:
            self._hovered = moments
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._session.pointed.hover(Hover())

    def _seek(self, event: QMouseEvent) -> None:
        self.sought.emit(self.placement().cursor_at(event.position().x() - MARGIN))

    def moment_at(self, point: QPoint) -> int:
        """The moment whose cell, bar or label is at ``point``; -1 where there is none."""
        layout = self.placement()
        x = point.x() - MARGIN
        if not layout.segments or not 0 <= x <= layout.width:
            return -1
        return layout.moment_at(x)

    def tooltip(self, moment: int) -> str:
        """What the tooltip of moment number ``moment`` says."""
        if self._recording is None or moment < 0:
            return ""
        span = self._phases[self.placement().phase_of(moment)]
        label = moment_label(self._recording, moment).to_plain()
        return f"{moment + 1:,} of {self._layout.total:,} · {span.title} · {label}"

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.tooltip(self.moment_at(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _own(event):
            event.accept()
            return True
        return super().event(event)

    # Keyboard ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        recording = self._session.recording
        if recording is None or not _own(event):
            super().keyPressEvent(event)
            return
        key = event.key()
        if key == Qt.Key.Key_Home:
            self._player.first()
        elif key == Qt.Key.Key_End:
            self._player.last()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._player.phase(1 if key == Qt.Key.Key_PageDown else -1)
        else:
            direction = 1 if key == Qt.Key.Key_Right else -1
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._player.phase(direction)
            else:
                self.sought.emit(step_target(recording, self._session.cursor, "operation", direction))


def _own(event: QKeyEvent) -> bool:
    """Whether the timeline itself acts on this key when it has the focus."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        return modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
    keys = (Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
    return event.key() in keys and modifiers == Qt.KeyboardModifier.NoModifier
