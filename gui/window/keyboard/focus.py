"""Where the keyboard is: keys walk wherever no control has a use for them, and the focus goes nowhere by chance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QWidget,
)
from shiboken6 import isValid

from gui.panels.code.editor.editor import CodeEditor
from gui.panels.graph.canvas.minimap import Minimap
from gui.panels.graph.view.view import GraphView
from gui.panels.timeline.epochs import EpochRow
from gui.panels.timeline.track import Track
from gui.panels.training.epochs.handle import EpochHandle
from gui.widgets import Chips, LeafSlider, Segmented, Tabs
from gui.widgets.tab_order import put_in_order, stops
from gui.window.keyboard.fields import Fields
from gui.window.keyboard.panels import focus_first
from gui.window.parts import Parts

_KEEPERS = (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    LeafSlider,
    EpochRow,
    EpochHandle,
    Track,
    GraphView,
    Minimap,
)
"""Widgets with a use of their own for arrows, Home and End. Texts that are edited say so themselves, as Qt's do."""


class FocusKeeper(QObject):
    """Qt gives arrows to whatever lies around a focused control: buttons move the focus with them, scroll areas scroll."""

    def __init__(self, window: Parts) -> None:
        super().__init__(window)
        self._window = window
        self._inspected: tuple[str | None, str | None] | None = None
        self._before_menus: QWidget | None = None
        self._keys = [QShortcut(QKeySequence(key), window, partial(self._walk_by, key)) for key in window.stepping.walks]
        window.stepping.explanation.went_back.connect(self._walk)
        window.stepping.inspector_close.clicked.connect(self._leave_inspector)
        window.training.pressed.connect(self._walk)
        window.columns.in_turn.covered.connect(self._walk)
        window.recorded_bar.close_wanted.connect(self._walk)
        window.stepping.inspector.emptied.connect(self._leave_inspector)
        window.code.problem_box.left.connect(window.code.focus_editor)
        window.code.problem_box.mended.connect(self._walk)
        window.code.problem_box.make_leaf.connect(self._walk)
        window.code.leaves.left.connect(self._walk)
        window.actions_by_id["stop"].installEventFilter(self)
        put_after(stops(window.left.foot), window.code)
        window.side.made.connect(self._take)
        for signal in (window.below_plots.made, window.below_plots.turned):
            signal.connect(self._take_runs)
        for entry in window.menuBar().actions():
            menu = entry.menu()
            if isinstance(menu, QMenu):
                menu.installEventFilter(self)
        self._fields = Fields(window, (window.code.leaves,), self._walk)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._changed)

    def _walk_by(self, key: str) -> None:
        act = self._window.walking.walks.get(key)
        if act is not None:
            act()

    @Slot(str)
    def _take(self, tab: str) -> None:
        """A panel beside the code was made later than the window."""
        if tab == "setup":
            put_after(self._window.setup.stops, self._window.side.tabs)
            self._fields.add(self._window.setup)

    @Slot()
    def _take_runs(self) -> None:
        """The runs below the plots were made later than the window; of their tabs, Tab stops at the one that is shown."""
        window = self._window
        if window.below_plots.runs_panel is None:
            return
        put_in_order([*stops(window.training)[-1:], *window.below_plots.stops, *stops(window.stepping.bar)[:1]])

    @Slot(QWidget, QWidget)
    def _changed(self, left: QWidget | None, came: QWidget | None) -> None:
        if not isValid(self._window):  # a menu that was open as the window went gives the keyboard back to nothing
            return
        self._fields.follow(came)
        if came is not None and came is self._window.menuBar():
            self._before_menus = left
        if not self._window.isVisible() or (came is not None and came.window() is not self._window):
            return
        keeps = came is not None and (isinstance(came, _KEEPERS) or isinstance(came.parentWidget(), (Chips, Segmented, Tabs)))
        for key in self._keys:
            key.setEnabled(not (keeps or self._window.home.shown))
        self._window.stepping.bar.hint.set_typing(isinstance(came, CodeEditor) and not came.isReadOnly())

    @Slot()
    def _walk(self) -> None:
        """Give the keyboard to where keys walk: the graph, or the window itself where that is folded.

        Qt would pass it to whatever comes next, such as a field, which takes keys for itself.
        """
        view = self._window.shown_graph.view
        walks = view if view.isVisibleTo(self._window) else self._window
        pressed = QApplication.focusWidget()
        by_key = pressed is not None and not pressed.underMouse()  # then where the keyboard is should be seen
        walks.setFocus(Qt.FocusReason.ShortcutFocusReason if by_key else Qt.FocusReason.OtherFocusReason)

    def give_back(self, before: QWidget | None) -> None:
        """Focus ``before``, which had the focus until panels were moved, or the graph if that is no longer possible.

        Qt passes the focus of what is hidden to the control after it, whichever that is.
        """
        if before is None or before.window() is not self._window or QApplication.focusWidget() is before:
            return
        stays = before.isVisible() and before.isEnabled()
        if stays:
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._walk()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc stops what runs. Where nothing does, it goes back: it clears the selection and closes the inspector."""
        if event.type() == QEvent.Type.Shortcut and not self._running():
            self._window.session.pointed.select_nothing()
            self._leave_inspector()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            QTimer.singleShot(0, self, self._leave_menus)  # once the menu is closed
        return super().eventFilter(watched, event)

    @Slot()
    def _leave_menus(self) -> None:
        """Take the keyboard back from the menu bar, where Space would open a menu: Qt does so only at a second Esc."""
        bar = self._window.menuBar()
        if bar.activeAction() is not None and QApplication.activePopupWidget() is None:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(bar, QKeyEvent(kind, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier))
            self.give_back(self._before_menus)

    def _running(self) -> bool:
        session = self._window.session
        return session.busy or session.run.running or bool(self._window.files.opening)

    @Slot()
    def _leave_inspector(self) -> None:
        inspector, focus = self._window.stepping.inspector, QApplication.focusWidget()
        within = focus is not None and inspector.isAncestorOf(focus)
        if within:
            self._walk()  # first: Qt would pass the focus of what is hidden to whatever comes next
        self._window.left.show_explanation()

    @Slot()
    def inspect(self) -> None:
        """Show everything about what is selected; the second time, move the keyboard there."""
        left, selection = self._window.left, self._window.session.pointed.selection
        inspector = self._window.stepping.inspector
        known = inspector.isVisible() and self._inspected == (selection.card, selection.edge)
        self._inspected = selection.card, selection.edge
        self._window.side.bring_code()
        left.show_inspector()
        if known:
            focus_first(inspector)


def put_after(controls: Sequence[QWidget], before: QWidget) -> None:
    """Let Tab go through ``controls``, one after the other, after what stands in ``before``."""
    put_in_order([*stops(before)[-1:], *controls])
