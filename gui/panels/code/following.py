"""Keeps the code in step with the cursor: the line that runs, its exact text, what the mouse rests on, and clicks that jump."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.graph.labels import tone_of
from engine.recording import Recording
from engine.tables import Moment, Span
from gui.panels.code.editor.editor import CodeEditor
from gui.panels.code.editor.pointing import Pointing
from gui.session.selection import Hover
from gui.session.session import Session

SLIDER_WAIT = 200
"""Milliseconds that marks stay while a slider's new text has yet to run: usually it has run within a frame."""


def _known(recording: Recording | None) -> Callable[[], Recording | None]:
    """What tells it again, and does not keep it: a long one that is not shown any more gives its memory back."""
    return (lambda: None) if recording is None else weakref.ref(recording)


def takes_keys(editor: CodeEditor) -> bool:
    """Whether somebody may be typing in it."""
    return editor.hasFocus() and not editor.isReadOnly()


class Following(QObject):
    """Marks the editor after the session; all marks are about a recording of exactly the text that is shown.

    Signals
    -------
    line_changed()
        ``line`` changed.
    line_shown(int)
        The cursor moved and this line (from 1) should be in view.
    """

    line_changed = Signal()
    line_shown = Signal(int)

    def __init__(self, session: Session, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._session, self._editor = session, editor
        self.line = 0
        """The line that ran last, from 1; 0 before the first and while the text has moved on."""
        self._selection_wins = False
        self._seen = _known(session.recording)
        self._pointing = Pointing(editor)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SLIDER_WAIT)
        self._wait.timeout.connect(self.refresh)
        self._pointing.rested.connect(self._rested)
        self._pointing.clicked.connect(self._clicked)
        editor.line_clicked.connect(self._line_clicked)
        session.cursor_changed.connect(self._cursor_changed)
        session.recording_changed.connect(self._recording_changed)
        session.pointed.selection_changed.connect(self._selection_changed)
        session.pointed.hover_changed.connect(self._show_hover)
        session.text_changed.connect(self._text_changed)

    # Marks -------------------------------------------------------------------------------------------------------

    def applies(self) -> bool:
        """Whether the recording belongs to the text that is shown."""
        recording = self._session.recording
        if recording is None:
            return False
        if self._editor.code is self._editor.user_document:
            return recording.text == self._session.text
        return recording.text.rstrip("\n") == self._editor.toPlainText().rstrip("\n")

    def _moment(self) -> Moment | None:
        recording, cursor = self._session.recording, self._session.cursor
        return recording.moments[cursor - 1] if recording is not None and 0 < cursor <= recording.end else None

    @Slot()
    def refresh(self) -> None:
        """Mark what belongs to the session's cursor, selection and hover."""
        self._wait.stop()
        applies = self.applies()
        moment = self._moment() if applies else None
        span = moment.span if moment is not None else None
        phase = None if moment is None else tone_of(moment)
        line = span.line if span is not None else 0
        self._editor.mark_line(line, phase if line else None)
        self._mark_next(line if applies else None)
        chosen = self._chosen_span() if applies and self._selection_wins else None
        if chosen is not None:
            self._editor.mark_span(chosen, "forward")
        else:
            self._editor.mark_span(span, phase)
        self._show_hover()
        if line != self.line:
            self.line = line
            self.line_changed.emit()

    def _mark_next(self, running: int | None) -> None:
        """Mark the line of the operation that comes next, unless it is the line that is running; None: the text has moved on."""
        recording, cursor = self._session.recording, self._session.cursor
        coming = recording.moments[cursor] if recording is not None and running is not None and cursor < recording.end else None
        span = coming.span if coming is not None else None
        shown = coming is not None and span is not None and span.line != running
        self._editor.mark_next(span.line if shown and span else 0, tone_of(coming) if shown and coming else None)

    def _chosen_span(self) -> Span | None:
        links, selection = self._session.links, self._session.pointed.selection
        return None if links is None else links.span_of(selection.card or selection.edge)

    @Slot()
    def _show_hover(self) -> None:
        links, hovered = self._session.links, self._session.pointed.hovered
        span = None
        if links is not None and hovered != Hover() and self.applies():
            at_moment = links.span_at(hovered.moment) if hovered.moment is not None else None
            span = at_moment or links.span_of(hovered.card or hovered.edge)
        self._editor.mark_hover(span)

    @Slot()
    def _cursor_changed(self) -> None:
        self._selection_wins = False
        self.refresh()
        recording = self._session.recording
        arrived, self._seen = recording is not self._seen(), _known(recording)
        if arrived and takes_keys(self._editor):  # the cursor of a result, not somebody's step: see ``_recording_changed``
            return
        if self.line and not self._editor.textCursor().hasSelection():
            self.line_shown.emit(self.line)

    @Slot()
    def _recording_changed(self) -> None:
        self.refresh()
        # Where a person may be typing, a result that arrives must not move the text under the caret.
        if self.line and self._editor.isReadOnly() and not self._editor.textCursor().hasSelection():
            self.line_shown.emit(self.line)

    @Slot()
    def show_again(self) -> None:
        """Bring the line back into view after the editor was resized; where a person types, the line of the caret."""
        if takes_keys(self._editor):
            self.line_shown.emit(self._editor.textCursor().blockNumber() + 1)
        elif self.line and not self._editor.textCursor().hasSelection():
            self.line_shown.emit(self.line)

    @Slot()
    def _selection_changed(self) -> None:
        selection = self._session.pointed.selection
        self._selection_wins = selection.card is not None or selection.edge is not None
        self.refresh()

    @Slot()
    def _text_changed(self) -> None:
        if self._session.immediate and self.line and not self._editor.isReadOnly():
            self._wait.start()
        else:
            self.refresh()

    # Mouse -------------------------------------------------------------------------------------------------------

    @Slot(int, int)
    def _rested(self, line: int, column: int) -> None:
        links, found = self._session.links, Hover()
        if links is not None and line and self.applies():
            moment = links.operation_at(line, column, self._session.cursor)
            if moment is not None:
                card = links.card_of(moment)
                found = Hover(card=card) if card is not None and links.span_of(card) is not None else Hover(card, None, moment)
        self._session.pointed.hover(found)

    @Slot(int, int)
    def _clicked(self, line: int, column: int) -> None:
        links = self._session.links
        moment = links.moment_of_place(line, column or None) if links is not None and self.applies() else None
        if moment is not None:
            self._session.set_cursor(moment + 1)

    @Slot(int)
    def _line_clicked(self, line: int) -> None:
        self._clicked(line, 0)
