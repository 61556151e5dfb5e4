"""The frames of an exported training: each shows its own epoch in every plot, in the screen's colours, without controls."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from engine.training.pictures.fits import Fit, Fitting
from gui.export.training.animation import Frames, animated_gif
from gui.export.training.plots import MARGIN, plots_image, plots_svg
from gui.look.runs import run_color
from gui.panels.training.panel import TrainingPanel
from gui.widgets.basic import ICON_SIZE
from tests.gui.export.training.test_plots import panel, picture

__all__ = ["panel"]


def fits(panel: TrainingPanel) -> list[Fit]:
    run, axes = panel._session.run, panel.pictured.axes
    fitting = Fitting(run.config, axes)
    return [fitting.fit(snapshot) for snapshot in run.snapshots]


def frame(panel: TrainingPanel, fit: Fit, key: str = "all plots") -> QImage:
    with panel.pictured.at_step(fit):
        return plots_image(picture(panel, key, 1.0))


def cursors(panel: TrainingPanel, image: QImage) -> list[int]:
    """At which x of the plot over the epochs a line of the cursor's colour stands, from top to bottom."""
    assert panel.over_epochs is not None
    page = panel.over_epochs._stack.currentWidget()
    area = page.canvas.mapTo(panel.over_epochs, page.view.sceneBoundingRect().toAlignedRect().topLeft())
    high = round(page.view.sceneBoundingRect().height())
    ink, rows = panel._theme.color("ink"), range(area.y() + 4, area.y() + high - 4)

    def near(color: QColor) -> bool:
        return max(abs(color.red() - ink.red()), abs(color.green() - ink.green()), abs(color.blue() - ink.blue())) < 90

    wide = round(page.view.sceneBoundingRect().width())
    return [
        x - area.x()
        for x in range(area.x() + 1, area.x() + wide)
        if sum(near(image.pixelColor(x + MARGIN, y + MARGIN)) for y in rows) > 0.8 * len(rows)
    ]


@pytest.mark.parametrize("shown", ["loss", "parameters", "gradients"])
def test_the_cursor_over_the_epochs_stands_at_the_epoch_of_the_frame(panel: TrainingPanel, shown: str) -> None:
    over = panel.over_epochs
    assert over is not None and panel.tools is not None
    over.choose(shown)
    page = over._stack.currentWidget()
    before, cursor = panel.grab().toImage(), over.cursor_over[page]
    known, arrow = fits(panel), panel.tools.start.arrow
    for step in (3, 8):
        with panel.pictured.at_step(known[step]):
            assert cursor.shown == step and arrow.along() is not None
            wanted = cursor._x()
            image = plots_image(picture(panel, "over the epochs", 1.0))
        found = cursors(panel, image)
        at = wanted - page.view.sceneBoundingRect().left()
        assert found and all(abs(x - at) < 3 for x in found), f"epoch {step}: {found}, wanted {at}"
    with panel.pictured.at_step(known[0]):
        assert not cursor.isVisible(), "before the first epoch there is none"
    assert cursor.shown == 12 and panel.grab().toImage() == before, "on the screen nothing has moved"


def test_the_cursor_keeps_the_keyboard_while_pictures_are_made(qtbot: QtBot, panel: TrainingPanel) -> None:
    assert panel.over_epochs is not None
    cursor = panel.over_epochs.cursor_over[panel.over_epochs.loss]
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=5000)
    cursor.setFocus()
    frame(panel, fits(panel)[0])
    assert cursor.hasFocus() and cursor.isVisible()


def test_an_animation_has_the_colours_of_the_screen(panel: TrainingPanel) -> None:
    """The first frame has no gradients, and what it has not was drawn in another run's colour."""
    assert panel.over_epochs is not None
    panel.over_epochs.choose("norms")
    known = fits(panel)
    steps = list(range(0, 13, 3))
    made = animated_gif(Frames(len(steps), 80, lambda numbers: (frame(panel, known[steps[number]]) for number in numbers)))
    colours = panel._theme.color("grad_line"), panel._theme.color("surface"), run_color(panel._theme, 0)
    wanted = [colour.getRgb()[:3] for colour in colours]
    with Image.open(io.BytesIO(made)) as gif:
        assert gif.n_frames == len(steps)  # type: ignore[attr-defined]
        for number in (1, len(steps) - 1):
            gif.seek(number)
            picture = gif.convert("RGB")
            counts = {colour: count for count, colour in picture.getcolors(picture.width * picture.height) or []}
            assert all(counts.get(colour, 0) > 150 for colour in wanted), [(c, counts.get(c, 0)) for c in wanted]


def test_controls_are_no_part_of_a_picture(panel: TrainingPanel) -> None:
    assert panel.over_epochs is not None and panel.tools is not None
    before, button, chooser = panel.grab().toImage(), panel.tools.points.button, panel.over_epochs.chooser
    made = picture(panel, scale=1.0)
    image, surface = plots_image(made), panel._theme.color("surface")
    assert button.isVisible() and button.text() not in plots_svg(made).decode()
    arrow = QRect(chooser.width() - ICON_SIZE, 0, ICON_SIZE, chooser.height())
    for control, part in ((button, button.rect()), (chooser, arrow)):
        place = part.translated(control.mapTo(made.widget, QPoint()) + QPoint(MARGIN, MARGIN))
        held = image.copy(place)
        colours = {held.pixelColor(x, y).name() for x in range(held.width()) for y in range(held.height())}
        assert colours == {surface.name()}, type(control).__name__
    assert "Loss per epoch" in plots_svg(made).decode()
    assert panel.grab().toImage() == before, "in the window they stay"
