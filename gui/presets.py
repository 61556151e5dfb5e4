"""The programs that ship with Gradwalk, each declared once."""

from __future__ import annotations

from dataclasses import dataclass

import resources


@dataclass(frozen=True, slots=True)
class Preset:
    """One program: ``file`` is its name in ``resources/programs``, ``latex`` its typeset title, ``title`` the plain one."""

    file: str
    latex: str
    title: str

    @property
    def text(self) -> str:
        """The program's text."""
        return resources.read_text(f"programs/{self.file}")


PRESETS: tuple[Preset, ...] = (
    Preset("cubic.py", r"y = a^{3} - b^{2}", "y = a³ − b²"),
    Preset("cubic_plus_3.py", r"y = a^{3} - b^{2} + 3", "y = a³ − b² + 3"),
    Preset("functions.py", r"y = \sin a \cdot e^{b} + \ln a + \mathrm{relu}\, b", "y = sin a · eᵇ + ln a + relu b"),
    Preset("shared_leaf.py", r"y = x \cdot x + x", "y = x · x + x"),
    Preset("neuron.py", r"y = \tanh(w x + b)", "y = tanh(w x + b)"),
    Preset("regression_step.py", r"\hat{y} = X w + b", "ŷ = X w + b, one step"),
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
    return resources.read_text(f"programs/{TRAINING_FILE}")
