"""Settings and snapshots of a training run. Holds no torch, so the window may import it at start-up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.runtime.said import shown
from engine.text.kind import LONGEST
from engine.training.choices.common import FIELDS, STOP_RULES, UPDATE
from engine.training.choices.knobs import LONGEST_SHOWN, Whole, WholeOrNone
from engine.training.choices.options import Options
from engine.training.choices.schedules import SCHEDULES
from engine.training.choices.setup import CHOICES, Setup, set_up

FloatArray = NDArray[np.floating]

WHOLE_NUMBERS: Mapping[str, tuple[int, int]] = {
    knob.name: (knob.least, knob.greatest) for knob in FIELDS if isinstance(knob, Whole) and not isinstance(knob, WholeOrNone)
}
"""The least and the greatest value of each setting of a ``TrainingConfig`` that is a whole number."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """What defines a training run; two runs with the same config are bit-identical.

    Parameters
    ----------
    learning_rate : float, default 0.1
        Step size of each update; greater than 0, up to 1e30.
    epochs : int, default 30
        Number of epochs (each sees all samples once), from 1 to 1,000,000.
    seed : int, default 4
        Seed of the generator that draws the first weights, and of the one that draws each epoch's order of rows, from 0 to
        2**31 - 1.
    n_samples : int, default 1500
        Rows of a data set that is made, from 2 to 1,000,000.
    noise : float, default 0.3
        Standard deviation of the noise in it, 0 or more.
    bias : float, default 2.0
        True bias of the data set ``regression``.
    data_seed : int, default 0
        Seed of the data that are made (``random_state`` of scikit-learn's), and of what is set aside for validation, from 0 to
        2**31 - 1.
    data, model, loss, optimizer : str, default ``regression``, ``line``, ``mse``, ``gd``
        What is chosen, by name; see ``docs/laboratory.md``.
    batch_size : int or None, default None
        Rows of one update, from 1 to 1,000,000, in an order that is drawn anew in each epoch; None: all rows, in their order.
    options : mapping of str to object, default empty
        Knobs of what is chosen, and of every set-up, by name; see ``docs/laboratory.md``.
    code : str, default empty
        Training code that was edited, in place of the text that the rest describes; it runs in a process of its own.

    Raises
    ------
    ValueError
        Where a value is out of range, an option belongs to nothing that is chosen, or choices do not go together.
    TypeError
        Where a value is of the wrong type.
    """

    learning_rate: float = 0.1
    epochs: int = 30
    seed: int = 4
    n_samples: int = 1500
    noise: float = 0.3
    bias: float = 2.0
    data_seed: int = 0
    data: str = "regression"
    model: str = "line"
    loss: str = "mse"
    optimizer: str = "gd"
    batch_size: int | None = None
    options: Mapping[str, Any] = Options()
    code: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.code, str):
            raise TypeError(f"code must be a text, got {type(self.code).__name__}")
        if len(self.code) > LONGEST or len(self.code.encode("utf-8", "surrogatepass")) > LONGEST:
            raise ValueError(f"code must be a text of at most {LONGEST:,} bytes, got {len(self.code):,} characters")
        made = set_up(_own(self), self.options)
        for kind in CHOICES:
            object.__setattr__(self, kind, getattr(made, kind).name)
        for knob in FIELDS:
            object.__setattr__(self, knob.name, made.get(knob.name))
        object.__setattr__(self, "options", Options({name: made.get(name) for name in self.options}))

    @property
    def setup(self) -> Setup:
        """The entries that these names choose, and the values of all knobs."""
        return _setup_of(self)

    @property
    def generated(self) -> TrainingConfig:
        """This config with the code that its set-up describes, where that was edited."""
        return replace(self, code="") if self.code else self

    def get(self, name: str) -> Any:
        """The value of a field or a knob of this set-up.

        Parameters
        ----------
        name : str

        Returns
        -------
        object
            As it was given, else its default.

        Raises
        ------
        KeyError
            Where nothing that is chosen has a knob of that name.
        """
        return self.setup.get(name)

    def drawn_from_seed(self) -> TrainingConfig:
        """This config without told first weights; that with edited code stays, which may have been written for them."""
        if self.code:
            return self
        return replace(self, options={name: value for name, value in self.options.items() if name != "start"})

    def choosing(self, **changes: Any) -> TrainingConfig:
        """This config with ``changes``, and of the rest what goes with them.

        Options that belong to nothing that is chosen any more are left out, and where model or loss do not go with the rest, the
        first that does is taken: what a person means by choosing other data.

        Parameters
        ----------
        **changes : object
            Fields by name; ``options`` are added to those that there are.

        Returns
        -------
        TrainingConfig

        Raises
        ------
        ValueError, TypeError
            As the constructor, where nothing goes with ``changes``.
        """
        told = changes.pop("options", {})
        options = {**self.options, **told}
        wanted = {name: changes.get(name, getattr(self, name)) for name in CHOICES}
        refusal: Exception | None = None
        for model in _own_first(wanted["model"], "model", changes):
            for loss in _own_first(wanted["loss"], "loss", changes):
                trial = {**changes, **wanted, "model": model, "loss": loss}
                try:
                    return _with_options(self, trial, options, told)
                except (ValueError, TypeError) as error:
                    refusal = refusal or error
        assert refusal is not None
        raise refusal


def check_is(name: str, value: object, kind: type, optional: bool = False) -> None:
    """Raise TypeError where the argument ``name`` is not of its type: what it must be, and what came."""
    if not (isinstance(value, kind) or (optional and value is None)):
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        other = ", or None" if optional else ""
        raise TypeError(f"{name} must be {article} {kind.__name__}{other}, got {shown(value, LONGEST_SHOWN)}")


def _own(config: TrainingConfig) -> dict[str, Any]:
    return {item.name: getattr(config, item.name) for item in fields(config) if item.name not in ("options", "code")}


@lru_cache(maxsize=64)
def _setup_of(config: TrainingConfig) -> Setup:
    return set_up(_own(config), config.options)


def _own_first(name: str, kind: str, changes: Mapping[str, Any]) -> list[str]:
    others = () if kind in changes else (item.name for item in CHOICES[kind] if item.name != name)
    return [name, *others]


def _with_options(
    config: TrainingConfig, changes: Mapping[str, Any], options: Mapping[str, Any], told: Mapping[str, Any]
) -> TrainingConfig:
    """``config`` with ``changes`` and those of ``options`` that it then has; all that are ``told`` count."""
    schedule = {name: value for name, value in options.items() if name == "schedule"}
    data = {knob.name for choice in CHOICES["data"] if choice.name == changes["data"] for knob in choice.knobs}
    first = {name: value for name, value in options.items() if name in data}
    bare = replace(config, **changes, options={**schedule, **first})
    known = {knob.name for knob in bare.setup.knobs}
    kept = {name: value for name, value in options.items() if name in known}
    if "start" in kept and "start" not in told:
        # Of a model with other parameters it is no start, and of other data it was not chosen.
        start = kept.pop("start")
        if bare.data != config.data or any(options.get(name) != config.options.get(name) for name in _WHICH_DATA):
            return replace(bare, options=kept)
        drawn = replace(bare, options=kept)
        return replace(drawn, options={**kept, "start": start}) if len(start) == drawn.setup.size else drawn
    return replace(bare, options=kept)


_WHICH_DATA = ("path", "x_columns", "y_column")
"""The options that say which data of a file are meant: first weights that were chosen over others are none for them."""
_OF_EACH_UPDATE = {
    "learning_rate",
    "epochs",
    *(knob.name for knob in UPDATE),
    *(knob.name for choice in (*SCHEDULES, *STOP_RULES) for knob in choice.knobs),
}


def acts_at_once(before: TrainingConfig, after: TrainingConfig) -> bool:
    """Whether a run that was begun with ``before`` goes on with ``after``, from its next epoch on.

    It does where only the rate, its schedule, the epochs, a stop rule, what happens at each update or a knob of the optimizer
    differ; with other data, another model, loss, optimizer, other batches or first weights it is another run.
    """
    one, other = before.setup, after.setup
    if before.code != after.code:
        return False
    if (one.data, one.model, one.loss, one.optimizer) != (other.data, other.model, other.loss, other.optimizer):
        return False
    live = _OF_EACH_UPDATE.union(knob.name for knob in one.optimizer.knobs)
    return all(other.values[name] == value for name, value in one.values.items() if name not in live)


class RandomState(NamedTuple):
    """The generator that draws the order of rows: seeded with ``seed``, it has drawn ``drawn`` permutations of ``rows``."""

    seed: int
    rows: int
    drawn: int


@dataclass(frozen=True, eq=False, slots=True)
class TrainingSnapshot:
    """One point of a run, as read-only numpy copies: with its config, all that the next epoch needs.

    Attributes
    ----------
    step : int
        0 for the start, then 1, 2, …: the epoch that it ends.
    loss : float or None
        Of the epoch, as each forward computed it before its update; with batches the mean over all rows. None at step 0.
    parameters : mapping of str to array
        After the epoch; of the default config ``w`` float32 [1, 1], ``b`` float32 [1].
    gradients : mapping of str to array
        As the epoch's last update used them; empty at step 0.
    learning_rate : float
        As used by this epoch (at step 0: the configured one).
    config : TrainingConfig or None
        What made it.
    optimizer_state : mapping of str to mapping
        By parameter, what the optimizer keeps for it, after the epoch: arrays, numbers, tuples of such.
    random_state : RandomState or None
        What the next epoch's order of rows is drawn from; None where all rows are one batch.
    validation : float or None
        The loss on the rows set aside, with the parameters after the epoch; None where there are none.
    first : float or None
        The loss of the run's first epoch.
    stopped : str
        The name of the rule that ended the run here (``tolerance``, ``divergence``); empty if none did.
    beside : bytes
        What edited code keeps beside all that; only the process in which that code runs can read it.
    unkept : str
        What of it cannot be kept, so that the next epoch cannot be run again exactly; empty where all can.
    """

    step: int
    loss: float | None
    parameters: Mapping[str, FloatArray]
    gradients: Mapping[str, FloatArray] = field(default_factory=dict)
    learning_rate: float = 0.1
    config: TrainingConfig | None = None
    optimizer_state: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    random_state: RandomState | None = None
    validation: float | None = None
    first: float | None = None
    stopped: str = ""
    beside: bytes = b""
    unkept: str = ""


FOLLOWED = 24
"""Of a model with up to so many numbers as parameters, all of them are kept for each epoch."""


@dataclass(frozen=True, eq=False, slots=True)
class Stretch:
    """Some epochs of a run that follow each other, all with one config: the numbers of each, and the snapshots of some.

    Attributes
    ----------
    first : int
        The number of its first epoch.
    losses, validation, rates : array
        Of each epoch, as float64 [epochs]; ``validation`` is nan where no rows are set aside.
    parameters : mapping of str to array
        After each epoch, by name, as [epochs, numbers]; empty where a model has more than ``FOLLOWED`` of them.
    snapshots : tuple of TrainingSnapshot
        In order; that of the last epoch is among them. The others can be computed again from the one before.
    """

    first: int
    losses: NDArray[np.float64]
    validation: NDArray[np.float64]
    rates: NDArray[np.float64]
    parameters: Mapping[str, FloatArray]
    snapshots: tuple[TrainingSnapshot, ...]

    @classmethod
    def of(cls, snapshots: Sequence[TrainingSnapshot]) -> Stretch:
        """What these say, which follow each other. Raises ValueError where there is none."""
        if not snapshots:
            raise ValueError("snapshots must be one at least, got none")
        shots = tuple(snapshots)
        names = list(shots[0].parameters) if sum(array.size for array in shots[0].parameters.values()) <= FOLLOWED else []
        return cls(
            shots[0].step,
            np.array([_number(shot.loss) for shot in shots]),
            np.array([_number(shot.validation) for shot in shots]),
            np.array([shot.learning_rate for shot in shots], np.float64),
            {name: np.array([shot.parameters[name] for shot in shots]).reshape(len(shots), -1) for name in names},
            shots,
        )

    def __len__(self) -> int:
        """How many epochs."""
        return len(self.losses)

    @property
    def last(self) -> TrainingSnapshot:
        """The snapshot of its last epoch."""
        return self.snapshots[-1]


def _number(value: float | None) -> float:
    return math.nan if value is None else value
