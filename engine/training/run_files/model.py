"""What a file of runs holds, frozen and without torch; each field is declared once, and the schema is made of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from engine.tables.declared import Form, OneOf, Parts, Since, To
from engine.training.choices.common import STOP_RULES
from engine.training.configs import TrainingConfig

STATES = ("paused", "done", "stopped", "diverged")
"""What can have become of a run that was trained."""
RULES = ("", *(rule.name for rule in STOP_RULES))

Name = Annotated[str, Form.NAME]


@dataclass(frozen=True, slots=True)
class DataSet:
    """What runs were trained on.

    Attributes
    ----------
    sha256 : str
        Of the numbers as they were trained on: hexadecimal, as ``engine.training.run_files.replay.data_hash`` computes it.
    rows : int
        How many there are, those for validation among them.
    name : str
        The file's name, without its folder; empty where the data are made or drawn.
    file_sha256 : str
        Of that file; empty where there is none.
    member : str
        The part of this file that holds it; empty where it was left out.
    """

    sha256: Name
    rows: int
    name: Name = ""
    file_sha256: Name = ""
    member: Name = ""


@dataclass(frozen=True, slots=True)
class FiledRun:
    """One run.

    Attributes
    ----------
    name : str
        As the user called it; empty for its usual name.
    look : int
        Number of its colour, marker and dashes.
    state : str
        What became of it.
    stopped : str
        The rule that ended it early; empty if none did.
    data : int
        What it was trained on.
    changes : tuple of (epoch, config)
        From which epochs on which set-ups acted; the first from epoch 1.
    losses : tuple of float
        Of epochs 1, 2, …
    validation : tuple of float
        The loss on the rows set aside, at the start and after each epoch; nan where there are none.
    rates : tuple of float
        The learning rates of epochs 1, 2, …
    places : tuple of (name, place)
        The parameters of a small model: name of the tensor, and place in it when it is flattened; none of a larger one.
    labels : tuple of str
        What these are called; of a larger model the names of its tensors.
    parameters : tuple of float
        Each of them at the start and after each epoch, in the order of the labels; of a larger model the norms of its tensors.
    gradients : tuple of float
        The same of their gradients, as the epoch's last update used them; nan at the start.
    tensors : tuple of str
        The names of all parameters that have more than one number.
    begins : int
        The epoch of another run at which it branched off, whose epochs it has up to there; 0 where it begins with first weights.
    shown : bool
        Whether it was drawn beside the run that was trained.
    came_with : str
        The file that its code came with, as long as nobody had allowed that to run; empty otherwise.
    """

    name: Name
    look: int
    state: Annotated[str, OneOf(STATES, "state")]
    stopped: Annotated[str, OneOf(RULES, "stop rule")]
    data: Annotated[int, To("data")]
    changes: tuple[Annotated[tuple[int, Annotated[int, To("configs")]], Parts(("epoch", "config"))], ...]
    losses: tuple[float, ...]
    validation: tuple[float, ...]
    rates: tuple[float, ...]
    places: tuple[Annotated[tuple[Name, int], Parts(("name", "place"))], ...]
    labels: tuple[Name, ...]
    parameters: tuple[float, ...]
    gradients: tuple[float, ...]
    tensors: tuple[Name, ...]
    begins: Annotated[int, Since("0.1")] = 0
    shown: Annotated[bool, Since("0.1")] = True
    came_with: Annotated[Name, Since("0.1")] = ""


@dataclass(frozen=True, slots=True)
class RunFile:
    """All of one file.

    Attributes
    ----------
    torch : str
        The version of torch that trained the runs: another one need not give the same digits.
    data : tuple of DataSet
        What the runs were trained on.
    configs : tuple of TrainingConfig
        The set-ups.
    runs : tuple of FiledRun
        The runs, in the order in which they began.
    """

    torch: Name
    data: tuple[DataSet, ...]
    configs: tuple[TrainingConfig, ...]
    runs: tuple[FiledRun, ...]

    @staticmethod
    def rows() -> dict[str, type[DataSet] | type[FiledRun]]:
        """What the rows of the tables are that the model declares itself."""
        return {"data": DataSet, "runs": FiledRun}
