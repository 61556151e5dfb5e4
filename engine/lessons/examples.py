"""The examples that ship, each a program in a file of its own, whose head of comments says what it is called and shows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

import resources
from engine.lessons.reading.formulas import read_formula
from engine.mathematics.expression import Expression
from engine.text.literals import find_leaves
from engine.training.configs import TrainingConfig

FOLDERS = ("examples/gradients", "examples/training")
"""Where they lie; adding one is adding a file."""
_LINE = re.compile(r"# ([a-z-][a-z -]*): (.+)")
_KEYS = frozenset({"title", "formula", "shows", "order", "picture", "set-up"})


@dataclass(frozen=True, slots=True)
class Example:
    """One example.

    Attributes
    ----------
    file : str
        Its file's name, by which it is known.
    title : str
        What it is called.
    text : str
        The program, without the head and without the newline at its end, which would show as an empty line.
    formula : Expression or None
        What it computes; those that have one are in the toolbar's list.
    called : str
        The title that the head gives; empty where the formula is the title.
    shows : str
        One line: what one will see.
    order : int
        Its place in the gallery; 0: it is not there.
    picture : str
        The name of its picture.
    set_up : str
        Of an example that trains: the fields of its ``TrainingConfig``, as JSON.
    """

    file: str
    title: str
    text: str
    formula: Expression | None = None
    called: str = ""
    shows: str = ""
    order: int = 0
    picture: str = ""
    set_up: str = ""

    @property
    def trains(self) -> bool:
        """Whether it is a set-up of the training."""
        return bool(self.set_up)

    @property
    def config(self) -> TrainingConfig:
        """The training that it sets up."""
        return TrainingConfig(**json.loads(self.set_up))


def read_example(text: str, file: str) -> Example:
    """The example in ``text``. Raises ValueError where its head says what no example has, or too little."""
    head, _, program = text.partition("\n\n")
    said: dict[str, str] = {}
    for line in head.splitlines():
        found = _LINE.fullmatch(line)
        if found is None or found[1] not in _KEYS:
            raise ValueError(f"{file}: {line!r} is not one of {', '.join(sorted(_KEYS))}")
        said[found[1]] = found[2]
    formula = read_formula(said["formula"]) if "formula" in said else None
    called = said.get("title", "")
    if not called and formula is None:
        raise ValueError(f"{file}: it has neither a title nor a formula")
    return Example(
        file,
        called or str(formula),
        program.rstrip("\n"),
        formula,
        called,
        said.get("shows", ""),
        int(said.get("order", "0")),
        said.get("picture", ""),
        said.get("set-up", ""),
    )


def _all() -> tuple[Example, ...]:
    names = [name for folder in FOLDERS for name in resources.names(folder, ".py")]
    found = [read_example(resources.read_text(name), name.rpartition("/")[2]) for name in names]
    return tuple(sorted(found, key=lambda one: (not one.order, one.order, one.file)))


EXAMPLES = _all()
"""Those of the gallery in their order, then the rest by name."""
GALLERY = tuple(example for example in EXAMPLES if example.order)
"""Those that *Home* shows."""
PRESETS = tuple(example for example in EXAMPLES if example.formula is not None)
"""Those of the toolbar's list."""
DEFAULT = EXAMPLES[0]
"""What the first start shows."""
TRAINING_FILE = "regression.py"
"""What the training's program is called."""


def by_file(file: str) -> Example:
    """The example in ``file``. Raises KeyError if there is none."""
    for example in EXAMPLES:
        if example.file == file:
            return example
    raise KeyError(file)


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
def _shapes() -> dict[tuple[str, ...], Example]:
    return {_shape(example.text): example for example in EXAMPLES if not example.trains}


def like(text: str) -> Example | None:
    """The example that ``text`` is, whatever the numbers of its leaves are; None for a program of the user's own."""
    return _shapes().get(_shape(text))
