"""The numbers of runs as a table: a line for each epoch, each number in the digits that give it back."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.runtime.errors import Cancelled
from gui.session.run_numbers import Floats, RunNumbers

_AT_ONCE = 2000
"""Lines that are made and written together."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Table:
    """What is written.

    Attributes
    ----------
    runs : tuple of (str, RunNumbers)
        Names and numbers, which do not change any more. Several have their name in a first column.
    cancel : callable
        Asked every few thousand lines; True ends the writing with Cancelled.
    """

    runs: tuple[tuple[str, RunNumbers], ...]
    cancel: Callable[[], bool] = _never

    @property
    def size(self) -> tuple[int, int]:
        """How many lines and columns it has, without the names of these."""
        return sum(len(numbers) for _, numbers in self.runs), len(self._head())

    def _head(self) -> list[str]:
        return [*(["run"] if len(self.runs) > 1 else []), "epoch", "loss", "validation loss", "learning rate", *self._own()]

    def _own(self) -> list[str]:
        """The columns that not all runs need have: parameters, then gradients."""
        parameters = dict.fromkeys(label for _, numbers in self.runs for label in _parameters(numbers))
        norms = dict.fromkeys(_norm_of(name) for _, numbers in self.runs for name in _tensors(numbers))
        return [*parameters, *norms]

    def lines(self) -> Iterator[Sequence[str]]:
        """The head, and a line for each epoch of each run; the epoch 0 is its start."""
        own = self._own()
        yield self._head()
        for name, numbers in self.runs:
            there = [*_parameters(numbers), *map(_norm_of, _tensors(numbers))]
            places = [there.index(column) if column in there else -1 for column in own]
            first, few = [name] if len(self.runs) > 1 else [], len(_parameters(numbers))
            validated = any(map(math.isfinite, numbers.validation[:1].tolist()))
            for begin in range(0, len(numbers), _AT_ONCE):
                if self.cancel():
                    raise Cancelled
                piece = slice(begin, begin + _AT_ONCE)
                norms = _norms(numbers, piece)
                told = np.asarray(np.isfinite(norms).any(axis=1)).tolist()
                columns = [column[piece].tolist() for column in (numbers.loss, numbers.validation, numbers.rate)]
                rows = zip(*columns, numbers.parameters[piece].tolist(), norms.tolist(), told, strict=True)
                for epoch, (loss, validation, rate, parameters, gradients, known) in enumerate(rows, begin):
                    values = [*parameters, *gradients]
                    aside = repr(validation) if validated else ""
                    made = [repr(loss), aside, repr(rate)] if epoch else ["", aside, ""]
                    # Of a long run most epochs keep their numbers only, and no gradients.
                    kept = few if not epoch or (math.isfinite(loss) and not known) else len(values)
                    cells = [repr(value) if place < kept else "" for place, value in enumerate(values)]
                    yield [*first, str(epoch), *made, *("" if place < 0 else cells[place] for place in places)]


def _parameters(numbers: RunNumbers) -> tuple[str, ...]:
    """What the parameters are called that are kept one by one."""
    return numbers.traces.labels if numbers.places else ()


def _tensors(numbers: RunNumbers) -> tuple[str, ...]:
    """The tensors whose gradients are known."""
    return tuple(dict.fromkeys(name for name, _ in numbers.places)) if numbers.places else numbers.traces.labels


def _norms(numbers: RunNumbers, steps: slice) -> Floats:
    """The norm of the gradient of each tensor: [steps, tensors]."""
    gradients = np.asarray(numbers.traces.gradients(len(numbers))[steps], np.float64)
    if not numbers.places:
        return gradients
    names = [name for name, _ in numbers.places]
    return np.stack([np.linalg.norm(gradients[:, [at == name for at in names]], axis=1) for name in _tensors(numbers)], axis=1)


def _norm_of(name: str) -> str:
    return f"gradient norm of {name}"


def csv_table(table: Table) -> Iterator[bytes]:
    """The table as CSV in UTF-8, in pieces: commas between the cells, an empty cell where there is no number."""
    lines = table.lines()
    while piece := list(islice(lines, _AT_ONCE)):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(piece)
        yield text.getvalue().encode("utf-8")
