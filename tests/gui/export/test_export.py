"""Files of what is shown: pictures open and hold the texts, scripts run, and a failed one leaves nothing behind."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.export.formats import FORMATS
from engine.lessons.examples import DEFAULT
from engine.training.configs import TrainingConfig
from engine.training.program import script
from engine.training.training import Controls, train
from gui.export.formats import DATA, PICTURE, SCRIPT, Export
from gui.export.pictures import copy_picture
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
from gui.window.actions.actions import ACTIONS
from gui.window.toolbar import TopBar
from gui.work.typesetter import typeset
from tests.gui.factory import cubic


@pytest.fixture
def panel(qtbot: QtBot) -> GraphPanel:
    session = Session()
    panel = GraphPanel(session, ThemeManager("dark"), reduced_motion=lambda: True)
    qtbot.addWidget(panel)
    panel.resize(746, 788)
    session.show_recording(cubic())
    return panel


def test_svg_opens_and_has_texts_and_paths(panel: GraphPanel, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    PICTURE.write(panel, path)
    content = path.read_bytes()
    assert QSvgRenderer(QByteArray(content)).isValid()
    root = ElementTree.fromstring(content)
    texts = {"".join(item.itertext()).strip() for item in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"PowBackward0", "125", "−12", "× 75"} <= texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 10
    assert panel.theme.hex("canvas").lower() in content.decode().lower()


class Heading(QWidget):
    """A typeset formula, painted as the real heading does."""

    def __init__(self) -> None:
        super().__init__()
        self._made = typeset(DEFAULT.formula, 30)

    def size_of(self, brief: bool) -> QSize:
        return self._made.size.toSize()

    @contextmanager
    def whole(self) -> Iterator[None]:
        self.resize(self.size_of(False))
        yield

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        QSvgRenderer(QByteArray(self._made.svg(QColor("#123456")))).render(painter, QRectF(QPointF(), self._made.size))
        painter.end()


def test_glyphs_of_the_formula_have_no_rim(
    qtbot: QtBot, panel: GraphPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heading = Heading()
    qtbot.addWidget(heading)
    monkeypatch.setattr(panel.canvas.over, "heading", heading)
    PICTURE.write(panel, tmp_path / "graph.svg")
    monkeypatch.undo()
    root = ElementTree.fromstring((tmp_path / "graph.svg").read_bytes())
    strokes = [group.get("stroke") for group in root.iter("{http://www.w3.org/2000/svg}g") if group.get("fill") == "#123456"]
    assert len(strokes) >= 4
    assert set(strokes) == {"none"}


def test_png_has_twice_the_density(panel: GraphPanel, tmp_path: Path) -> None:
    path = tmp_path / "graph.png"
    PICTURE.write(panel, path)
    image = QImage(str(path))
    assert image.width() == 2 * (round(panel.scene.places.extent().width()) + 48)
    assert image.pixelColor(2, 2) == panel.theme.color("canvas")
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert panel.theme.color("card").name() in colors


def test_zoom_of_the_window_does_not_matter(panel: GraphPanel, tmp_path: Path) -> None:
    PICTURE.write(panel, tmp_path / "one.svg")
    panel.view.camera.zoom_to(0.4)
    PICTURE.write(panel, tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


@pytest.mark.parametrize("name", ["missing/graph.svg", "graph.gif", "graph"])
def test_failures_are_named(panel: GraphPanel, tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="graph"):
        PICTURE.write(panel, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_no_graph_is_an_error(qtbot: QtBot, tmp_path: Path) -> None:
    panel = GraphPanel(Session(), ThemeManager("light"))
    qtbot.addWidget(panel)
    with pytest.raises(OSError, match="no graph"):
        PICTURE.write(panel, tmp_path / "graph.svg")


def test_copy(panel: GraphPanel, qapp: QApplication) -> None:
    copy_picture(panel)
    assert qapp.clipboard().image().width() > 1000


def run_alone(path: Path) -> list[tuple[int, float]]:
    """What the script at ``path`` prints where Python finds no code of ours."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    said = subprocess.run(
        [sys.executable, "-I", path], cwd=path.parent, env=clean, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    return [(int(epoch), float(loss)) for epoch, loss in map(str.split, said.splitlines())]


def test_a_script_of_the_training_runs_alone_and_prints_the_losses_of_the_run(panel: GraphPanel, tmp_path: Path) -> None:
    run, path = panel.session.run, tmp_path / "training.py"
    run.set_config(replace(run.config, epochs=4, learning_rate=0.07, seed=11))
    run.reset(list(train(run.config)))
    SCRIPT.write(panel, path)
    assert path.read_bytes() == script(run.config).encode()
    assert run_alone(path) == [(shot.step, shot.loss) for shot in run.snapshots[1:]]


def test_a_script_says_where_it_is_not_the_run_that_is_shown(panel: GraphPanel, tmp_path: Path) -> None:
    """The rate was changed halfway: no single set-up prints these losses."""
    run, controls, path = panel.session.run, Controls(0.1), tmp_path / "training.py"
    run.set_config(TrainingConfig(epochs=3, learning_rate=0.05))
    steps = train(run.config, controls)
    run.reset([next(steps), next(steps)])
    controls.learning_rate = 0.05
    run.extend(list(steps))
    SCRIPT.write(panel, path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# The learning rate was changed during the run") and "it is 0.05 from the first epoch on" in text
    assert text.endswith(script(run.config))
    assert [loss for _epoch, loss in run_alone(path)] == [shot.loss for shot in train(run.config)][1:]


@pytest.mark.parametrize("name", ["missing/training.py", "training.txt"])
def test_a_script_that_cannot_be_written_leaves_nothing_behind(panel: GraphPanel, tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="training"):
        SCRIPT.write(panel, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_exported_in_each_text_format_of_the_engine(panel: GraphPanel, tmp_path: Path) -> None:
    assert [(item.ending, item.title) for item in DATA.formats] == [(item.ending, item.title) for item in FORMATS]
    for item in FORMATS:
        path = tmp_path / f"run{item.ending}"
        DATA.write(panel, path)
        assert path.read_bytes() == item.content(cubic())


@pytest.mark.parametrize(("action", "offered"), [("export_recording", DATA), ("export_picture", PICTURE)])
def test_no_menu_names_a_format(action: str, offered: Export) -> None:
    """A new entry of the list would not be named there."""
    spec = next(item for item in ACTIONS if item.id == action)
    toolbar = Path(inspect.getfile(TopBar)).read_text(encoding="utf-8")
    for item in offered.formats:
        assert item.title.removesuffix(" picture") not in spec.title + spec.tooltip + toolbar


def test_every_format_of_pictures_is_written(panel: GraphPanel, tmp_path: Path) -> None:
    for item in PICTURE.formats:
        path = tmp_path / f"graph{item.ending}"
        PICTURE.write(panel, path)
        assert not QImage(str(path)).isNull() or QSvgRenderer(str(path)).isValid()
