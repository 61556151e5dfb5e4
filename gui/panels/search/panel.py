"""The search: a bar over the top of the graph, and below it what was found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.search.bar import SearchBar
from gui.panels.search.results import HitList
from gui.panels.search.searcher import Searcher
from gui.panels.search.walk import HitWalk
from gui.panels.search.words import problem_text, undecided_text
from gui.session.session import Session
from gui.widgets import Hairline
from gui.widgets.basic import ICON_SIZE, PROBLEM_WAIT, paint_floating, paint_icon, takes_escape

WIDTH = 540
_ROUND = 6


class SearchPanel(QWidget):
    """Lies where ``fit`` gives it room; hidden until ``open``.

    Signals
    -------
    toggled()
        It was shown or hidden.
    closed()
        The user closed it: the keyboard is free.
    crashed(str traceback)
        A fault of our own while searching.
    """

    toggled = Signal()
    closed = Signal()
    crashed = Signal(str)

    def __init__(self, session: Session, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._room = QRect(0, 0, WIDTH, 400)
        self.searcher = Searcher(session, self)
        self.bar = SearchBar(theme, self)
        self.field = self.bar.field
        self.list = HitList(theme, self)
        self.walk = HitWalk(session, self.searcher, self.bar, self.list, self)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self._line = Hairline(theme, self)
        self._problem_wait = QTimer(self)
        self._problem_wait.setSingleShot(True)
        self._problem_wait.setInterval(PROBLEM_WAIT)
        self.setAccessibleName("Find in graph")
        column = self._column = QVBoxLayout(self)
        column.setSpacing(0)
        for widget in (self.bar, self._line, self.list, self.note):
            column.addWidget(widget, int(widget is self.list))
        self._connect()
        self.restyle()
        self.hide()
        self._show_list(False)

    def _connect(self) -> None:
        self.searcher.found_changed.connect(self._found_changed)
        self.searcher.slow.connect(self._show_slow)
        self.searcher.crashed.connect(self.crashed)
        self.field.textEdited.connect(self._edited)
        self.bar.dismiss.clicked.connect(self.close_search)
        self.walk.asked.connect(self.open)
        self.walk.begun.connect(self._appear)
        self.walk.misunderstood.connect(self._show_problem)
        self.walk.rows_wanted.connect(self._show_list)
        self._problem_wait.timeout.connect(self._show_problem)
        self._theme.changed.connect(self.restyle)

    # Open and close ----------------------------------------------------------------------------------------------

    @Slot()
    def open(self) -> None:
        """Show the bar and give it the keyboard, with the last search marked so that typing replaces it."""
        self._appear()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @Slot()
    def _appear(self) -> None:
        if self.isHidden():
            self.show()
            self.raise_()
            self._place()
            self.toggled.emit()
        self.searcher.wake()

    @Slot()
    def close_search(self) -> None:
        """Hide the bar; the search stays for F3."""
        self.hide()
        self.closed.emit()

    def close_thread(self) -> bool:
        """Stop searching for good; True when the thread has ended."""
        self._problem_wait.stop()
        return self.searcher.close()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.isHidden():
            self._problem_wait.stop()
            self.walk.rest()
            self.searcher.sleep()
            self._show_list(False)
            self.toggled.emit()

    # Place -------------------------------------------------------------------------------------------------------

    @Slot(QRect)
    def fit(self, room: QRect) -> None:
        """Lie in ``room`` of the parent: at its top right, no lower than its end."""
        if room != self._room:
            self._room = room
            self._place()

    def bar_area(self) -> QRect:
        """Where the bar lies, in the parent's px, without what was found."""
        return QRect(self.pos(), QSize(self.width(), self.bar.height() + 2))

    def _place(self) -> None:
        room, bar = self._room, self.bar.height() + 2
        width = min(round(WIDTH * (0.5 + 0.5 * self._theme.scale)), room.width())
        rest = room.height() - bar - _ROUND
        note = 0 if self.note.isHidden() else min(max(0, rest), self.note.heightForWidth(width - 2))
        rows = 0 if self.list.isHidden() else self.list.height_within(rest - note)
        height = bar + (not self._line.isHidden()) + rows + note
        if rows and not note:
            height += _ROUND - 1
        self.setGeometry(room.right() + 1 - width, room.top(), width, height)

    @Slot(bool)
    def _show_list(self, shown: bool) -> None:
        """Show or hide the rows, and below them, or in their place, what there is to say about the search."""
        found, problem = self.searcher.found, self.searcher.problem
        text = ""
        if problem is not None:
            text = "" if self._problem_wait.isActive() else problem_text(problem)
        elif found is not None and (shown or not len(found)):
            text = undecided_text(found)
        self.list.setVisible(shown and self.list.rows() > 0)
        self.note.setText(text)
        self.note.setContentsMargins(12 if problem is None else 36, 6, 12, 8)
        self.note.setVisible(bool(text))
        self._line.setVisible(not self.list.isHidden() or bool(text))
        # The corners of the frame are round, those of the last row are not.
        self._column.setContentsMargins(1, 1, 1, _ROUND if not self.list.isHidden() and not text else 1)
        self._place()

    # Searching ---------------------------------------------------------------------------------------------------

    @Slot(str)
    def _edited(self, text: str) -> None:
        self.walk.start_over()
        self.searcher.set_text(text)
        if self.searcher.problem is not None:
            self._problem_wait.start()
        else:
            self._problem_wait.stop()
        if not self.searcher.waiting:
            self._show_list(False)
            self.walk.show_count()

    @Slot(bool)
    def _found_changed(self, same: bool) -> None:
        """``same`` search, other numbers: the list stays open or closed, and the marked row stays."""
        shown = not self.list.isHidden() if same else self.searcher.found is not None and not self.walk.arrived
        self.walk.take(same)
        self._show_list(shown)
        self.walk.show_count()
        self.walk.go_on()

    @Slot()
    def _show_slow(self) -> None:
        self.bar.count.setText("searching…")

    @Slot()
    def _show_problem(self) -> None:
        self._problem_wait.stop()
        self._show_list(False)
        self.bar.announce(self.note.text())

    # Keys and looks ----------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        return takes_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; other keys that the bar's controls have no use for end here."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_search()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    @Slot()
    def restyle(self) -> None:
        self.note.setFont(ui_font(12 * self._theme.scale))
        tint = self.note.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text"))
        self.note.setPalette(tint)
        self._place()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_floating(painter, self, self._theme)
        if self.searcher.problem is not None and not self.note.isHidden():
            top = self.note.y() + 6 + (self.note.fontMetrics().height() - ICON_SIZE) // 2
            paint_icon(painter, "warning", self._theme.color("error"), QRect(12, top, ICON_SIZE, ICON_SIZE))
        painter.end()
