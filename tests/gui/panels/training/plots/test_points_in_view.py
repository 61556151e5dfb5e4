"""Points of which many are in view: how crowded each place is, each by itself when zoomed in, and no look at all of them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from gui.panels.training.plots import points
from gui.panels.training.plots.points import MOST_POINTS, Cloud, paint_clouds


def test_crowded_points_are_a_density_and_exact_when_zoomed_in() -> None:
    count = 2 * MOST_POINTS
    cloud = Cloud(np.linspace(0, 1, count), np.full(count, 0.5), True)
    for view, dots in ((QRectF(0, 0, 1, 1), False), (QRectF(0.5, 0, 0.001, 1), True)):
        image = QImage(100, 100, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        transform = QTransform().scale(100 / view.width(), 100).translate(-view.left(), 0)
        paint_clouds(painter, [cloud], transform, view, QColor("black"), QColor("white"))
        painter.end()
        rows = {y for y in range(100) if any(image.pixelColor(x, y).name() != "#ffffff" for x in range(100))}
        assert rows and (len(rows) > 2) == dots and rows <= set(range(46, 55))


def scattered(count: int) -> Cloud:
    draw = np.random.default_rng(0)
    x = draw.normal(size=count).astype(np.float32)
    return Cloud(x, (3 * x + 0.3 * draw.normal(size=count)).astype(np.float32), True)


@pytest.mark.parametrize("wide", [9.0, 0.7, 0.01])
def test_each_cell_counts_the_points_in_it(wide: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared with a histogram by numpy, over all points and over a part, in several pieces."""
    monkeypatch.setattr(points, "CHUNK", 7000)
    cloud = scattered(50_000)
    x = np.linspace(-wide / 2, wide / 2, 41)
    y = np.linspace(1.5 * wide, -1.5 * wide, 31)
    wanted, _, _ = np.histogram2d(cloud.y, cloud.x, (y[::-1], x))
    found = cloud.counts((float(x[0]), float(y[0])), (wide / 40, -wide / 10), 40, 30)
    # A point on a border may fall to either side.
    assert found.sum() == pytest.approx(wanted.sum(), abs=2) and np.abs(found - wanted[::-1]).sum() <= 4


def test_a_part_in_view_is_looked_at_without_all_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving the view within a part, and into it, picks points out of those near it; all of it is what it was."""
    cloud = scattered(200_000)
    part = QRectF(0.5, 1.0, 0.4, 1.2)
    near = cloud.near(part)
    asked: list[int] = []
    seen = Cloud.seen
    monkeypatch.setattr(Cloud, "seen", lambda self, view: asked.append(len(self.x)) or seen(self, view))
    for view in (part, part.translated(0.1, 0.3), part.translated(-0.2, 0), QRectF(0.6, 1.5, 0.01, 0.02), part):
        found, all_of_it = cloud.near(view), seen(cloud, view)
        assert np.array_equal(seen(found, view).x, all_of_it.x) and len(all_of_it.x)
    assert len(near.x) < 100_000 and max(asked, default=0) <= len(near.x)
    home = QRectF(-5, -15, 10, 30)
    assert cloud.near(home) is cloud and cloud.near(home) is cloud
    assert asked.count(len(cloud.x)) == 1, "that all are near is found out once"


def picture(clouds: list[Cloud], view: QRectF) -> QImage:
    image = QImage(120, 90, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    transform = QTransform(120 / view.width(), 0, 0, -90 / view.height(), 0, 0)
    transform *= QTransform.fromTranslate(-view.left() * transform.m11(), -view.bottom() * transform.m22())
    paint_clouds(painter, clouds, transform, view, QColor("black"), QColor("white"))
    painter.end()
    return image


def test_a_view_looks_the_same_wherever_one_came_from() -> None:
    """Whatever is kept of the views before: a crowded part, one with few points, and all."""
    home, few = QRectF(-5, -15, 10, 30), QRectF(0.3, 0.9, 0.02, 0.05)
    cloud = scattered(60_000)
    for view in (home, QRectF(0, 0, 1, 3), few, QRectF(0.1, 0.2, 1, 3), home):
        assert picture([cloud], view) == picture([scattered(60_000)], view)
