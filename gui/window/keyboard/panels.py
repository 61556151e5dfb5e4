"""The way from panel to panel by keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def cycle_focus(panels: Sequence[QWidget], forward: bool) -> QWidget | None:
    """Move the keyboard focus from the panel that has it to the next (or previous) visible one; that panel."""
    shown = [panel for panel in panels if panel.isVisible()]
    if not shown:
        return None
    focus = QApplication.focusWidget()
    here = next((i for i, panel in enumerate(shown) if focus is not None and (panel is focus or panel.isAncestorOf(focus))), None)
    if here is None:
        here = -1 if forward else 0
    step = 1 if forward else -1
    for distance in range(1, len(shown) + 1):
        panel = shown[(here + step * distance) % len(shown)]
        if focus_first(panel):
            return panel
    return None


def focus_first(panel: QWidget) -> bool:
    """Focus the panel's proxy, or its first control that takes the focus by Tab; False if it has none."""
    proxy = panel.focusProxy()
    if proxy is not None and proxy.isVisible() and proxy.isEnabled():
        proxy.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True
    if panel.focusPolicy() & Qt.FocusPolicy.TabFocus:
        panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True
    for child in panel.findChildren(QWidget):
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            child.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return True
    return False
