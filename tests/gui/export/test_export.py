"""Pictures of the graph: they open, hold the texts, and a failed one leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.documents.presets import DEFAULT
from gui.export.formats import PICTURE
from gui.export.pictures import copy_picture
from gui.look.theme import ThemeManager
from gui.panels.graph.panel import GraphPanel
from gui.session.session import Session
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
        self._made = typeset(DEFAULT.symbol, 30)

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
