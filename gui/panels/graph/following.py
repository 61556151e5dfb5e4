"""What runs stays in view, unless the person looks elsewhere: then a bar says so, and its button follows again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from gui.panels.graph.canvas.canvas import Canvas
from gui.panels.graph.scene.scene import GraphScene


class Following(QObject):
    """Brings the cards of the moment into view of one canvas: those that ``moving`` gives, else those that ``before`` gives."""

    def __init__(
        self,
        canvas: Canvas,
        scene: GraphScene,
        moving: Callable[[], list[str]],
        before: Callable[[], list[str]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._scene, self._moving, self._before = canvas, scene, moving, before
        self._last: list[str] = []
        """The cards that were brought into view last."""
        self._bar = canvas.over.elsewhere
        self._bar.show_text("What runs is not in view")
        self._bar.back.clicked.connect(self.again)
        canvas.view.camera.taken.connect(self._taken)
        canvas.fitting.fitted.connect(self._forget)
        canvas.fitting.start_shown.connect(self._forget)

    @property
    def away(self) -> bool:
        """Whether the person looks elsewhere."""
        return self._canvas.over.is_shown(self._bar)

    @Slot()
    def again(self) -> None:
        """Bring what runs into view, and follow it from now on."""
        self._set_away(False)
        self._canvas.view.reveal.cards(self._running())
        self._canvas.view.setFocus()

    def step(self) -> None:
        """The cursor moved on or back by one moment."""
        self._follow(self._moving())

    def jump(self) -> None:
        """The cursor moved far: what moved last may be anywhere, though nothing that is shown moves now."""
        self._follow(self._moving() or self._before())

    def _running(self) -> list[str]:
        """What moves now, else what moved last."""
        self._last = self._moving() or [card for card in self._last if self._scene.has_card(card)] or self._before()
        return self._last

    def _follow(self, cards: list[str]) -> None:
        self._last = cards or self._last
        if self.away and not self._sees(cards):
            return
        self._set_away(False)
        self._canvas.view.reveal.cards(cards)

    def _sees(self, cards: list[str]) -> bool:
        seen = self._canvas.view.camera.seen()
        return any(seen.intersects(self._scene.places.frame(card)) for card in cards)

    @Slot()
    def _taken(self) -> None:
        """The person moved the view: away from what runs, or back to it."""
        cards = self._running()
        self._set_away(bool(cards) and not self._sees(cards))

    @Slot()
    def _forget(self) -> None:
        self._set_away(False)

    def _set_away(self, away: bool) -> None:
        if away != self.away:
            self._bar.setVisible(away)
            self._canvas.arrangement.place()
