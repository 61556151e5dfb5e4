"""What the help menu says about keys: a table of all of them, and what the control that has the focus is for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QWidget

from gui.look.theme import ThemeManager, mono_font, ui_font
from gui.widgets import lay_out_dialog, make_button

STEP_KEYS = (
    ("Play, pause", "Space"),
    ("One operation forward or back", "→, ←"),
    ("One phase forward or back", "Shift+→, Shift+←"),
    ("First, last operation; in Train, of the epoch", "Home, End"),
    ("In Train: one epoch forward or back", "Ctrl+→, Ctrl+←"),
)
GRAPH_KEYS = (
    ("Go to the next or previous card", "Tab, Shift+Tab"),
    ("Go along the edges of the graph", "Alt+arrows"),
    ("Select a card and show its details; once more, go there", "Return"),
    ("Go to when a card got its value or its gradient", "V, G"),
    ("When nothing runs: clear the selection, close the inspector", "Esc"),
    ("Unfold a module or function, fold the one around a card", "+, −"),
)


class ShortcutsDialog(QDialog):
    """Every action that has a key, from the table of actions; above them, what the control that had the focus is for."""

    def __init__(
        self, theme: ThemeManager, actions: Sequence[tuple[str, str]], parent: QWidget | None = None, focused: str = ""
    ) -> None:
        """``actions``: what each does, and its key."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(520, 620)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(24, 16, 24, 16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        for row, (text, keys) in enumerate((*STEP_KEYS, *actions, *GRAPH_KEYS)):
            words, key = QLabel(text), QLabel(keys)
            words.setFont(ui_font(13 * theme.scale))
            key.setFont(mono_font(12 * theme.scale))
            grid.addWidget(words, row, 0)
            grid.addWidget(key, row, 1, Qt.AlignmentFlag.AlignRight)
        self.focused = QLabel(focused)
        self.focused.setTextFormat(Qt.TextFormat.PlainText)
        self.focused.setFont(ui_font(13 * theme.scale, 600))
        self.focused.setWordWrap(True)
        self.focused.setContentsMargins(24, 16, 24, 12)
        self.focused.setVisible(bool(focused))
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(page.sizeHint().width() + scroll.verticalScrollBar().sizeHint().width())
        scroll.setAccessibleName("Keyboard shortcuts")
        self.shut = make_button("Back to the window", theme, "primary")
        self.shut.setDefault(True)
        self.shut.clicked.connect(self.accept)
        lay_out_dialog(self, theme, [(self.focused, 0), (scroll, 1)], [self.shut])
        self.shut.setFocus()


def help_on(widget: QWidget | None) -> str:
    """``name: what it does`` of the control, or of the nearest one around it that has something to say; else an empty text."""
    while widget is not None:
        name, tip = widget.accessibleName(), widget.whatsThis() or widget.toolTip()
        if name or tip:
            return f"{name}: {tip}" if name and tip and not tip.startswith(name) else tip or name
        widget = widget.parentWidget()
    return ""
