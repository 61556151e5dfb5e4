"""What the panel of runs shows, one at a time: the table, a question, or the runs of a sweep; and the height each would like."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from gui.look.theme import ThemeManager, ui_font
from gui.panels.runs.table import RunTable

SEEN = 4
"""Rows that are in sight at once as soon as there is more than one run."""
LEAST_SEEN = 2
FIRST = "Press Train: the run stands here with its loss. Then change the set-up, or press Reset, and train again: both are drawn."
SECOND = "It stays here when another run begins: change the set-up, or press Reset, and train again."


class RunPages(QStackedWidget):
    """The ``table``, with a line below it while there is nothing to compare yet, and what else is added.

    Signals
    -------
    fitted()
        Another height is wanted now.
    """

    fitted = Signal()

    def __init__(self, table: RunTable, theme: ThemeManager) -> None:
        super().__init__()
        self.table, self._theme = table, theme
        self._rows = 0
        self._told = (0, 0)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setContentsMargins(16, 4, 16, 6)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._whole = QWidget()
        below = QVBoxLayout(self._whole)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(table, 1)
        below.addWidget(self.hint)
        self._shown = [self._whole]
        self._asked_by: dict[QWidget, QWidget] = {}
        self.addWidget(self._whole)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.fit)
        self.currentChanged.connect(self.fit)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        self.hint.setFont(ui_font(12 * self._theme.scale))
        tint = self.hint.palette()
        tint.setColor(QPalette.ColorRole.WindowText, self._theme.color("text_2"))
        self.hint.setPalette(tint)
        for part in self._shown:
            colors = part.palette()
            colors.setColor(QPalette.ColorRole.Window, self._theme.color("surface"))
            part.setPalette(colors)
            part.setAutoFillBackground(True)
        self._late.start()  # once the others have their fonts, too

    def add(self, page: QWidget, asked_by: QWidget) -> None:
        """Add what is shown in place of the table, and may tell by its layout that it wants another height.

        The keyboard goes back to ``asked_by`` when it is left.
        """
        self._asked_by[page] = asked_by
        self._shown.append(page)
        self.addWidget(page)
        page.installEventFilter(self)
        self.restyle()

    def show_rows(self, rows: int, trained: int) -> None:
        """So many runs there are, and so many of them have an epoch."""
        self._rows = rows
        self.hint.setText(SECOND if trained else FIRST)
        self.hint.setVisible(rows < 2)
        self.table.setVisible(rows > 0)
        self.fit()

    @property
    def asks(self) -> bool:
        """Whether something else than the table is shown."""
        return self.currentIndex() > 0

    @Slot()
    def show_table(self) -> None:
        """Show the table again; the keyboard goes where it came from, not to whatever Qt finds next."""
        keyboard, button = self.window().focusWidget(), self._asked_by.get(self._shown[self.currentIndex()])
        within = keyboard is not None and self.isAncestorOf(keyboard)
        self.setCurrentIndex(0)
        if within and button is not None:
            (button if button.isVisible() else self.table).setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def wanted(self) -> int:
        """Px of height in which all is seen; of the table a few rows."""
        page = self._shown[self.currentIndex()]
        if page is not self._whole:
            wide = page.heightForWidth(self.width()) if page.hasHeightForWidth() else -1
            return max(wide, page.sizeHint().height() if wide < 0 else 0, page.minimumSizeHint().height())
        return self.table.height_of(min(SEEN, self._rows)) if self._rows > 1 else self.table.height_of(1) + self._high_of_hint()

    @property
    def least(self) -> int:
        """Px of height below which it cannot be used."""
        page = self._shown[self.currentIndex()]
        if page is not self._whole:
            return max(page.minimumSizeHint().height(), self.table.height_of(LEAST_SEEN))
        return self.table.height_of(LEAST_SEEN) if self._rows > 1 else self.table.height_of(1) + self._high_of_hint()

    def minimumSizeHint(self) -> QSize:
        """Of what is shown: Qt would take the largest of all."""
        return QSize(self._shown[self.currentIndex()].minimumSizeHint().width(), self.least)

    def _high_of_hint(self) -> int:
        return self.hint.heightForWidth(max(200, self.width()))

    @Slot()
    def fit(self) -> None:
        """Say so if another height is wanted."""
        told = self.wanted, self.least
        if told != self._told:
            self._told = told
            self.fitted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._late.start()

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]
        if event.type() == QEvent.Type.LayoutRequest:
            self._late.start()
        return False
