"""The editor's context menu."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from gui.panels.code.editor.document import TrainingDocument
from gui.panels.code.editor.view import CodeView


def build_menu(editor: CodeView) -> QMenu:
    """Undo, redo, cut, copy, paste, select all, each enabled where it has something to do, and when the caret's line ran."""
    menu, writable, chosen = QMenu(editor), not editor.isReadOnly(), editor.textCursor().hasSelection()
    standard = QKeySequence.StandardKey
    line = editor.textCursor().blockNumber() + 1
    entries = (
        ("Undo", editor.undo, standard.Undo, writable and _turns(editor, undo=True)),
        ("Redo", editor.redo, standard.Redo, writable and _turns(editor, undo=False)),
        None,
        ("Cut", editor.cut, standard.Cut, writable and chosen),
        ("Copy", editor.copy, standard.Copy, chosen),
        ("Paste", editor.paste, standard.Paste, writable and editor.canPaste()),
        None,
        ("Select all", editor.selectAll, standard.SelectAll, not editor.code.isEmpty()),
    )
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        title, run, shortcut, enabled = entry
        action = menu.addAction(title)
        action.setShortcut(QKeySequence(shortcut))
        action.setEnabled(enabled)
        action.triggered.connect(run)
    menu.addSeparator()
    menu.addAction(f"Go to when line {line} ran").triggered.connect(lambda: editor.line_clicked.emit(line))
    return menu


def _turns(editor: CodeView, *, undo: bool) -> bool:
    """Whether there is a step to undo, or else one to do again."""
    if isinstance(editor.code, TrainingDocument):
        return editor.training_turns(undo)
    return editor.code.isUndoAvailable() if undo else editor.code.isRedoAvailable()
