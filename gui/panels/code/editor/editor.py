"""The code editor: program text with line numbers, marks, and one undo history for typing and sliders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QKeySequence, QTextCursor

from engine.text.kind import LONGEST
from engine.text.literals import Edit
from gui.look.theme import ThemeManager
from gui.panels.code.editor import keys
from gui.panels.code.editor.document import CodeDocument, TrainingDocument
from gui.panels.code.editor.marks import Marks
from gui.panels.code.editor.menu import build_menu
from gui.panels.code.editor.positions import position
from gui.panels.code.editor.view import CodeView

_HELP = "Program: PyTorch code. Tab indents, Shift+Tab unindents; Esc, then Tab moves on. Ctrl+click on code goes to when it ran."
_HELP_TRAINING = "This is the program of the epoch that is shown, not what trains now. A click on code goes to when it ran."
_HELP_BY_HAND = "The training's program: what is changed here is trained. Ctrl+click on code goes to when it ran."
HELP_RECORDING = "This is the text as it was recorded: it cannot be edited here. A click on code goes to when it ran."


class CodeEditor(CodeView):
    """Edits the user's document, or the training's; can show another one read-only and come back without losing anything.

    Signals
    -------
    edited(str, bool)
        The user's text is now this; True if a slider or a button changed it, so that it can run without waiting.
    training_edited(str)
        The training's text was changed to this by its user.
    history_wanted(bool)
        The last change of the training's code is to be undone (True), or done again.
    refused(str)
        A text was refused; the reason in a sentence.
    typed_in_vain(str)
        Someone is typing into a text that cannot be edited; the reason why.
    """

    edited = Signal(str, bool)
    training_edited = Signal(str)
    history_wanted = Signal(bool)
    refused = Signal(str)
    typed_in_vain = Signal(str)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__(theme)
        self.user_document = self.code
        self.training_document: TrainingDocument | None = None
        """The training's code; None before it is shown."""
        self._immediate = False
        self._escaped = False
        self._text = ""
        self._help = _HELP_TRAINING
        self.setAccessibleName("Program")
        self._explain()
        self.user_document.contentsChanged.connect(self._user_text_changed)

    # Documents ---------------------------------------------------------------------------------------------------

    def load(self, text: str) -> None:
        """Start the user's document over with ``text``. Raises ValueError if it is longer than 100 kB."""
        if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
            raise ValueError(f"a program's text may be {LONGEST} bytes long, not {len(text.encode('utf-8', 'surrogatepass'))}")
        with self._at_once():
            self.user_document.load(text)
        if self.document() is self.user_document:
            self.marks = Marks()
            self.setTextCursor(QTextCursor(self.user_document))

    def set_read_only_text(self, text: str, file_name: str, help: str = _HELP_TRAINING) -> None:
        """Show another text that cannot be edited; the user's document waits with its undo history."""
        self._help = help
        if self.code in (self.user_document, self.training_document):
            other = CodeDocument(self.theme, self)
        else:
            other = self.code
        if other.toPlainText() != text:
            other.load(text)
        other.file_name = file_name
        if other is not self.code:
            self._switch(other)
        else:
            self._explain()

    def set_editable(self) -> None:
        """Go back to the user's text, as it was left."""
        if self.code is not self.user_document:
            self._switch(self.user_document)

    def show_training(self, text: str, file_name: str) -> None:
        """Show the training's code, which can be edited; where it is another one than before, caret and place stay."""
        document = self.training_document
        if document is None:
            document = self.training_document = TrainingDocument(self.theme, self)
            document.edited.connect(self.training_edited)
            document.edited.connect(self.measure)
        document.replace(text)
        document.file_name = file_name
        if document is not self.code:
            self._switch(document)
        else:
            self.measure()

    @property
    def shows_training(self) -> bool:
        """Whether the training's code is shown, and can be edited."""
        return self.code is self.training_document

    def _switch(self, shown: CodeDocument) -> None:
        editable, leaving = (self.user_document, self.training_document), self.code
        read_only = shown not in editable
        self.show_document(shown)
        if leaving not in editable:
            leaving.deleteLater()
        self.setReadOnly(read_only)
        self.setTabChangesFocus(read_only)
        flags = Qt.TextInteractionFlag
        reading = flags.TextSelectableByMouse | flags.TextSelectableByKeyboard
        self.setTextInteractionFlags(reading if read_only else flags.TextEditorInteraction)
        self._explain()

    def _explain(self) -> None:
        text = self._help if self.isReadOnly() else _HELP_BY_HAND if self.shows_training else _HELP
        self.setToolTip(text)
        self.setAccessibleDescription(text)

    @property
    def text(self) -> str:
        """The user's text, even while another one is shown."""
        return self._text

    @Slot()
    def begin_drag(self) -> None:
        """What ``apply`` changes next is a new undo step."""
        self.user_document.begin_drag()

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """For changes that nobody types: ``edited`` reports them as immediate, and characters do not move apart meanwhile."""
        self._immediate = self.spacing.held = True
        try:
            yield
        finally:
            self._immediate = self.spacing.held = False

    def apply(self, edit: Edit, *, dragging: bool = False) -> None:
        """Change the user's text as typing would: undoable; one drag is one step. Tells ``edited`` at once."""
        self.spacing.end_typing()
        with self._at_once():
            self.user_document.apply(edit, dragging=dragging)

    @Slot()
    def _user_text_changed(self) -> None:
        text = self.user_document.toPlainText()
        if text != self._text:
            self._text = text
            self.measure()
            self.edited.emit(text, self._immediate)

    def go_to(self, line: int, column: int) -> None:
        """Put the caret at a line and column (from 1, in characters) and the focus into the editor."""
        self.put_caret(line, column)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(int, int)
    def put_caret(self, line: int, column: int) -> None:
        """Put the caret at a line and column (from 1, in characters) for whoever types next."""
        cursor = QTextCursor(self.code)
        cursor.setPosition(position(self.code, line, column))
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    # Keys --------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self._escaped = True
            if keys.is_own_key(event) and not (self.isReadOnly() and keys.walks(event)):
                event.accept()
                return True
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, escaped = event.key(), self._escaped
        self._escaped = key == Qt.Key.Key_Escape
        if not self.isReadOnly():
            self.spacing.begin_typing()
        if self.isReadOnly() and keys.walks(event):
            event.ignore()
        elif self.isReadOnly() and keys.writes(event):
            self.typed_in_vain.emit(self._help)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif self.isReadOnly() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            if escaped:
                self.setTabChangesFocus(True)
                self.focusNextPrevChild(key == Qt.Key.Key_Tab)
                self.setTabChangesFocus(False)
            elif key == Qt.Key.Key_Tab:
                keys.indent(self.textCursor())
            else:
                keys.dedent(self.textCursor())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            keys.insert_line(self.textCursor())
            self.ensureCursorVisible()
        elif key == Qt.Key.Key_Escape:
            event.ignore()
        elif key != Qt.Key.Key_Backspace or not keys.delete_indent(self.textCursor()):
            if event.text().isprintable() and event.text() and not self._fits(event.text()):
                return
            super().keyPressEvent(event)

    def _fits(self, addition: str) -> bool:
        text = self.code.toPlainText() if self.shows_training else self._text
        size = len(text.encode("utf-8", "surrogatepass")) + len(addition.encode("utf-8", "surrogatepass"))
        if size > LONGEST:
            self.refused.emit(f"The text would be {size / 1000:,.0f} kB long; a program may have {LONGEST // 1000} kB.")
        return size <= LONGEST

    def undo(self) -> None:
        """Undo the last step of typing or of a slider."""
        self._history(undo=True)

    def redo(self) -> None:
        """Redo the step that was undone last."""
        self._history(undo=False)

    def _history(self, *, undo: bool) -> None:
        if self.shows_training:
            self.history_wanted.emit(undo)
        elif self.code is self.user_document:
            with self._at_once():
                if undo:
                    super().undo()
                else:
                    super().redo()
            self.spacing.settle()

    # Clipboard, menu, focus --------------------------------------------------------------------------------------

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text().replace("\r\n", "\n").replace("\r", "\n").replace("\t", keys.INDENT)
        if text and self._fits(text):
            self.textCursor().insertText(text)
            self.ensureCursorVisible()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = build_menu(self)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._escaped = False
        super().focusOutEvent(event)
