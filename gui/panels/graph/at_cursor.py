"""The state at the cursor on the canvas: what the next moment touches travels there, is brought into view, and has its legend."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication

from engine.recording import Recording
from gui.panels.graph.canvas.canvas import Canvas
from gui.panels.graph.canvas.overlays import legend_entries
from gui.panels.graph.following import Following
from gui.panels.graph.metrics import detail
from gui.panels.graph.scene.scene import GraphScene
from gui.session.session import Session

_LOOKED_BACK = 500
"""How many moments before and behind the cursor are asked for what they moved."""


def _no_travel() -> int:
    return 0


class AtCursor(QObject):
    """Follows the session's cursor."""

    def __init__(
        self, session: Session, scene: GraphScene, canvas: Canvas, reduced_motion: Callable[[], bool], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._scene, self._canvas = session, scene, canvas
        self._reduced_motion = reduced_motion
        self._shown: tuple[Recording | None, int] = (None, 0)
        self.travel: Callable[[], int] = _no_travel
        """How many ms a value travels along an edge when the cursor moves on by one moment; 0: nothing moves."""
        self.following = Following(canvas, scene, self.moving, self._before, self)
        session.cursor_changed.connect(self._cursor_changed)
        canvas.view.camera.moved.connect(self._show_legend)

    @Slot()
    def _cursor_changed(self) -> None:
        """One moment on, things travel; any other move, and one with a mouse button held (scrubbing), shows the final state."""
        recording, cursor = self._shown
        onward = recording is self._session.recording and self._session.cursor == cursor + 1
        held = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        far = detail(self._canvas.view.camera.zoom) == "dot" and not self._reduced_motion()
        if recording is not self._session.recording or abs(self._session.cursor - cursor) > 1:
            self.following.jump()
        else:
            self.following.step()
        self._show(self.travel() if onward and not held and not far and self._canvas.isVisible() else None)

    def moving(self) -> list[str]:
        """The shown cards that move at this moment; before the first, those that will move first."""
        state, view, recording = self._session.shown.state, self._session.shown.view, self._session.recording
        if state is None:
            return []
        touched = list(state.touched)
        if not touched and state.cursor == 0 and view is not None and recording is not None and recording.end:
            touched = [shown for card in recording.state(1).touched if (shown := view.card(card)) is not None]
        return [card for card in touched if self._scene.has_card(card)]

    def _before(self) -> list[str]:
        """The shown cards that moved last before this moment, which may move only what an optimizer computes."""
        view, recording, cursor = self._session.shown.view, self._session.recording, self._session.cursor
        if view is None or recording is None:
            return []
        for at in range(cursor - 1, max(0, cursor - _LOOKED_BACK), -1):
            found = [shown for card in recording.state(at).touched if (shown := view.card_at(card, at)) is not None]
            found = [card for card in found if self._scene.has_card(card)]
            if found:
                return found
        return []

    def coming(self) -> list[str]:
        """The shown cards that going on will move next: the next moments may move only what an optimizer computes."""
        view, recording, cursor = self._session.shown.view, self._session.recording, self._session.cursor
        if view is None or recording is None:
            return []
        for at in range(cursor + 1, min(recording.end, cursor + _LOOKED_BACK) + 1):
            found = [shown for card in recording.state(at).touched if (shown := view.card_at(card, at)) is not None]
            found = [card for card in dict.fromkeys(found) if self._scene.has_card(card)]
            if found:
                return found
        return []

    def show_still(self) -> None:
        """Show the session's state; nothing moves."""
        self._show(None)

    def _show(self, travel_ms: int | None) -> None:
        """Show the session's state; with ``travel_ms`` it is the one right after the state shown."""
        self._shown = (self._session.recording, self._session.cursor)
        state = self._session.shown.state
        if state is None:
            return
        if travel_ms is None:
            self._scene.set_state(state)
        else:
            self._scene.step_to(state, travel_ms)
        minimap = self._canvas.over.minimap
        if minimap.isVisible():
            minimap.renew()
        self._show_legend()

    @Slot()
    def _show_legend(self) -> None:
        """Name the lines that are in view."""
        cards, edges = self._scene.in_view.items()
        entries = legend_entries([item.state for item in cards], [item.state for item in edges])
        legend = self._canvas.over.legend
        if entries != legend.entries:
            legend.set_entries(entries)
            self._canvas.arrangement.place()
