"""Controls shared by all panels; each takes the theme manager and restyles itself when it changes."""

from __future__ import annotations

from gui.widgets.basic import (
    Button,
    ComboBox,
    FlatButton,
    Hairline,
    IconButton,
    PanelHeader,
    ScrolledContent,
    VerticalHairline,
    make_button,
)
from gui.widgets.choices.chips import Chips
from gui.widgets.choices.segmented import Segmented
from gui.widgets.choices.tabs import Tabs
from gui.widgets.dialogs import lay_out_dialog
from gui.widgets.flow import FlowLayout
from gui.widgets.numbers import IntegerBox, NumberBox, field_text, parse_number
from gui.widgets.slider import LeafSlider
from gui.widgets.toggle import Toggle
from gui.widgets.veil import Veil

__all__ = [
    "Button",
    "Chips",
    "ComboBox",
    "FlatButton",
    "FlowLayout",
    "Hairline",
    "IconButton",
    "IntegerBox",
    "LeafSlider",
    "NumberBox",
    "PanelHeader",
    "ScrolledContent",
    "Segmented",
    "Tabs",
    "Toggle",
    "Veil",
    "VerticalHairline",
    "field_text",
    "lay_out_dialog",
    "make_button",
    "parse_number",
]
