"""All tables of one run together: what a Recording is before anything is made of it.

A new field of the recording is declared here, as ``model.py`` says of those of a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated

from engine.runtime.cached import cached_property
from engine.tables.declared import InJson, LeftOut, Parts, Since
from engine.tables.model import (
    Call,
    Hook,
    Moment,
    Node,
    NodeRun,
    Operation,
    OperationId,
    Pass,
    Place,
    Read,
    Value,
    ValueId,
    Variable,
)


@dataclass(frozen=True, eq=False, repr=False)
class Tables:
    """Everything that happened, in torch's own order. Ids are indices into these tuples.

    Attributes
    ----------
    text : str
        The program's text as it ran.
    values : tuple of Value
        Versions of tensors.
    variables : tuple of Variable
        Tensor objects through their life.
    operations : tuple of Operation
        Forward operations as the program called them.
    nodes : tuple of Node
        Autograd Nodes.
    passes : tuple of Pass
        Runs of torch's engine.
    runs : tuple of NodeRun
        Runs of Nodes.
    moments : tuple of Moment
        What became known or changed, in order.
    source : str
        The name of the script that ``text`` is (``train.py``), without its folder; empty for a program of the window.
    printed : str
        All that ``print`` wrote.
    failed : bool
        Whether the program ended with an error; then the last moment is one.
    notes : tuple of str
        What could not be recorded, in words.
    inputs : tuple of int
        Ids of values that may have existed before the recording began (for example weights and data of a training step).
    calls : tuple of Call
        Calls of modules and functions, steps of optimizers and batches, as they began: a parent comes before what it calls.
    elsewhere : mapping of int to Place
        Operations that a file other than the script asked for: by operation its place there.
    reads : tuple of Read
        Where numbers were taken out of tensors, in order.
    hooks : tuple of Hook
        Hooks that may change a gradient on its way, each place once; if there are any, gradients need not be derivatives. Files
        that lack it say so in ``notes``.
    """

    text: str
    values: tuple[Value, ...]
    variables: Annotated[tuple[Variable, ...], LeftOut("gradients are said as they are at the end, one per value")]
    operations: tuple[Operation, ...]
    nodes: tuple[Node, ...]
    passes: Annotated[tuple[Pass, ...], LeftOut("each event has its pass's number")]
    runs: Annotated[tuple[NodeRun, ...], InJson("events")]
    moments: Annotated[tuple[Moment, ...], LeftOut("the window's timeline; events are in the engine's order")]
    source: Annotated[str, InJson("source_file")] = ""
    printed: str = ""
    failed: bool = False
    notes: tuple[str, ...] = ()
    inputs: Annotated[tuple[ValueId, ...], LeftOut("no operation has them among its `outputs`")] = ()
    calls: tuple[Call, ...] = ()
    elsewhere: Annotated[
        Mapping[OperationId, Place], Parts(("operation",)), Since("0.1"), LeftOut("each operation says its own", rows=False)
    ] = field(default_factory=dict)
    reads: Annotated[tuple[Read, ...], Since("0.1"), LeftOut("only what the window explains is made of it")] = ()
    hooks: Annotated[tuple[Hook, ...], Since("0.1")] = ()

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
