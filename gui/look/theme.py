"""Colours, fonts and icons by name. The only place that reads ``resources/themes`` and the only source of colours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from gui.look.minus import with_long_minus

UI_FAMILY = "Inter"
MONO_FAMILY = "JetBrains Mono"
MATH_FAMILY = "STIX Two Math"


@lru_cache(maxsize=1)
def tokens() -> dict[str, Any]:
    """The design tokens, as in ``resources/themes/tokens.json``."""
    return json.loads(resources.read_text("themes/tokens.json"))  # type: ignore[no-any-return]


@lru_cache(maxsize=512)
def _color(theme: str, token: str, opacity: float) -> QColor:
    color = QColor(str(tokens()[theme][token]["hex"]))
    color.setAlphaF(opacity)
    return color


@dataclass(frozen=True)
class Theme:
    """One theme; ``name`` is ``light`` or ``dark``."""

    name: str

    def hex(self, token: str) -> str:
        """``#RRGGBB`` of a token such as ``value_line``. Raises KeyError for an unknown one."""
        return str(tokens()[self.name][token]["hex"])

    def color(self, token: str, opacity: float = 1.0) -> QColor:
        """The token's colour with an opacity from 0 to 1."""
        return QColor(_color(self.name, token, opacity))


class ThemeManager(QObject):
    """The theme in force.

    Signals
    -------
    changed()
        ``current`` is another theme, or the font scale changed: restyle and repaint.
    """

    changed = Signal()

    def __init__(self, choice: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choice = choice
        self.scale = 1.0
        self.current = Theme(self._resolve())
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self._system_changed)

    def _resolve(self) -> str:
        if self.choice in ("light", "dark"):
            return self.choice
        hints = QGuiApplication.styleHints()
        return "dark" if hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    @Slot()
    def _system_changed(self) -> None:
        self.set_choice(self.choice)

    def set_choice(self, choice: str) -> None:
        """Choose ``light``, ``dark`` or ``system``."""
        self.choice = choice
        name = self._resolve()
        if name != self.current.name:
            self.current = Theme(name)
            self.changed.emit()

    def set_scale(self, scale: float) -> None:
        """Set the font scale of texts in panels, 1.0 as designed."""
        if scale != self.scale:
            self.scale = scale
            self.changed.emit()

    def color(self, token: str, opacity: float = 1.0) -> QColor:
        return self.current.color(token, opacity)

    def hex(self, token: str) -> str:
        return self.current.hex(token)


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts once; returns their families."""
    families: list[str] = []
    for name in resources.names("fonts", ".otf") + resources.names("fonts", ".ttf"):
        key = QFontDatabase.addApplicationFontFromData(QByteArray(with_long_minus(resources.read_bytes(name))))
        families += QFontDatabase.applicationFontFamilies(key)
    return tuple(dict.fromkeys(families))


@lru_cache(maxsize=256)
def _font(family: str, px: int, weight: int, features: tuple[tuple[str, int], ...] = ()) -> QFont:
    """Kept, since paint code asks for the same few again and again; callers get copies."""
    load_fonts()
    font = QFont(family)
    font.setPixelSize(px)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    for tag, value in features:
        font.setFeature(QFont.Tag(tag), value)
    return font


def ui_font(px: float = 13, weight: int = 400) -> QFont:
    """Inter with tabular figures; ``weight`` 400, 500, 600 or 700."""
    return QFont(_font(UI_FAMILY, max(1, round(px)), weight, (("tnum", 1),)))


def mono_font(px: float = 13, weight: int = 400) -> QFont:
    """JetBrains Mono without ligatures."""
    return QFont(_font(MONO_FAMILY, max(1, round(px)), weight, (("calt", 0), ("liga", 0))))


def math_font(px: float = 19) -> QFont:
    """STIX Two Math, upright; italic letters are the mathematical alphabet of Unicode (see ``gui.look.mathtext``)."""
    return QFont(_font(MATH_FAMILY, max(1, round(px)), 400))


_ICONS = {
    "open": "M2 5.2V3.6c0-.6.4-1 1-1h3.2l1.5 1.6H13c.6 0 1 .4 1 1v.9M2 6.2h12.2l-1.1 6.2c-.1.6-.5 1-1.1 1H3.6c-.6 0-1-.4-1.1-1z",
    "home": "M2.5 7.4 8 2.6l5.5 4.8M4 6.4v6.1a1 1 0 0 0 1 1h6a1 1 0 0 0 1-1V6.4M6.6 13.4V9.6h2.8v3.8",
    "book": ("M8 3.9C6.7 3 4.9 2.7 2.6 2.8v9.4c2.3-.1 4.1.2 5.4 1.1 1.3-.9 3.1-1.2 5.4-1.1V2.8C11.1 2.7 9.3 3 8 3.9zM8 3.9v9.4"),
    "record": (
        "M8 2.1a5.9 5.9 0 1 0 0 11.8A5.9 5.9 0 0 0 8 2.1zM8 6.1a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8z"
        "M8 7.4a.6.6 0 1 0 0 1.2.6.6 0 0 0 0-1.2z"
    ),
    "recording": "M2.5 4h11v8.5h-11zM5.6 8.9a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM10.4 8.9a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM5.6 8.9h4.8",
    "table": "M2.5 3.5h11v9h-11zM2.5 6.6h11M2.5 9.5h11M6.2 3.5v9",
    "save": "M3.5 2.5h7.3l2.7 2.7v7.3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM5 2.7v3h5v-3M5 13.3V9.2h6v4.1",
    "export": "M8 10V2.4M5.2 4.9 8 2.1l2.8 2.8M2.8 9.5v3a1 1 0 0 0 1 1h8.4a1 1 0 0 0 1-1v-3",
    "chevron_down": "M4.5 6.5 8 10l3.5-3.5",
    "chevron_up": "M4.5 9.5 8 6l3.5 3.5",
    "chevron_right": "M6.5 4.5 10 8l-3.5 3.5",
    "chevron_left": "M9.5 4.5 6 8l3.5 3.5",
    "rows": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "grid": "M3 3h3.6v3.6H3zM9.4 3H13v3.6H9.4zM3 9.4h3.6V13H3zM9.4 9.4H13V13H9.4z",
    "spin_up": "M5 9.5 8 6.5l3 3",
    "spin_down": "M5 6.5l3 3 3-3",
    "sun": (
        "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4"
        "M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1"
    ),
    "moon": "M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z",
    "help": (
        "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z"
        "M6.2 6.3A1.8 1.8 0 0 1 8 4.7c1 0 1.8.7 1.8 1.6 0 1.2-1.8 1.4-1.8 2.6M8 11.2v.1"
    ),
    "info": "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.4v3.8M8 5v.1",
    "warning": "M8 2.2 14.4 13.2H1.6zM8 6.4v3.3M8 11.4v.1",
    "panel": (
        "M3.3 2.8h9.4a1.2 1.2 0 0 1 1.2 1.2v8a1.2 1.2 0 0 1-1.2 1.2H3.3A1.2 1.2 0 0 1 2.1 12V4a1.2 1.2 0 0 1 1.2-1.2z"
        "M9.6 2.8v10.4M10.9 3v10M12.2 3v10M13.2 3.4v9.2"
    ),
    "pace": "M2.5 5h5M11.5 5h2M9.5 3.2v3.6M2.5 11h2M8.5 11h5M6.5 9.2v3.6",
    "check": "M3.5 8.6 6.6 11.7 12.7 4.7",
    "minus": "M3.5 8h9",
    "plus": "M8 3.5v9M3.5 8h9",
    "more": "M3.5 8h.1M8 8h.1M12.5 8h.1",
    "play": "M5 3.6v8.8L12.2 8z",
    "pause": "M5.6 4v8M10.4 4v8",
    "fit": "M2.5 6V3.5a1 1 0 0 1 1-1H6M10 2.5h2.5a1 1 0 0 1 1 1V6M13.5 10v2.5a1 1 0 0 1-1 1H10M6 13.5H3.5a1 1 0 0 1-1-1V10",
    "reset": "M3 3.2v3.3h3.3M3.2 6.4A5.2 5.2 0 1 1 2.9 9",
    "close": "M4 4l8 8M12 4l-8 8",
    "eye": "M1.6 8S3.8 3.8 8 3.8 14.4 8 14.4 8 12.2 12.2 8 12.2 1.6 8 1.6 8zM8 6.1a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8z",
    "eye_off": (
        "M6.2 4.1A6 6 0 0 1 8 3.8c4.2 0 6.4 4.2 6.4 4.2a11 11 0 0 1-1.9 2.4M4.1 5.3A11 11 0 0 0 1.6 8S3.8 12.2 8 12.2"
        "a6 6 0 0 0 2.9-.7M6.7 6.7a1.9 1.9 0 0 0 2.6 2.6M2.4 2.4l11.2 11.2"
    ),
    "stop": "M4.5 4h7a.5.5 0 0 1 .5.5v7a.5.5 0 0 1-.5.5h-7a.5.5 0 0 1-.5-.5v-7a.5.5 0 0 1 .5-.5z",
    "copy": (
        "M6 5.5h6.5a1 1 0 0 1 1 1V13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1z"
        "M3 10.5a1 1 0 0 1-.5-.9V3.5a1 1 0 0 1 1-1h6c.4 0 .7.2.9.5"
    ),
}
"""Outlines on a 16 px grid, stroked 1.4 px with round ends."""


def icon_svg(name: str, color: str, width: float = 1.4) -> bytes:
    """SVG of the icon ``name`` in ``color``. Raises KeyError for an unknown name."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="{color}" '
        f'stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"><path d="{_ICONS[name]}"/></svg>'
    ).encode()


def icon(name: str, color: QColor, size: int = 16) -> QIcon:
    """The icon in one colour, sharp at 100, 200 and 300 %."""
    result = QIcon()
    renderer = QSvgRenderer(QByteArray(icon_svg(name, color.name())))
    for ratio in (1, 2, 3):
        pixmap = QPixmap(QSize(size * ratio, size * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        result.addPixmap(pixmap)
    return result
