"""Which part of a file's graph was in view when it was left: zoom, place and selected card, so that it opens there again."""

from __future__ import annotations

import json

from PySide6.QtCore import QObject, QPoint, QTimer, Slot

from gui.documents.places import MOST
from gui.session.selection import Selection
from gui.window.parts import Parts

REST = 400
"""Milliseconds after which the shown view counts as the current place."""
_FAR = 100_000


class LeftViews(QObject):
    """Follows the graph of ``window``. A view that the user did not choose, the whole graph or its start, is not kept."""

    def __init__(self, window: Parts) -> None:
        super().__init__(window)
        self._window, self._session, self._graph = window, window.session, window.graph
        self._pending: dict[str, object] | None = None
        """The view to show again once the graph is placed; a better placement may follow."""
        self._returned = False
        """Whether it has been shown again; once that has settled, it is the current view."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self.remember)
        self._graph.view.camera.moved.connect(self._rest.start)
        self._session.pointed.selection_changed.connect(self._rest.start)
        self._session.opened_changed.connect(self._entered)
        self._session.text_replaced.connect(self._entered)
        self._graph.placed.connect(self._show)

    def _path(self) -> str:
        """The file of what the graph shows; empty if it has none, or is not shown yet."""
        subject, recording = self._session.subject, self._session.recording
        if recording is None or self._graph.scene.graph is None:
            return ""
        if subject.opened is not None:
            return subject.opened.path
        path = self._window.documents.path
        current = subject.editable and not self._session.stale and recording.text == self._session.text
        return str(path) if path is not None and current else ""

    @Slot()
    def _entered(self) -> None:
        self._rest.stop()
        subject, path = self._session.subject, self._window.documents.path
        name = subject.opened.path if subject.opened is not None else "" if path is None else str(path)
        self._pending = next((entry for entry in self._kept() if name and entry.get("path") == name), None)
        self._returned = False

    def _kept(self) -> list[dict[str, object]]:
        found = []
        for text in self._window.settings.value("left_views"):
            try:
                entry = json.loads(text)
            except ValueError:
                continue
            if isinstance(entry, dict):
                found.append(entry)
        return found

    @Slot()
    def remember(self) -> None:
        """Keep the view of a file, if the user chose it."""
        self._rest.stop()
        path, view, scene = self._path(), self._graph.view, self._graph.scene
        if not path or (self._pending is not None and not self._returned):
            return
        self._pending = None
        entry: dict[str, object] = {"path": path}
        selected = self._session.pointed.selection.card
        if selected is not None:
            entry["selected"] = selected
        if view.camera.user_zoomed and scene.crowd is None and scene.cards:
            middle = view.viewport().rect().center()
            spots = {name: view.mapFromScene(scene.places.goal(name)) - middle for name in scene.cards}
            name = min(spots, key=lambda one: spots[one].manhattanLength())
            entry |= {"zoom": round(view.camera.zoom, 4), "card": name, "x": spots[name].x(), "y": spots[name].y()}
        others = [json.dumps(old) for old in self._kept() if old.get("path") != path]
        self._window.settings.set_value("left_views", ([json.dumps(entry)] if len(entry) > 1 else []) + others[: MOST - 1])

    @Slot()
    def _show(self) -> None:
        """Once the graph is placed, go back to the last view, unless the user went elsewhere."""
        entry, view, scene = self._pending, self._graph.view, self._graph.scene
        if entry is None or self._path() != entry["path"]:
            return
        zoom, card, x, y = (entry.get(key) for key in ("zoom", "card", "x", "y"))
        numbers = all(isinstance(number, (int, float)) and abs(number) < _FAR for number in (zoom, x, y))
        if numbers and isinstance(card, str) and scene.has_card(card):
            view.camera.zoom_to(float(zoom))  # type: ignore[arg-type]
            view.camera.hold(scene.places.goal(card), view.viewport().rect().center() + QPoint(int(x), int(y)))  # type: ignore[call-overload]
        if not self._returned and isinstance(entry.get("selected"), str) and scene.has_card(str(entry["selected"])):
            self._session.pointed.select(Selection(card=str(entry["selected"])))
        self._returned = True
