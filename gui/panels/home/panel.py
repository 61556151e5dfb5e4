"""Home: lessons at the left, examples and files at the right, and below them keys that are good to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.lessons.examples import Example
from engine.lessons.model import Lesson
from gui.look.theme import ThemeManager
from gui.panels.home.foot import Foot
from gui.panels.home.lessons import Lessons
from gui.panels.home.measures import measures
from gui.panels.home.offers import Offers
from gui.panels.home.said import Progress, RecentFile
from gui.widgets.tab_order import put_in_order

_MOST_LEARN = 0.45
"""Of the width, for the lessons."""


class HomePanel(QWidget):
    """What is shown in place of columns and transport.

    Parameters
    ----------
    examples : sequence of Example
        The gallery, in its order.
    keys : mapping of str to str
        The key of each of the window's actions, by its id.

    Signals
    -------
    lesson_wanted(str name)
    lesson_file_wanted()
        A lesson is to be opened from a file.
    writing_wanted()
        Somebody wants to know how lessons are written.
    """

    lesson_wanted = Signal(str)
    lesson_file_wanted = Signal()
    writing_wanted = Signal()

    def __init__(
        self, examples: Sequence[Example], keys: Mapping[str, str], theme: ThemeManager, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName("Home")
        self._theme = theme
        self.lessons = Lessons(theme, self)
        self.offers = Offers(examples, keys, theme, self)
        self.foot = Foot(theme, self)
        self.lessons.wanted.connect(self.lesson_wanted)
        self.lessons.open_file.clicked.connect(self.lesson_file_wanted)
        self.lessons.write.clicked.connect(self.writing_wanted)
        theme.changed.connect(self._place)

    def show_lessons(self, lessons: Sequence[Lesson], progress: Progress) -> None:
        """List ``lessons``, with how far they are."""
        self.lessons.show_lessons(lessons, progress)
        self._order()

    def show_recent(self, files: Sequence[RecentFile]) -> None:
        """List what was open last."""
        self.offers.show_recent(files)
        self._order()

    def set_back(self, name: str) -> None:
        """What Esc goes back to."""
        self.foot.set_back(name)

    def begin(self) -> None:
        """Give the keyboard to what is likely wanted: the lesson to go on with."""
        first = self.lessons.next_button or self.lessons.walk.stop or self.offers.examples_walk.stop
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _order(self) -> None:
        """Tab: Continue, lessons, examples, what one may bring, what was open."""
        offers, lessons = self.offers, self.lessons
        recent = [one for card in offers.recent for one in (card, card.remove)]
        rows = [widget for head, members in lessons.groups for widget in (head, *members)]
        first = [lessons.next_button] if lessons.next_button is not None else []
        below = [lessons.open_file, lessons.write]
        put_in_order([*first, *rows, *below, *offers.cards, *offers.rows, *recent, offers.all_recent])

    @Slot()
    def _place(self) -> None:
        m, scale = measures(self.size()), self._theme.scale
        foot = round(m.foot * max(1.0, 0.3 + 0.7 * scale))
        learn = min(round(m.learn * scale), round(self.width() * _MOST_LEARN))
        self.lessons.set_measures(m)
        self.offers.set_measures(m)
        body = self.height() - foot
        self.lessons.setGeometry(0, 0, learn, body)
        self.offers.setGeometry(learn + 1, 0, self.width() - learn - 1, body)
        self.foot.setGeometry(0, body, self.width(), foot)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(self.lessons.width(), 0, 1, self.foot.y(), self._theme.color("line"))
        painter.end()
