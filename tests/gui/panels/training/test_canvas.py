"""A plot keeps what stands still as one picture: frames paint what moves, and look as if all were painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig, TrainingSnapshot
from engine.training.data import training_data
from gui.look.theme import ThemeManager
from gui.panels.training.plots.plot import Layer
from gui.panels.training.plots.scatter_plot import ScatterPlot
from gui.panels.training.plots.series import RunSeries
from gui.session.run_numbers import RunNumbers

START = TrainingSnapshot(0, None, {"w": np.full((1, 1), 0.2), "b": np.full(1, 1.5)})


class Bench:
    def __init__(self, qtbot: QtBot, points: int) -> None:
        self.numbers = RunNumbers()
        self.numbers.start([START])
        self.theme = ThemeManager("light")
        self.plot = ScatterPlot(self.theme)
        qtbot.addWidget(self.plot)
        self.plot.resize(520, 283)
        self.plot.set_data(training_data(TrainingConfig(n_samples=points)), (0.48, 2.0), RunSeries(self.numbers))
        self.plot.show()
        qtbot.waitExposed(self.plot)
        QApplication.processEvents()

    def go_on(self, w: float) -> None:
        step = len(self.numbers)
        self.numbers.extend([replace(START, step=step, loss=1.0, parameters={"w": np.full((1, 1), w), "b": np.full(1, 2.0)})])
        self.plot.show_run()
        QApplication.processEvents()

    def picture(self) -> QImage:
        return self.plot.grab().toImage()

    def painted_whole(self) -> QImage:
        """As Qt paints the scene by itself."""
        moving = [item for item in self.plot.canvas.scene().items() if isinstance(item, Layer) and not item._cached]
        for layer in moving:
            layer.elsewhere = True
        try:
            return self.picture()
        finally:
            for layer in moving:
                layer.elsewhere = False


def difference(one: QImage, other: QImage) -> int:
    """How many pixels differ."""
    first, second = (
        np.asarray(image.convertToFormat(QImage.Format.Format_RGBX8888).constBits(), np.uint8).astype(int)
        for image in (one, other)
    )
    return int((np.abs(first - second).reshape(-1, 4).max(axis=1) > 2).sum())


@pytest.mark.parametrize("points", [300, 20_000])
def test_a_frame_looks_as_if_all_were_painted(qtbot: QtBot, points: int) -> None:
    bench = Bench(qtbot, points)
    for w in (0.3, 0.4, 0.48):
        bench.go_on(w)
        assert difference(bench.picture(), bench.painted_whole()) <= 4, "the corner of the axes, at most"


def test_only_what_moves_is_painted_while_it_moves(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(qtbot, 20_000)
    bench.go_on(0.3)
    painted: list[Layer] = []
    paint = Layer.paint
    monkeypatch.setattr(Layer, "paint", lambda layer, *given: (painted.append(layer), paint(layer, *given))[1])
    before = bench.picture()
    for w in (0.2, 0.1, 0.0):
        bench.go_on(w)
    assert painted == [] and bench.picture() != before


def test_a_zoom_another_theme_and_other_data_are_seen(qtbot: QtBot) -> None:
    bench = Bench(qtbot, 300)
    pictures = [bench.picture()]
    bench.plot.view.setRange(xRange=(0, 1), yRange=(1, 3), padding=0)
    pictures.append(bench.picture())
    bench.theme.set_choice("dark")
    pictures.append(bench.picture())
    bench.plot.set_data(training_data(TrainingConfig(n_samples=40)), None, RunSeries(bench.numbers))
    pictures.append(bench.picture())
    assert all(one != other for place, one in enumerate(pictures) for other in pictures[place + 1 :])


def test_more_points_than_the_screen_has_room_for_are_crowds_and_are_points_again_when_zoomed_in(qtbot: QtBot) -> None:
    bench = Bench(qtbot, 1_000_000)
    data = bench.plot.data
    assert data is not None and len(data.X) == 1_000_000
    x, y = float(data.X[0, 0]), float(data.y[0, 0])
    near = float(np.ptp(data.X)) / 4000, float(np.ptp(data.y)) / 4000
    bench.plot.view.setRange(xRange=(x - near[0], x + near[0]), yRange=(y - near[1], y + near[1]), padding=0)
    clouds = [cloud.seen(bench.plot.view.viewRect()) for cloud in bench.plot._clouds]
    assert 1 <= sum(len(cloud.x) for cloud in clouds) <= 6000
    place = bench.plot.canvas.mapFromScene(bench.plot.view.mapViewToScene(QPointF(x, y)))
    drawn = bench.plot.canvas.grab().toImage()
    assert drawn.pixelColor(place) != bench.theme.color("surface"), "the point itself is there"


def test_nothing_is_painted_while_no_eye_could_tell(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(qtbot, 300)
    painted: list[int] = []
    paint = Layer.paint_alone

    def noted(layer: Layer, *passed: object) -> None:
        painted.append(len(bench.numbers))
        paint(layer, *passed)  # type: ignore[arg-type]

    monkeypatch.setattr(Layer, "paint_alone", noted)

    def is_painted(w: float) -> bool:
        painted.clear()
        bench.go_on(w)
        return bool(painted)

    assert all(is_painted(w) for w in (10.0, 20.0, 30.0))
    trail = [is_painted(30.0 + 1e-6 * step) for step in range(12)]
    assert all(trail[:8]), "the lines before it come together"
    assert not any(trail[9:]), "they lie on each other"
    bench.numbers.extend(
        [
            replace(START, step=len(bench.numbers) + at, loss=1.0, parameters={"w": np.full((1, 1), w), "b": np.full(1, 2.0)})
            for at, w in enumerate((10.0, 30.0))
        ]
    )
    assert is_painted(30.0), "one of the lines before it lies elsewhere"
    for _ in range(12):
        bench.go_on(30.0)
    assert not is_painted(30.0)
    drift = [is_painted(30.0 + 2e-2 * step) for step in range(1, 40)]
    assert any(drift), "steps too small to see add up"
    bench.numbers.start([START])
    assert is_painted(30.0), "another run"
