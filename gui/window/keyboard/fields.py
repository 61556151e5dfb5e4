"""Number fields give the keyboard back: Enter takes the number, Esc restores it; in a form they answer that."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakSet

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QMenuBar, QWidget

from gui.widgets import ComboBox, IntegerBox, NumberBox
from gui.widgets.dialogs import Form

_HISTORY = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_PLAIN = Qt.KeyboardModifier.NoModifier

Field = QAbstractSpinBox | QComboBox


class Fields(QObject):
    """Looks after the field of ``window`` that has the keyboard; only while one has it does every event pass through here.

    Parameters
    ----------
    window : QWidget
    edited : tuple of QWidget
        What holds the fields that edit the program's text, or the training's set-up: in these, undo belongs to those.
    leave : callable
        Gives the keyboard back to where keys walk.
    """

    def __init__(self, window: QWidget, edited: tuple[QWidget, ...], leave: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._edited, self._leave = window, edited, leave
        self._field: Field | None = None
        self._heard: WeakSet[ComboBox] = WeakSet()
        for box in window.findChildren(ComboBox):
            self._listen(box)

    def add(self, panel: QWidget) -> None:
        """A panel that was made later, whose fields edit as well."""
        self._edited = (*self._edited, panel)

    def _listen(self, box: ComboBox) -> None:
        if box not in self._heard:
            self._heard.add(box)
            box.activated.connect(self._chosen)

    def follow(self, came: QWidget | None) -> None:
        """``came`` has the keyboard now."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        ours = came is not None and came.window() is self._window
        field = came if ours and isinstance(came, (QAbstractSpinBox, QComboBox)) else None
        if isinstance(field, ComboBox):
            self._listen(field)  # it may have been made later than the window
        if field is None and self._field is not None:
            app.removeEventFilter(self)
        elif field is not None and self._field is None:
            app.installEventFilter(self)
        self._field = field

    @Slot(int)
    def _chosen(self, _index: int) -> None:
        """After a choice from an open list the keys walk again; with the list closed they still go through its entries."""
        box = self.sender()
        if isinstance(box, ComboBox) and box.listed and Form.around(box) is None:
            self._leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        field, kind = self._field, event.type()
        if field is None:
            return False
        if kind == QEvent.Type.MouseButtonPress:
            if isinstance(watched, QWidget) and self._leaves_field(watched):
                self._leave()
            return False
        if watched is not field or not isinstance(event, QKeyEvent) or not isinstance(field, (NumberBox, IntegerBox)):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            return self._claim(field, event)
        return kind == QEvent.Type.KeyPress and self._press(field, event)

    def _leaves_field(self, pressed: QWidget) -> bool:
        """Whether a click on ``pressed`` says that the user is done with the field, and gives the keyboard to nothing itself."""
        assert self._field is not None
        if pressed.window() is not self._window or isinstance(pressed, QMenuBar):
            return False
        at: QWidget | None = pressed
        while at is not None and at is not self._window:
            if at is self._field or at.focusPolicy() & Qt.FocusPolicy.ClickFocus == Qt.FocusPolicy.ClickFocus:
                return False
            at = at.parentWidget()
        return True

    def _claim(self, field: NumberBox | IntegerBox, event: QKeyEvent) -> bool:
        """Decide whether the field or a shortcut of the window gets a key; True if it is decided here."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        if (
            any(part.isAncestorOf(field) for part in self._edited)
            and field.committed
            and any(event.matches(key) for key in _HISTORY)
        ):
            event.ignore()
            return True
        return False

    def _press(self, field: NumberBox | IntegerBox, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier != _PLAIN:
            return False
        form = Form.around(field)
        if event.key() in _ENTER:
            field.interpretText()
            if form is None:
                self._leave()
            else:
                form.accept()
        elif event.key() == Qt.Key.Key_Escape:
            leaves = form is not None and field.committed
            field.restore()
            if form is None:
                self._leave()
            elif leaves:  # else it has taken back what was typed, and the next one leaves the form
                form.reject()
        elif event.key() == Qt.Key.Key_Space:  # no number has one
            QApplication.sendEvent(self._window, event)
        else:
            return False
        return True
