"""The training panel at every font scale and after its theme changed: nothing is cut, and nothing keeps an old look."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetrics, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.lessons.examples import by_file
from gui.look import style
from gui.look.theme import UI_FAMILY, ThemeManager
from gui.panels.training.panel import TrainingPanel
from gui.session.session import Session
from gui.window.toolbar import _SYMBOL, FormulaBox
from gui.work.training.controller import TrainingController
from tests.gui.panels.training.test_training_plots import series

Made = tuple[TrainingPanel, ThemeManager, QWidget]


@pytest.fixture
def dressed(qtbot: QtBot, qapp: QApplication) -> Iterator[Made]:
    """A panel in the program's look, in the first of two halves of a window."""
    theme, session = ThemeManager("light"), Session()
    font, palette = qapp.font(), qapp.palette()

    def dress() -> None:
        style.apply(qapp, theme)

    theme.changed.connect(dress)
    dress()
    window = QWidget()
    halves = QHBoxLayout(window)
    halves.setContentsMargins(0, 0, 0, 0)
    first, second = QWidget(), QWidget()
    halves.addWidget(first)
    halves.addWidget(second)
    second.hide()
    for half in (first, second):
        QHBoxLayout(half).setContentsMargins(0, 0, 0, 0)
    controller = TrainingController(session.run)
    panel = TrainingPanel(session, theme, controller)
    layout = first.layout()
    assert layout is not None
    layout.addWidget(panel)
    panel.build_plots()
    qtbot.addWidget(window)
    window.resize(560, 700)
    window.show()
    qtbot.waitExposed(window)
    yield panel, theme, second
    controller.close()
    qapp.setStyleSheet("")
    qapp.setFont(font)
    qapp.setPalette(palette)


def look(panel: TrainingPanel) -> list[tuple[str, int, str]]:
    """Text, size of the font and colour of every label and field."""
    found = [
        (label.text(), label.font().pixelSize(), label.palette().color(QPalette.ColorRole.WindowText).name())
        for label in panel.findChildren(QLabel)
    ]
    boxes = (panel.controls.rate_box, panel.controls.epochs_box, panel.controls.seed_box)
    return found + [(box.text(), box.lineEdit().font().pixelSize(), "") for box in boxes]


def test_what_is_put_elsewhere_keeps_the_fonts_and_colours_of_now(qtbot: QtBot, dressed: Made) -> None:
    panel, theme, other = dressed
    before = look(panel)
    theme.set_choice("dark")
    theme.set_scale(1.3)
    now = look(panel)
    assert now != before
    layout = other.layout()
    assert layout is not None
    layout.addWidget(panel)
    other.show()
    qtbot.waitUntil(panel.isVisible)
    assert look(panel) == now


def cut(panel: TrainingPanel) -> list[str]:
    """The texts that have less room than they take."""
    found = []
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label.text():
            needed = (
                label.heightForWidth(label.width()) > label.height()
                if label.wordWrap()
                else (QFontMetrics(label.font()).horizontalAdvance(label.text()) > label.width())
            )
            found += [label.text()] * needed
    controls = panel.controls
    for button in (*controls.findChildren(QPushButton), *controls.findChildren(QComboBox)):
        inside = controls.rect().contains(button.geometry())
        if button.isVisible() and (button.width() < button.sizeHint().width() or not inside):
            found.append(button.accessibleName())
    for box in (controls.rate_box, controls.epochs_box, controls.seed_box):
        if box.width() < box.sizeHint().width() or not controls.rect().contains(box.geometry()):
            found.append(box.accessibleName())
    return found


@pytest.mark.parametrize(
    ("arrangement", "width", "height"),
    [("column", 484, 760), ("column", 460, 480), ("row", 1264, 352), ("row", 843, 300), ("row", 791, 300)],
)
def test_no_text_is_cut_at_any_font_scale(qtbot: QtBot, dressed: Made, arrangement: str, width: int, height: int) -> None:
    panel, theme, _ = dressed
    panel.set_arrangement(arrangement)
    panel.setMinimumSize(460 if arrangement == "column" else 0, 0)
    window = panel.window()
    for scale in (1.0, 1.15, 1.3, 1.5, 1.0):
        theme.set_scale(scale)
        window.setFixedSize(width, height)
        panel._result.setText("learned w 0.47, b 2.00 · true 0.48, 2.00 · least squares 0.47, 2.00")
        panel._fit_result()
        qtbot.waitUntil(lambda: panel.width() == width)
        settled: Callable[[], bool] = lambda: cut(panel) == []  # noqa: E731
        try:
            qtbot.waitUntil(settled, timeout=2000)
        finally:
            assert cut(panel) == [], scale


def test_the_numbers_of_the_loss_stand_beside_its_name_and_its_point(qtbot: QtBot, dressed: Made) -> None:
    panel, theme, _ = dressed
    loss = panel.loss
    assert loss is not None
    rows = [(0.0, 0.0, float("nan")), *((1.0, 1.0, 10.0**k) for k in range(1, 28))]
    loss.set_run(series(rows), 27, ("noise floor", 0.01), 10.0)
    loss.show_texts()
    loss.resize(260, 220)
    for scale in (1.0, 1.5):
        theme.set_scale(scale)
        qtbot.wait(20)  # pyqtgraph lays out later
        name = loss._axes["left"].label
        numbers = max(QFontMetrics(loss._axes["left"].style["tickFont"]).horizontalAdvance(f"1e{k}") for k in range(10, 28))
        room = loss._axes["left"].width() - numbers - 6
        assert name.mapRectToParent(name.boundingRect()).right() <= room + 3, scale
        pixmap = QPixmap(100, 100)
        painter = QPainter(pixmap)
        for x in (20.0, 95.0):
            point, area = QPointF(x, 50.0), QRectF(0, 0, 100, 100)
            box = loss._paint_label(painter, point, area)
            assert not box.adjusted(0, 0, 0, -QFontMetrics(painter.font()).descent()).intersects(QRectF(x - 6, 44, 12, 12))
            assert box.left() >= x + 8 or box.right() <= x - 8
        painter.end()
    assert np.isfinite(loss._view.viewRange()).all()


def test_a_preset_is_written_whole_in_its_box(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from gui.window import toolbar

    theme = ThemeManager("light")
    box = FormulaBox(theme)
    qtbot.addWidget(box)
    box.add_formula("x", by_file("functions.py").formula)
    drawn: list[tuple[float, float]] = []
    monkeypatch.setattr(
        toolbar,
        "_draw_formula",
        lambda _painter, area, symbol, px, _theme: drawn.append((toolbar.math_width(symbol, px), area.width())),
    )
    for scale in (1.0, 1.5):
        theme.set_scale(scale)
        for width in (150, 240):
            box.resize(width, 32)
            box.grab()
    assert len(drawn) == 4 and all(needed <= room + 0.5 for needed, room in drawn)
    assert box.itemData(0, _SYMBOL)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_names_of_the_axes_have_their_size_and_family(qtbot: QtBot, dressed: Made, scale: float) -> None:
    """A quote in their style took both from them, at every font size."""
    panel, theme, _ = dressed
    theme.set_scale(scale)
    for plot in panel._plots_made():
        for name, axis in zip(plot.axis_names, (plot._axes["bottom"], plot._axes["left"]), strict=True):
            wanted = round((15 if len(name) <= 2 else 12) * scale)
            html = axis.label.toHtml()
            assert f"font-size:{wanted}px" in html and UI_FAMILY in html, (name, html)
            across = axis.maximumHeight() if axis.orientation == "bottom" else axis.maximumWidth()
            assert not axis.label.isVisible() or axis.label.boundingRect().height() <= across - 6, (
                "its line leaves the numbers of the axis theirs"
            )
