"""The code panel: editor, problem, output, and the leaves' sliders, in step with the session's text."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from engine.errors import ProgramError, ProgramSyntaxError
from engine.recording import Recording
from engine.text.kind import looks_like_a_script
from gui.look.theme import ThemeManager, icon, ui_font
from gui.panels.code.by_hand import ByHandBar
from gui.panels.code.column import CodeColumn
from gui.panels.code.editor.editor import HELP_RECORDING, CodeEditor
from gui.panels.code.editor.read_only_note import ReadOnlyNote
from gui.panels.code.following import Following, takes_keys
from gui.panels.code.leaf_editing import LeafEditing
from gui.panels.code.leaves import Leaves
from gui.panels.code.output import Output
from gui.panels.code.problem_box import ProblemBox
from gui.session.session import Session
from gui.widgets import Hairline, PanelHeader

MINIMUM_WIDTH = 280
LONGEST_SHOWN = 300_000
"""Characters of a recording's text that are shown; laying out more would hold up the window."""
NO_TEXT = (
    "This recording has no program text: none was available where it was made. The graph, operations and values are all there."
)


class _ProblemNote(QWidget):
    """``1 problem`` with the warning icon, at the right of the header."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("1 problem")
        theme.changed.connect(self.restyle)
        self.restyle()
        self.hide()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(20 + metrics.horizontalAdvance("1 problem") + 2, max(18, metrics.height()))

    @Slot()
    def restyle(self) -> None:
        self.setFont(ui_font(12 * self._theme.scale, 500))
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icon("warning", self._theme.color("error"), 14).paint(painter, QRect(0, (self.height() - 14) // 2, 14, 14))
        painter.setPen(self._theme.color("error"))
        painter.drawText(self.rect().adjusted(20, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, "1 problem")
        painter.end()


class CodePanel(QWidget):
    """Shows and edits the session's text; the text in the editor is the only copy that is edited.

    Signals: ``height_wanted(int, int)``: the height in px at which nothing here would have to scroll, and how much of it a
    problem takes, or what is said over the code; ``record_wanted()``: the user's text is to run as a script, and to be recorded;
    ``back_wanted()``: the last change of the training, of its code or its set-up, is to be undone.
    """

    height_wanted = Signal(int, int, int)
    record_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._file_name = ""
        self._recorded = False
        """Whether a recording's text is shown in place of the user's."""
        self._problem: ProgramError | None = None
        self._problem_text = ""
        """The text that the shown problem is about."""
        self.setMinimumWidth(MINIMUM_WIDTH)
        self.setAccessibleName("Code")
        self.header = PanelHeader("Code", theme)
        self._problem_note = _ProblemNote(theme)
        self.header.add_widget(self._problem_note)
        self.editor = CodeEditor(theme)
        self.read_only_note = ReadOnlyNote(theme, self.editor)
        self.by_hand = ByHandBar(theme)
        self.problem_box = ProblemBox(theme)
        self.output = Output(theme)
        self.leaves = Leaves(theme)
        self._output_line, self._leaves_line = Hairline(theme), Hairline(theme)
        self.missing = QLabel()
        self.missing.setWordWrap(True)
        self.missing.setTextFormat(Qt.TextFormat.PlainText)
        self.missing.setContentsMargins(16, 16, 16, 16)
        self.missing.hide()
        parts = (self.missing, self.problem_box, self._output_line, self.output, self._leaves_line, self.leaves)
        self._column = CodeColumn(theme, self.editor, parts, self.problem_box, self.leaves)
        self.leaves.set_focus_after(self.output.view)
        self._editing = LeafEditing(self.editor, self.leaves)
        self._following = Following(session, self.editor)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.by_hand)
        whole.addWidget(self._column, 1)
        self._column.wanted.connect(self._column_wants)
        self._connect()
        theme.changed.connect(self.restyle)
        self.restyle()
        self._text_replaced(session.text)
        self._problem_changed()
        self._printed_changed()

    def _connect(self) -> None:
        session = self._session
        session.text_replaced.connect(self._text_replaced)
        session.problem_changed.connect(self._problem_changed)
        session.recording_changed.connect(self._printed_changed)
        session.cursor_changed.connect(self._printed_changed)
        self._following.line_changed.connect(self._show_note)
        self._following.line_shown.connect(self._column.show_line)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self._following.show_again)
        self.editor.resized.connect(self._settled.start)
        session.busy_changed.connect(self._show_note)
        self.editor.edited.connect(self._edited)
        self.editor.refused.connect(self.problem_box.show_notice)
        self.by_hand.told.connect(self._show_note)
        self.by_hand.told.connect(self._column.tell_again)
        self.problem_box.go_to.connect(self.go_to)
        self.problem_box.undo.connect(self.undo)
        self.problem_box.make_leaf.connect(self._editing.make_leaf)
        self.problem_box.mend.connect(self._editing.mend)
        self.problem_box.mended.connect(self.editor.put_caret)
        self.problem_box.record.connect(self._editing.add_imports)
        self.problem_box.record.connect(self.record_wanted)

    # For the window ----------------------------------------------------------------------------------------------

    @Slot()
    def undo(self) -> None:
        """Undo the last step of typing or of a slider."""
        if self.editor.shows_training:
            self.back_wanted.emit()
        else:
            self.editor.undo()

    @Slot()
    def redo(self) -> None:
        """Redo the step that was undone last."""
        self.editor.redo()

    @Slot()
    def cut(self) -> None:
        """Cut what is selected in the editor."""
        self.editor.cut()

    @Slot()
    def copy(self) -> None:
        """Copy what is selected in the editor."""
        self.editor.copy()

    @Slot()
    def paste(self) -> None:
        """Insert the clipboard's text into the editor."""
        self.editor.paste()

    @Slot()
    def select_all(self) -> None:
        """Select the whole text."""
        self.editor.selectAll()

    @Slot()
    def focus_editor(self) -> None:
        """Put the focus into the editor."""
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(int, int)
    def go_to(self, line: int, column: int) -> None:
        """Put the caret at a line and column (from 1, in characters)."""
        self.editor.go_to(line, column)

    def set_file_name(self, name: str) -> None:
        """What the header calls the user's text; may be empty."""
        self._file_name = name
        self._show_note()

    def set_read_only_text(self, text: str, file_name: str) -> None:
        """Show a text that cannot be edited (the training program); the user's text waits with its undo history."""
        self._recorded = False
        self.editor.set_read_only_text(text, file_name)
        self._document_changed()

    def show_recording(self, recording: Recording, file_name: str) -> None:
        """Show the text of ``recording``, or say that it has none, and what it printed; the user's text waits meanwhile."""
        text = recording.text
        self._recorded = True
        if len(text) > LONGEST_SHOWN:
            self.missing.setText(f"The text is {len(text) / 1e6:.1f} million characters long: too long to show here.")
            text = ""
        else:
            self.missing.setText(NO_TEXT)
        self.editor.set_read_only_text(text, file_name, HELP_RECORDING)
        self._document_changed()

    def show_training(self, text: str, file_name: str) -> None:
        """Show the training's code, which can be edited."""
        if self.editor.shows_training:
            self.editor.show_training(text, file_name)
            self._following.refresh()
            return
        self._recorded = False
        self.editor.show_training(text, file_name)
        self._document_changed()

    def set_editable(self) -> None:
        """Go back to the user's text."""
        self._recorded = False
        self.editor.set_editable()
        self._document_changed()

    @property
    def shows_own(self) -> bool:
        """Whether the user's program is shown."""
        return self.editor.code is self.editor.user_document

    # Text and session --------------------------------------------------------------------------------------------

    @Slot(str)
    def _text_replaced(self, text: str) -> None:
        try:
            self.editor.load(text)
        except ValueError as error:
            self.problem_box.show_notice(f"This text was not loaded: {error}.")
            return
        self.leaves.forget_ranges()
        self._editing.follow(text)
        self._following.refresh()

    @Slot(str, bool)
    def _edited(self, text: str, immediate: bool) -> None:
        self._editing.follow(text)
        self._show_problem()
        self._session.set_text(text, immediate=immediate)
        self._show_note()

    def _show_problem(self) -> ProgramError | None:
        problem = None if self.editor.isReadOnly() else self._session.problem
        own = self.shows_own
        undoable = self.editor.user_document.isUndoAvailable() if own else self._session.run.can_undo
        self.problem_box.show_problem(problem, script=own and looks_like_a_script(self._session.text), undoable=undoable)
        # Someone whose program does not run, and has no leaves, does not want to read what leaves are for.
        shown = own and (problem is None or bool(self.leaves.rows))
        self.leaves.setVisible(shown)
        self._leaves_line.setVisible(shown)
        return problem

    @Slot()
    def _problem_changed(self) -> None:
        problem = self._show_problem()
        if problem is not self._problem:
            self._problem, self._problem_text = problem, self._session.text
            if problem is not None and self.editor.shows_training and not takes_keys(self.editor):
                self._column.show_line(problem.line)
        self.editor.mark_problem(problem)
        self._show_note()
        if problem is not None and self._session.recording is None:  # opened with its problem: nobody is typing yet
            self._column.show_line(problem.line)
        if isinstance(problem, ProgramSyntaxError):
            self._editing.show_now()

    @Slot()
    def _printed_changed(self) -> None:
        state = self._session.state
        self.output.set_text("" if state is None or not (self.shows_own or self._recorded) else state.printed)
        self._output_line.setVisible(self.output.isVisibleTo(self))

    @Slot()
    def _show_note(self) -> None:
        name = self._file_name if self.shows_own else self.editor.code.file_name
        busy = self._session.busy and self.shows_own
        problem = self._problem is not None
        # What runs for a noticeable time is a different text from the one that failed, and nothing said of that one holds for it.
        outdated = problem and busy and self._session.text != self._problem_text
        self.problem_box.set_outdated(outdated)
        self._problem_note.setVisible(problem and not outdated)
        line = self._following.line
        at = f"running line {line}" if line else name
        if self.editor.isReadOnly() and at:
            at = f"read-only · {at}"
        elif self.editor.shows_training and self._session.run.config.code:
            at = f"written by hand · {at}"
        self.header.set_note("" if problem and not outdated else "running…" if busy else at)

    @Slot(int, int, int)
    def _column_wants(self, height: int, passing: int, least: int) -> None:
        bar = self.by_hand
        high = bar.heightForWidth(self.width()) if bar.hasHeightForWidth() else bar.sizeHint().height()
        said = 0 if bar.isHidden() else high
        over = self.header.height() + said
        self.height_wanted.emit(over + height, passing + said, over + least)

    # Size and look -----------------------------------------------------------------------------------------------

    def _document_changed(self) -> None:
        textless = self._recorded and self.editor.code.isEmpty()
        self.missing.setVisible(textless)
        self.editor.setVisible(not textless)
        self._problem_changed()
        self._printed_changed()
        self._following.refresh()
        self._column.set_editor_fills(not self.shows_own)
        self.by_hand.set_in_place(self.editor.shows_training)
        self._column.tell_again()

    @Slot()
    def restyle(self) -> None:
        """Take colours from the theme again."""
        colors = self.palette()
        colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
        self.setPalette(colors)
        self.setAutoFillBackground(True)
        self.missing.setFont(ui_font(13 * self._theme.scale))
        self.missing.setStyleSheet(f"color: {self._theme.hex('text_2')};")
