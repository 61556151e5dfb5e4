"""One tensor object as a recording follows it."""

from __future__ import annotations

from weakref import ref

from torch import Tensor

from engine.recording import TensorData


class Reference(ref[Tensor]):
    """A weak reference that remembers the ``id`` of its tensor and the number of its draft."""

    __slots__ = ("key", "memory", "number")
    key: int
    memory: int | None
    number: int


class VariableDraft:
    """What is known so far of one tensor object.

    ``held`` keeps the tensor alive, so that a view which no name holds any more is followed on. Where that is None, a long
    training run can let go of its tensors.
    """

    __slots__ = (
        "gradient_of", "gradients", "held", "id", "name", "reference", "requires_grad", "searched", "stale", "value", "values",
        "version",
    )  # fmt: skip

    def __init__(self, number: int, reference: Reference, name: str | None, held: Tensor | None) -> None:
        self.id = number
        self.reference = reference
        self.name = name
        self.held = held
        self.searched = 0
        """How often its name was looked for."""
        self.version = -1
        self.requires_grad = False
        self.stale = False
        """A view that was changed through other tensors: torch makes its new grad_fn when it is next used."""
        self.value = -1
        self.values: list[tuple[int, int]] = []
        self.gradients: list[tuple[int, TensorData | None]] = []
        self.gradient_of: int | None = None

    @property
    def tensor(self) -> Tensor | None:
        """None once the program let go of it."""
        return self.reference()
