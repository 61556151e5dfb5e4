"""The heading over the graph: the formula, the last operation in numbers, and sympy's derivatives beside autograd's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QFocusEvent, QGuiApplication, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QWidget

from engine.mathematics.expression import Expression
from gui.look.theme import ThemeManager
from gui.panels.graph.formula.lines import Lines
from gui.panels.graph.formula.statement import Statement
from gui.session.session import Session
from gui.work.typesetter import Typesetter

MARGIN = 4
"""Round what is shown, in px; leaves room for the focus ring."""


class FormulaHeading(QWidget):
    """Overlay for the graph: transparent, as large as what it says and ``MARGIN`` around it, never wider than ``fit`` allows.

    ``stop`` ends its thread and must be called before it is deleted.

    Signals
    -------
    resized(QSize)
        What it shows needs another size (0 × 0 when there is nothing to say).
    crashed(str traceback)
        A fault of our own while differentiating.
    """

    resized = Signal(QSize)
    crashed = Signal(str)

    def __init__(self, session: Session, theme: ThemeManager, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self.statement = Statement(session, self)
        self._lines = Lines(self.statement, theme, typesetter)
        self._by_key = False
        self._sizes = QSize(0, 0), QSize(0, 0)
        """Its size with all that it has to say, and its size without the derivatives."""
        self._brief = False
        self.statement.changed.connect(self._refresh)
        self.statement.crashed.connect(self.crashed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("formula")
        self._add_actions()
        typesetter.ready.connect(self._typeset)
        theme.changed.connect(self._restyle)
        self._refresh()

    def _add_actions(self) -> None:
        for title, slot, keys in (("Copy as LaTeX", self.copy_latex, True), ("Copy as text", self.copy_text, False)):
            action = QAction(title, self)
            action.triggered.connect(slot)
            if keys:
                action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.addAction(action)

    @Slot(object, float)
    def _typeset(self, symbol: Expression, px: float) -> None:
        if self._lines.shows(symbol, px):  # most that is typeset stands elsewhere: in cards, in explanations
            self._refresh()

    @Slot()
    def _restyle(self) -> None:
        self._lines.forget_colours()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        sizes = self._size(brief=False), self._size(brief=True)
        text = self.statement.plain_text()
        self.setAccessibleName(text or "no formula")
        self.setToolTip(text)
        if sizes != self._sizes:
            self._sizes = sizes
            self.resize(self.sizeHint())
            self.updateGeometry()
            self.resized.emit(self.sizeHint())
        self.update()

    def _size(self, *, brief: bool) -> QSize:
        size = self._lines.size(brief)
        around = 2 * MARGIN if size.height() else 0
        return QSize(size.width() + around, size.height() + around)

    def sizeHint(self) -> QSize:
        return self.size_of(self._brief)

    def size_of(self, brief: bool) -> QSize:
        """Px that it takes; ``brief``: without the derivatives, which are then only counted."""
        return self._sizes[brief]

    @property
    def brief(self) -> bool:
        """Whether it is without the derivatives now."""
        return self._brief

    def show_brief(self, brief: bool) -> None:
        """Leave the derivatives out, or show them again; the tooltip has them always."""
        if brief != self._brief:
            self._brief = brief
            self.resize(self.sizeHint())
            self.update()

    @property
    def outline(self) -> tuple[object, ...]:
        """What stays the same while only numbers change."""
        return self._lines.outline

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def fit(self, width: int) -> None:
        """Never be wider than ``width`` px, and never narrower than 80."""
        width = max(80, width - 2 * MARGIN)
        if width != self._lines.width:
            self._lines.width = width
            self._refresh()

    def stop(self) -> None:
        """End the thread; the heading then shows formulas without new derivatives."""
        self.statement.stop()

    @property
    def only_note(self) -> bool:
        """Whether there is no formula, only the reason why."""
        return self.statement.only_note

    # As text -----------------------------------------------------------------------------------------------------

    @Slot()
    def copy_latex(self) -> None:
        """Put the LaTeX on the clipboard."""
        QGuiApplication.clipboard().setText(self.statement.latex())

    @Slot()
    def copy_text(self) -> None:
        """Put the plain text on the clipboard."""
        QGuiApplication.clipboard().setText(self.statement.plain_text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.statement.latex():
            event.ignore()
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.actions())
        where = event.globalPos()
        menu.popup(where if not where.isNull() else self.mapToGlobal(QPoint(MARGIN, self.height())))

    # Drawing -----------------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        reason = Qt.FocusReason
        self._by_key = event.reason() in (reason.TabFocusReason, reason.BacktabFocusReason, reason.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._session.stale:
            painter.setOpacity(0.5)
        painter.translate(MARGIN, MARGIN)
        self._lines.draw(painter, self._brief)
        painter.translate(-MARGIN, -MARGIN)
        if self.hasFocus() and self._by_key:
            painter.setOpacity(1.0)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Within this, it is as large as all that it has to say, and can be rendered elsewhere."""
        brief = self._brief
        self._brief = False
        self.resize(self.sizeHint())
        try:
            yield
        finally:
            self._brief = brief
            self.resize(self.sizeHint())
