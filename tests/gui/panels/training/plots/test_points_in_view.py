"""Points of which many are in view: how crowded each place is, each by itself when zoomed in, and no look at all of them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QTransform

from gui.panels.training.plots import points
from gui.panels.training.plots.points import MOST_POINTS, Cloud, paint_circles, paint_clouds, paint_stamps


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
    assert len(cloud.x) not in asked and max(asked) < 100_000, "that all are near is found out without a look at all"


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


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_stamps_look_as_circles_do(qapp: object, filled: bool, ratio: float) -> None:
    """Where they stand, how large they are and how dark where they cover each other."""
    draw = np.random.default_rng(1)
    places = np.concatenate((draw.uniform(-4, 104, (60, 2)), draw.normal(50, 2, (20, 2)), [[np.nan, 3.0], [1e9, 5.0]]))
    pictures = []
    for paint in (paint_circles, paint_stamps):
        picture = QPixmap(round(100 * ratio), round(100 * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(3, 2)
        paint(painter, places[:-2] if paint is paint_circles else places, filled, QColor("black"), QColor("white"))
        painter.end()
        image = picture.toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.asarray(image.constBits(), np.uint8).reshape(image.height(), -1)[:, : image.width()]
        pictures.append(255 - rows.astype(float))
    circles, stamps = pictures
    assert stamps.sum() == pytest.approx(circles.sum(), rel=0.02)
    assert np.abs(stamps - circles).mean() < 0.12 * circles.mean()
    at = np.indices(circles.shape)
    for axis in (0, 1):
        middles = [(at[axis] * picture).sum() / picture.sum() for picture in pictures]
        assert middles[0] == pytest.approx(middles[1], abs=0.1)
