"""The programs that ship with Gradwalk, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import resources
from engine.text.literals import find_leaves


@dataclass(frozen=True, slots=True)
class Preset:
    """One program: ``file`` is its name in ``resources/programs``, ``latex`` its typeset title, ``title`` the plain one."""

    file: str
    latex: str
    title: str

    @property
    def text(self) -> str:
        """The program's text, without the newline at its end, which would show as an empty line."""
        return resources.read_text(f"programs/{self.file}").rstrip("\n")


PRESETS: tuple[Preset, ...] = (
    Preset("cubic.py", r"y = a^{3} - b^{2}", "y = a³ − b²"),
    Preset("cubic_plus_3.py", r"y = a^{3} - b^{2} + 3", "y = a³ − b² + 3"),
    Preset("functions.py", r"y = \sin a \cdot e^{b} + \log a + \mathrm{relu}\, b", "y = sin a · eᵇ + log a + relu b"),
    Preset("shared_leaf.py", r"y = x \cdot x + x", "y = x · x + x"),
    Preset("neuron.py", r"y = \tanh(w x + b)", "y = tanh(w x + b)"),
    Preset("regression_step.py", r"\hat{y} = X w + b", "ŷ = X w + b, one update"),
)

DEFAULT = PRESETS[0]
TRAINING_FILE = "regression.py"


def by_file(file: str) -> Preset:
    """The preset in ``file``. Raises KeyError if there is none."""
    for preset in PRESETS:
        if preset.file == file:
            return preset
    raise KeyError(file)


def training_text() -> str:
    """The text of the training program, as the code panel shows it in Train."""
    return resources.read_text(f"programs/{TRAINING_FILE}").rstrip("\n")


TRAINING_PRESET = by_file("regression_step.py")
"""What the toolbar shows in Train: the same model."""


def _shape(text: str) -> tuple[str, ...]:
    """The text around the numbers of its leaves."""
    parts, end = [], 0
    for element in sorted((element for leaf in find_leaves(text) for element in leaf.elements), key=lambda one: one.start):
        parts.append(text[end : element.start])
        end = element.end
    return (*parts, text[end:].rstrip("\n"))


@lru_cache(maxsize=1)
def _shapes() -> dict[tuple[str, ...], Preset]:
    return {_shape(preset.text): preset for preset in PRESETS}


def like(text: str) -> Preset | None:
    """The preset that ``text`` is, whatever the numbers of its leaves are; None for a program of one's own."""
    return _shapes().get(_shape(text))
