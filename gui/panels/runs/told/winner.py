"""Who won a race, and by which number: the loss of the rows set aside where there are any, else that of the rows trained on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Slot

from gui.panels.runs.model import number_text
from gui.session.runs import Run, Runs


class Judge(QObject):
    """Has ``say`` tell who won each race."""

    def __init__(self, runs: Runs, say: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._say = say
        runs.raced.connect(self.tell)

    @Slot(object)
    def tell(self, runs: Sequence[Run]) -> None:
        """These were trained to their ends."""
        self._say(verdict(runs))


def verdict(runs: Sequence[Run]) -> str:
    """How a race of ``runs`` ended: the lowest loss at its end wins; what the table shows alike is equal. Empty for one run."""
    if len(runs) < 2:
        return ""
    aside = any(math.isfinite(run.at(None)[1]) for run in runs)
    what = "validation loss" if aside else "training loss"
    # What diverged is judged by none of its numbers, however small the last one is.
    placed = [run for run in runs if run.state != "diverged" and math.isfinite(run.at(None)[aside])]
    placed.sort(key=lambda run: run.at(None)[aside])
    lost = [run for run in runs if run not in placed]
    said = _of_first(placed, what, aside)
    if len(lost) == 1:
        said.append(f"{lost[0].name} diverged in epoch {lost[0].bad_epoch:,}.")
    elif lost:
        said.append(f"{_listed([f'{run.name} (epoch {run.bad_epoch:,})' for run in lost])} diverged.")
    return " ".join(said)


def _of_first(placed: Sequence[Run], what: str, aside: bool) -> list[str]:
    """The winner, or those that are equal as far as the table shows; and by how much."""
    if not placed:
        return ["Nobody won the race."]
    numbers = [run.at(None)[aside] for run in placed]
    least = number_text(numbers[0])
    first = [run for run, number in zip(placed, numbers, strict=True) if number_text(number) == least]
    epochs = sorted({run.epochs for run in first})
    after = f"after {epochs[0]:,} {'epoch' if epochs[0] == 1 else 'epochs'}" if len(epochs) == 1 else "at their ends"
    if len(first) > 1:
        return [f"{_listed([run.name for run in first])} are equal: {what} {least} {after}."]
    text, *others = _alike(numbers[:2])
    second = f"; {placed[1].name} is second with {others[0]}" if others else ""
    return [f"{first[0].name} won: it reached the lowest {what}, {text} {after}{second}."]


def _alike(numbers: Sequence[float]) -> list[str]:
    """As the table writes them; those of one magnitude with as many decimals, so that 0.0462 and 0.04618 can be compared."""
    texts = [number_text(number) for number in numbers]
    plain = all(number > 0 and "e" not in text for number, text in zip(numbers, texts, strict=True))
    if not plain or len({math.floor(math.log10(number)) for number in numbers}) > 1:
        return texts
    decimals = max(len(text.partition(".")[2]) for text in texts)
    return [f"{number:.{decimals}f}" for number in numbers]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
