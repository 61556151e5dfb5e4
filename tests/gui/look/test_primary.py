"""The primary button stays ink under the pointer: further from what a disabled one looks like than from itself."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor

from gui.look import style
from gui.look.theme import Theme


@pytest.mark.parametrize("name", ["light", "dark"])
def test_hovered_it_does_not_look_disabled(name: str) -> None:
    sheet = style.stylesheet(Theme(name))

    def ground(state: str) -> QColor:
        found = re.search(rf'QPushButton\[kind="primary"\]{state}[^{{]*{{[^}}]*background: (#[0-9A-Fa-f]+)', sheet)
        assert found is not None
        return QColor(found.group(1))

    plain, hovered, disabled = ground(" "), ground(":hover"), ground(":disabled")
    assert hovered != plain
    near, far = (abs(hovered.lightness() - other.lightness()) for other in (plain, disabled))
    assert near < 32 and far > 5 * near
