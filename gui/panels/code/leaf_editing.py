"""Sliders edit the text: the way from a row of the leaves to the literal, and back from any text to the rows."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from engine.errors import Fix
from engine.text.kind import missing_imports
from engine.text.literals import Edit, LeafLiteral, LiteralElement, broken_line, find_leaves, make_leaf_line, set_element
from gui.panels.code.editor.editor import CodeEditor
from gui.panels.code.leaves import DRAG_DIGITS, Leaves

LOCK_WAIT = 400
"""Milliseconds without a key before sliders show that they are locked: half-typed lines must not make them flicker."""

LONG_TEXT = 10_000
"""In a text with more characters than this, the rows follow typing only after the wait: reading it takes longer than a frame."""


class LeafEditing(QObject):
    """Keeps the rows in step with the user's text and writes their numbers into it."""

    def __init__(self, editor: CodeEditor, leaves: Leaves) -> None:
        super().__init__(editor)
        self._editor, self._leaves = editor, leaves
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(LOCK_WAIT)
        self._wait.timeout.connect(self.show_now)
        leaves.begun.connect(editor.begin_drag)
        leaves.changed.connect(self._change)

    def follow(self, text: str) -> None:
        """Let the rows show the numbers of ``text``; if it does not parse they lock a little later."""
        if len(text) <= LONG_TEXT and broken_line(text) is None:
            self._wait.stop()
            self._leaves.follow(text)
        else:
            self._wait.start()

    @Slot()
    def show_now(self) -> None:
        """Show numbers or lock, as the text stands."""
        self._wait.stop()
        line = broken_line(self._editor.text)
        if line is None:
            self._leaves.follow(self._editor.text)
        else:
            self._leaves.lock(line)

    @Slot(str)
    def make_leaf(self, name: str) -> None:
        """Insert a line that makes ``name`` a leaf."""
        self._editor.begin_drag()
        self._editor.apply(make_leaf_line(self._editor.text, name))

    @Slot(object)
    def mend(self, fix: Fix) -> None:
        """Make the change that a problem offers, as one step of undo; nothing where the text has moved on since."""
        span = fix.span_in(self._editor.text)
        if span is not None:
            self._editor.begin_drag()
            self._editor.apply(Edit(*span, fix.text))

    @Slot()
    def add_imports(self) -> None:
        """Write the imports that a program does without, and a script does not: it is going to run as one."""
        at, lines = missing_imports(self._editor.text)
        if lines:
            self._editor.begin_drag()  # one step of undo
            self._editor.apply(Edit(at, at, lines))

    @Slot(object, object, float, bool)
    def _change(self, leaf: LeafLiteral, element: LiteralElement, number: float, dragging: bool) -> None:
        text = self._editor.text
        if leaf in find_leaves(text):
            self._editor.apply(set_element(text, leaf, element, number, DRAG_DIGITS if dragging else None), dragging=dragging)
            self._leaves.follow(self._editor.text)
