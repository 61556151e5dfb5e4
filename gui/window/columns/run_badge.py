"""Marker and name of the run that is shown, at the right of the tabs beside its set-up and its code."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.runs import paint_marker, run_color, run_marker
from gui.look.theme import ThemeManager, ui_font
from gui.session.runs import Runs

_MARKER = 18
"""Px before the name."""
_WIDEST = 150


class RunBadge(QWidget):
    """Shows nothing before a run was trained."""

    def __init__(self, runs: Runs, theme: ThemeManager) -> None:
        super().__init__()
        self._runs, self._theme = runs, theme
        self._name, self._number = "", 0
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        runs.changed.connect(self.renew)
        theme.changed.connect(self.restyle)
        self.renew()

    @Slot()
    def renew(self) -> None:
        """Another run is shown, or it is called otherwise."""
        run = self._runs.current
        name, number = ("", 0) if run is None or not run.is_trained else (run.name, run.number)
        if (name, number) != (self._name, self._number):
            self._name, self._number = name, number
            self.setAccessibleName(f"Run: {name}" if name else "")
            self.setToolTip(f"The run that is shown: {name}" if name else "")
            self.restyle()
        self.setVisible(bool(name))

    @Slot()
    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = QFontMetrics(ui_font(12 * self._theme.scale, 500)).horizontalAdvance(self._name) + 2
        return QSize(_MARKER + min(wide, round(_WIDEST * self._theme.scale)), 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(_MARKER + 24, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_marker(painter, run_marker(self._number), QPointF(6, self.height() / 2), run_color(theme, self._number), 3.8)
        painter.setFont(ui_font(12 * theme.scale, 500))
        painter.setPen(theme.color("text_2"))
        room = QRect(_MARKER, 0, self.width() - _MARKER, self.height())
        text = painter.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
