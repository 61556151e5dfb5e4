"""Predict, then reveal: holds each step up before a gradient arrives, asks for it, and lets the step happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from engine.explain.predictions import Answer, Question, check_answer, next_question
from engine.recording import Recording
from gui.session.session import Session


class Stepper(Protocol):
    """The part of the player that is needed here."""

    gate: Callable[[int, int], int] | None

    def seek(self, cursor: int) -> None: ...

    def step(self, direction: int = 1) -> None: ...


class Asking(QObject):
    """What is asked now, and what came of the last answer. If anything else moves the cursor, the question is withdrawn.

    It is the player's ``gate``; the player's ``held`` belongs to ``ask``.

    Signals
    -------
    changed()
        ``question`` or ``answer`` changed.
    """

    changed = Signal()

    def __init__(self, session: Session, player: Stepper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._player = player
        self._recording: Recording | None = None
        self._revealed: Answer | None = None
        self.on = False
        self.question: Question | None = None
        """The step that it asks for has not happened; with an ``answer`` that was understood, it just has."""
        self.answer: Answer | None = None
        player.gate = self._gate
        session.cursor_changed.connect(self._cursor_changed)
        session.recording_changed.connect(self.withdraw)
        session.mode_changed.connect(self.withdraw)

    @property
    def open(self) -> bool:
        """Whether a question waits for its answer."""
        return self.question is not None and (self.answer is None or self.answer.said is None)

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """Ask from now on, or stop asking."""
        self.on = on
        self._show(None)

    @Slot(str)
    def check(self, text: str) -> None:
        """Compare ``text`` with the recording. If it is an answer, the step happens; if not, ``answer`` says what to write."""
        if self.question is None or self._recording is None or not self.open:
            return
        answer = check_answer(self._recording, self.question.cursor, text)
        if answer.said is None:
            self._show(self.question, answer)
            return
        self._revealed = answer
        try:
            self._player.seek(self.question.cursor + 1)
        finally:
            self._revealed = None

    @Slot()
    def skip(self) -> None:
        """Let the step happen without an answer."""
        if self.question is not None and self.open:
            self._player.seek(self.question.cursor + 1)

    @Slot()
    def withdraw(self) -> None:
        """Ask nothing, reveal nothing."""
        self._show(None)

    def _gate(self, cursor: int, target: int) -> int:
        """A step on from an open question passes over it."""
        recording = self._session.recording
        if not self.on or recording is None:
            return target
        passed = self.question is not None and self.open and self.question.cursor == cursor
        found = next_question(recording, cursor + 1 if passed else cursor, target)
        return target if found is None else found.cursor

    @Slot()
    def ask(self) -> None:
        """A step was held up at the cursor: ask for what comes next."""
        recording, cursor = self._session.recording, self._session.cursor
        if recording is not None:
            self._recording = recording
            self._show(next_question(recording, cursor, cursor + 1))

    @Slot()
    def _cursor_changed(self) -> None:
        self._show(self.question if self._revealed is not None else None, self._revealed)

    def _show(self, question: Question | None, answer: Answer | None = None) -> None:
        before = (self.question, self.answer)
        self.question, self.answer = question, answer
        hidden = (question.card or question.edge) if question is not None and self.open else None
        self._session.set_guess(self.on, hidden)
        if before != (question, answer):
            self.changed.emit()
