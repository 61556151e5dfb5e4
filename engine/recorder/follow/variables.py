"""One tensor object as a recording follows it."""

from __future__ import annotations

from typing import NamedTuple
from weakref import ref

from torch import Tensor

from engine.recorder.columns import VARIABLE
from engine.runtime.said import called
from engine.tables import TensorData, Variable


class Reference(ref[Tensor]):
    """A weak reference that remembers the ``id`` of its tensor and the number of its draft."""

    __slots__ = ("key", "memory", "number")
    key: int
    memory: int | None
    number: int


class Hint(NamedTuple):
    """A tensor that has a name before it is used, such as a parameter of a module."""

    tensor: Tensor
    name: str


class VariableDraft:
    """What is known so far of one tensor object.

    ``held`` keeps the tensor alive, so that a view that no name holds any more is still followed. If it is None, a long training
    run can let go of its tensors.
    """

    __slots__ = (
        "gradient_of",
        "gradients",
        "held",
        "id",
        "name",
        "reference",
        "requires_grad",
        "searched",
        "stale",
        "value",
        "values",
        "version",
    )

    def __init__(self, number: int, reference: Reference, name: str | None, held: Tensor | None) -> None:
        self.id = number
        self.reference = reference
        self.name = None if name is None else called(name)
        self.held = held
        self.searched = 0
        """How often its name was looked for."""
        self.version = -1
        self.requires_grad = False
        self.stale = False
        """A view that was changed through other tensors: torch makes its new grad_fn when it is next used."""
        self.value = -1
        self.values: list[tuple[int, int]] | tuple[tuple[int, int], ...] = []
        self.gradients: list[tuple[int, TensorData | None]] | tuple[tuple[int, TensorData | None], ...] = ()
        self.gradient_of: int | None = None

    def row(self) -> Variable:
        """What is known of it, as the recording has it."""
        known = VARIABLE.given(VARIABLE.of(self))
        return Variable(id=self.id, values=tuple(self.values), gradients=tuple(self.gradients), **known)

    def end(self) -> None:
        """Its tensor is gone: what is known of it stays, in less memory than what may still grow needs."""
        if self.values:
            self.values = tuple(self.values)
        self.gradients = tuple(self.gradients)

    def add_value(self, moment: int, number: int) -> None:
        """Add a value that is current after so many moments."""
        self.values = values = self.values if type(self.values) is list else [*self.values]
        values.append((moment, number))

    def add_gradient(self, moment: int, data: TensorData | None) -> None:
        """Its ``.grad`` is another one after so many moments."""
        self.gradients = gradients = self.gradients if type(self.gradients) is list else [*self.gradients]
        gradients.append((moment, data))

    @property
    def gradient(self) -> TensorData | None:
        """Its ``.grad``, as last seen."""
        return self.gradients[-1][1] if self.gradients else None

    @property
    def gradient_since(self) -> int:
        """After how many moments ``gradient`` became what it is; -1 if there was never one."""
        return self.gradients[-1][0] if self.gradients else -1

    @property
    def tensor(self) -> Tensor | None:
        """The tensor; None once the program has dropped it."""
        return self.reference()
