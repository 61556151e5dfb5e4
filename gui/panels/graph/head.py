"""The head of the graph panel: title, what is drawn in words, and while the graph is folded its formula in one line."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.explain.formula.formula import formula
from engine.mathematics.expression import Expression
from gui.look.mathtext import draw_math, math_width
from gui.look.theme import ThemeManager
from gui.session.session import Session
from gui.widgets import IconButton
from gui.widgets.basic import PanelHeader

_PX, _LEAST_PX = 17.0, 11.0
UNFOLD, FOLD = "Show the graph in place of the plots", "Show the plots in place of the graph"


class FormulaLine(QWidget):
    """The formula of what is shown in one line, smaller where it has to be, and nothing where it would be under 11 px."""

    def __init__(self, session: Session, theme: ThemeManager) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._symbol: Expression | None = None
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        theme.changed.connect(self.update)

    @Slot()
    def renew(self) -> None:
        """Show the formula of the recording that is shown now."""
        recording = self._session.recording
        lines = () if recording is None else formula(recording).lines
        self._symbol = lines[0].symbol if lines else None
        text = "" if self._symbol is None else self._symbol.to_plain()
        self.setToolTip(text)
        self.setAccessibleName(f"Formula: {text}" if text else "no formula")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def size_of_text(self) -> float:
        """The px in which the whole formula has room, 0 if that could not be read."""
        if self._symbol is None:
            return 0.0
        px = _PX * self._theme.scale
        px = min(px, px * self.width() / max(1.0, math_width(self._symbol, px)))
        return px if px >= _LEAST_PX else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        px = self.size_of_text()
        if self._symbol is not None and px:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_math(painter, 0, self.height() / 2 + 0.3 * px, self._symbol, px, self._theme.color("text"))
            painter.end()


class GraphHead(PanelHeader):
    """``fold`` is its arrow, shown only while ``set_foldable`` says so; whoever takes turns between graph and plots hears its
    ``clicked``."""

    def __init__(self, session: Session, theme: ThemeManager) -> None:
        super().__init__("Computation graph", theme)
        self._folded = False
        self.keeps_first = True
        self.formula = FormulaLine(session, theme)
        self.fold = IconButton(theme, "chevron_up", FOLD)
        self._layout.insertWidget(1, self.formula, 1)
        self.add_widget(self.fold)
        self.formula.hide()
        self.fold.hide()
        session.recording_changed.connect(self._renew)

    @property
    def folded(self) -> bool:
        return self._folded

    def set_foldable(self, foldable: bool) -> None:
        """Whether graph and plots are shown in turn, so that it has its arrow."""
        self.fold.setVisible(foldable)
        self.set_end(6 if foldable else 16)

    def set_folded(self, folded: bool) -> None:
        """Say the formula in place of what is drawn."""
        self._folded = folded
        self.formula.setVisible(folded)
        self._note.setVisible(not folded)
        self.fold.set_icon_name("chevron_down" if folded else "chevron_up")
        self.fold.setToolTip(UNFOLD if folded else FOLD)
        self.fold.setAccessibleName(self.fold.toolTip())
        self._renew()

    @Slot()
    def _renew(self) -> None:
        if self._folded:
            self.formula.renew()
