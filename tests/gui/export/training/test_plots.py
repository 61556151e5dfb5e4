"""Plots of the training as files: text stays text, nothing is painted beyond its plot, in both themes and at any density."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from importlib import import_module
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QByteArray, QPoint
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QGraphicsView
from pytestqt.qtbot import QtBot

from engine.training.configs import TrainingConfig
from gui.export.formats import PLOTS
from gui.export.training.plots import MARGIN, PlotPicture, plots_image, plots_pdf, plots_png, plots_svg
from gui.look.runs import run_color
from gui.look.theme import ThemeManager
from gui.panels.training.panel import TrainingPanel
from gui.panels.training.plots.plot import Layer
from gui.session.session import Session
from gui.work.training.controller import TrainingController
from tests.gui.work.test_training_controller import one_thread

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=["light", "dark"])
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[TrainingPanel]:
    monkeypatch.setattr(import_module("engine.programs.warming"), "warm_up", one_thread)
    session = Session()
    session.run.set_config(TrainingConfig(epochs=12, n_samples=200))
    controller = TrainingController(session.run)
    made = TrainingPanel(session, ThemeManager(request.param), controller)
    qtbot.addWidget(made)
    made.set_arrangement("row")
    made.resize(1300, 360)
    made.show()
    made.build_plots()
    with qtbot.waitSignal(controller.finished, timeout=60_000):
        controller.prepare()
        controller.train()
    qtbot.waitUntil(lambda: controller.surface is not None, timeout=60_000)
    qtbot.waitUntil(lambda: controller.fit is not None and controller.fit.step == 12, timeout=60_000)
    qtbot.waitUntil(lambda: all(plot.updatesEnabled() for plot in made._plots_made()), timeout=60_000)
    made._show_texts()
    yield made
    controller.close()


def picture(panel: TrainingPanel, key: str = "all plots", scale: float = 2.0) -> PlotPicture:
    return PlotPicture(panel.pictured.widgets[key], panel._theme, "Plots", scale)


def test_svg_has_texts_lines_and_no_images(panel: TrainingPanel) -> None:
    content = plots_svg(picture(panel))
    assert QSvgRenderer(QByteArray(content)).isValid()
    root = ElementTree.fromstring(content)
    texts = {"".join(item.itertext()).strip() for item in root.iter(f"{SVG}text")}
    assert {"Loss per epoch", "Loss surface", "epoch", "data, 200 points", "start"} <= texts
    assert "Epoch 12" in texts and any("MSE" in text for text in texts)
    images = [(float(item.get("width", 0)), float(item.get("height", 0))) for item in root.iter(f"{SVG}image")]
    assert all(max(size) <= 40 for size in images), f"neither grounds nor layers are images, only icons: {images}"
    assert len(list(root.iter(f"{SVG}clipPath"))) >= 3, "each plot ends at its edges"
    assert panel._theme.hex("surface").lower() in content.decode().lower()


def test_each_plot_is_a_picture_of_its_own(panel: TrainingPanel) -> None:
    plots = ["all plots", "data and fit", "over the epochs", "loss surface"]
    assert list(panel.pictured.widgets) == plots
    assert panel.over_epochs is not None
    panel.over_epochs.choose("norms")
    assert list(panel.pictured.widgets) == [*plots, "gradient norm"]
    for key, widget in panel.pictured.widgets.items():
        made = picture(panel, key, 1.0)
        image = plots_image(made)
        assert image.size() == made.pixels and image.width() == widget.width() + 2 * MARGIN
        assert image.pixelColor(2, 2) == panel._theme.color("surface")
    panel.over_epochs.choose("loss")
    svg = plots_svg(picture(panel, "over the epochs")).decode()
    assert "Loss per epoch" in svg and "Loss surface" not in svg


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_a_png_has_the_density_that_was_chosen(panel: TrainingPanel, scale: float) -> None:
    made = picture(panel, scale=scale)
    image = QImage.fromData(plots_png(made))
    assert (image.width(), image.height()) == (round(made.size.width() * scale), round(made.size.height() * scale))
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert {run_color(panel._theme, 0).name(), panel._theme.color("surf_6").name()} <= colors


def test_a_png_is_never_larger_than_memory_allows(panel: TrainingPanel) -> None:
    assert max(picture(panel, scale=1000.0).pixels.toTuple()) == 16000


def test_text_that_is_copied_out_of_a_pdf_is_what_is_read_there(panel: TrainingPanel) -> None:
    """Qt says that a digit of tables stands for a character of the font's own, and a blank for a tabulator."""
    content = plots_pdf(picture(panel))
    assert content.startswith(b"%PDF")
    meant = {
        int(code, 16)
        for ranges in re.findall(rb"beginbfrange.*?endbfrange", content, re.S)
        for code in re.findall(rb"<(....)>", ranges)
    }
    assert set(map(ord, "012458 ")) <= meant and 0x09 not in meant and not any(0xE000 <= code < 0xF900 for code in meant)
    # A page as large as the picture, in points.
    wide, high = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", content)[0])
    size = picture(panel).size
    assert wide == pytest.approx(size.width() * 0.75, abs=1) and high == pytest.approx(size.height() * 0.75, abs=1)
    assert zlib.crc32(content)


def test_what_is_on_the_screen_stays_as_it_was(qtbot: QtBot, panel: TrainingPanel) -> None:
    views = panel.findChildren(QGraphicsView)
    before, modes = panel.grab().toImage(), [view.cacheMode() for view in views]
    for item in PLOTS.formats:
        item.content(picture(panel))
    assert panel.grab().toImage() == before and [view.cacheMode() for view in views] == modes
    assert not any(item.elsewhere for view in views for item in view.scene().items() if isinstance(item, Layer))


def test_controls_are_left_out_of_pictures(qtbot: QtBot, panel: TrainingPanel) -> None:
    surface = panel.surface
    assert surface is not None
    box = surface.choosers[0]
    box.addItems(["slice", "0.weight"])
    box.show()
    qtbot.waitUntil(lambda: box.width() > 30 and box.isVisible())
    at = box.mapTo(surface, QPoint(0, 0))

    def inked(image: QImage, shift: int) -> set[str]:
        """The colours where the box is."""
        x0, y0, ratio = at.x() + shift, at.y() + shift, image.devicePixelRatio()
        places = [(x, y) for x in range(0, box.width(), 2) for y in range(0, box.height(), 2)]
        return {image.pixelColor(round((x0 + x) * ratio), round((y0 + y) * ratio)).name() for x, y in places}

    assert len(inked(surface.grab().toImage(), 0)) > 3
    assert inked(plots_image(picture(panel, "loss surface", 1.0)), MARGIN) == {panel._theme.hex("surface").lower()}
    surface.copy_picture()
    assert len(inked(QGuiApplication.clipboard().pixmap().toImage(), 0)) == 1, "nothing but the ground"
    svg = plots_svg(picture(panel)).decode()
    assert "slice" not in svg and "Edit points" not in svg
