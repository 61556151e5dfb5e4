"""All tables of one run together: what a Recording is before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from engine.runtime.cached import cached_property
from engine.tables.model import Call, Hook, Moment, Node, NodeRun, Operation, Pass, Place, Read, Value, Variable


@dataclass(frozen=True, eq=False, repr=False)
class Tables:
    """Everything that happened, in torch's own order. Ids are indices into these tuples.

    Attributes
    ----------
    text : str
        The program's text as it ran.
    values, variables, operations, nodes, passes, runs, moments : tuples
        See ``engine.tables.model``.
    printed : str
        All that ``print`` wrote.
    failed : bool
        The last moment is an ``error``: the program stopped there.
    notes : tuple of str
        What could not be recorded, in words.
    """

    text: str
    values: tuple[Value, ...]
    variables: tuple[Variable, ...]
    operations: tuple[Operation, ...]
    nodes: tuple[Node, ...]
    passes: tuple[Pass, ...]
    runs: tuple[NodeRun, ...]
    moments: tuple[Moment, ...]
    printed: str = ""
    failed: bool = False
    notes: tuple[str, ...] = ()
    inputs: tuple[int, ...] = field(default=())
    """Values that may have existed before the recording began (for example weights and data of a training step)."""
    calls: tuple[Call, ...] = ()
    """Calls of modules and functions, steps of optimizers and batches, as they began: a parent comes before what it calls."""
    source: str = ""
    """Name of the script that ``text`` is (``train.py``), without its folder; empty for a program of the window."""

    elsewhere: Mapping[int, Place] = field(default_factory=dict)
    """By operation: its place in another file, if the user's innermost code is not in ``text``."""

    reads: tuple[Read, ...] = ()
    """Where numbers were taken out of tensors, in order."""

    hooks: tuple[Hook, ...] = ()
    """Hooks that may change a gradient on its way, each place once; if there are any, gradients need not be derivatives."""

    @cached_property
    def tables(self) -> Tables:
        """The same tuples, without what is kept beside them, for look-ups that are kept in this recording.

        If those held the recording itself, only the collector of cycles could give its memory back.
        """
        return Tables(*(getattr(self, part.name) for part in fields(Tables)))

    def of_module(self, call: int | None) -> bool:
        """Whether a Call is, or is in, something other than a function of the user's own.

        Parameters
        ----------
        call : int or None
            Id of the Call; None: in no call.

        Returns
        -------
        bool
            True for modules, steps of optimizers and batches, and for functions called inside of one.
        """
        while call is not None and self.calls[call].function:
            call = self.calls[call].parent
        return call is not None

    @property
    def end(self) -> int:
        """The cursor after the last moment; cursors go from 0 to this."""
        return len(self.moments)
