"""One picture: its shapes in the theme's colours, and its letters, none of which is drawn smaller than can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgRenderer

import resources
from engine.mathematics.atoms import italic
from gui.look.theme import Theme, ThemeManager, math_font, mono_font, ui_font

LEAST = 11.0
"""Px: letters of symbols are never drawn smaller, and numbers are left out where they would be."""
_SPACE = "{http://www.w3.org/2000/svg}"
_COLOURED = ("fill", "stroke")
_FONTS: dict[str, Callable[[float, int], QFont]] = {
    "ui": ui_font,
    "mono": mono_font,
    "math": lambda px, _weight: math_font(px),
}


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters of one size on one line; ``raised`` are px above it."""

    text: str
    face: str
    px: float
    weight: int
    raised: float


@dataclass(frozen=True, slots=True)
class _Text:
    """Runs side by side, from ``x`` on or around it, in the token ``fill``."""

    x: float
    y: float
    centred: bool
    fill: str
    number: bool
    runs: tuple[_Run, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was read: its coordinates, whether it fills its place, its shapes (of which some belong to numbers)."""

    view: QRectF
    fills: bool
    shapes: str
    number_shapes: str
    texts: tuple[_Text, ...]

    def fitted(self, area: QRectF) -> tuple[QRectF, float]:
        """Where the picture's coordinates lie when it is drawn in ``area``, and how many px each is."""
        choose = max if self.fills else min
        scale = choose(area.width() / self.view.width(), area.height() / self.view.height())
        room = QRectF(0, 0, self.view.width() * scale, self.view.height() * scale)
        room.moveCenter(area.center())
        return room, scale

    def shows_numbers(self, scale: float) -> bool:
        """Whether all numbers can be read at this size."""
        return all(run.px * scale >= LEAST for text in self.texts if text.number for run in text.runs)


@lru_cache(maxsize=64)
def picture(name: str) -> Picture:
    """The picture ``name``, such as ``examples/cubic``. Raises FileNotFoundError if there is none."""
    root = ElementTree.fromstring(resources.read_text(f"pictures/{name}.svg"))
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    shapes: tuple[list[str], list[str]] = [], []
    texts = []
    for item in root:
        item.tag = item.tag.removeprefix(_SPACE)
        number = item.attrib.pop("class", "") == "n"
        if item.tag == "text":
            centred = item.attrib.get("text-anchor") == "middle"
            at = float(item.attrib["x"]), float(item.attrib["y"])
            texts.append(_Text(*at, centred, item.attrib["fill"], number, tuple(_runs(item))))
            continue
        for key in _COLOURED:
            if item.attrib.get(key, "none") != "none":
                item.attrib[key] = f"{{{item.attrib[key]}}}"
        item.tail = ""
        shapes[number].append(ElementTree.tostring(item, "unicode"))
    fills = root.attrib.get("preserveAspectRatio", "").endswith("slice")
    return Picture(QRectF(left, top, width, height), fills, "".join(shapes[False]), "".join(shapes[True]), tuple(texts))


def _runs(item: ElementTree.Element) -> Iterator[_Run]:
    raised = 0.0
    for part, text in _pieces(item):
        of = {**item.attrib, **(part.attrib if part is not None else {})}
        raised -= float(part.attrib.get("dy", "0")) if part is not None else 0.0
        face, slanted = of["font-family"], of.get("font-style") == "italic"
        letters = "".join(map(italic, text)) if face == "math" and slanted else text
        yield _Run(letters.replace("-", "\u2212"), face, float(of["font-size"]), int(of.get("font-weight", "400")), raised)


def _pieces(item: ElementTree.Element) -> Iterator[tuple[ElementTree.Element | None, str]]:
    if item.text:
        yield None, item.text
    for part in item:
        if part.text:
            yield part, part.text
        if part.tail:
            yield None, part.tail


def paint_picture(painter: QPainter, name: str, area: QRectF, theme: ThemeManager) -> None:
    """Draw the picture ``name`` in ``area``, as large as fits; what lies outside is cut."""
    drawn = picture(name)
    room, scale = drawn.fitted(area)
    numbers = drawn.shows_numbers(scale)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    _renderer(name, theme.current.name, numbers).render(painter, room)
    for text in drawn.texts:
        if numbers or not text.number:
            _paint_text(painter, text, room.topLeft() - drawn.view.topLeft() * scale, scale, theme)
    painter.restore()


def _paint_text(painter: QPainter, text: _Text, origin: QPointF, scale: float, theme: ThemeManager) -> None:
    fonts = [_FONTS[run.face](max(LEAST, run.px * scale) if not run.raised else run.px * scale, run.weight) for run in text.runs]
    widths = [QFontMetricsF(font).horizontalAdvance(run.text) for font, run in zip(fonts, text.runs, strict=True)]
    x = origin.x() + text.x * scale - (sum(widths) / 2 if text.centred else 0.0)
    painter.setPen(theme.color(text.fill))
    for run, font, width in zip(text.runs, fonts, widths, strict=True):
        painter.setFont(font)
        painter.drawText(QPointF(x, origin.y() + (text.y - run.raised) * scale), run.text)
        x += width


@lru_cache(maxsize=96)
def _renderer(name: str, theme: str, numbers: bool) -> QSvgRenderer:
    drawn = picture(name)
    view = drawn.view
    box = f"{view.x():g} {view.y():g} {view.width():g} {view.height():g}"
    shapes = drawn.shapes + (drawn.number_shapes if numbers else "")
    for token in {part.partition("}")[0] for part in shapes.split("{")[1:]}:
        shapes = shapes.replace(f"{{{token}}}", Theme(theme).hex(token))
    renderer = QSvgRenderer(QByteArray(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{shapes}</svg>'.encode()))
    renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    return renderer
