"""The Recording: one run of a program under real PyTorch, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.recording.model import Call, Hook, Moment, Node, NodeRun, Operation, Pass, Place, Read, Value, Variable
from engine.runtime.cached import cached_property
from engine.runtime.errors import RecordingError

if TYPE_CHECKING:
    from engine.graph.folding import Folds
    from engine.graph.model import Graph
    from engine.graph.state import State
    from engine.graph.timeline import Timeline


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """Everything that happened, in torch's own order. Ids are indices into these tuples.

    Attributes
    ----------
    text : str
        The program's text as it ran.
    values, variables, operations, nodes, passes, runs, moments : tuples
        See ``engine.recording.model``.
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
    """By operation: its place in another file, where the user's innermost code does not stand in ``text``."""

    reads: tuple[Read, ...] = ()
    """Where numbers were taken out of tensors, in the order in which that was done."""

    hooks: tuple[Hook, ...] = ()
    """Hooks that may change a gradient on its way, each place once; where there are some, gradients need not be derivatives."""

    @cached_property
    def tables(self) -> Recording:
        """The same tuples, without what is kept beside them: for look-ups that are kept in this recording.

        If those held the recording itself, only the collector of cycles could give its memory back.
        """
        return replace(self)

    @cached_property
    def graph(self) -> Graph:
        """Cards and edges to draw."""
        from engine.graph.build import build_graph

        return build_graph(self)

    @cached_property
    def folds(self) -> Folds:
        """Views of the graph with modules folded into one card each."""
        from engine.graph.folding import Folds

        return Folds(self)

    def of_module(self, call: int | None) -> bool:
        """Whether the Call of this id is, or is in, something else than a function of the user's own; not for None."""
        while call is not None and self.calls[call].function:
            call = self.calls[call].parent
        return call is not None

    @property
    def end(self) -> int:
        """The cursor after the last moment; cursors go from 0 to this."""
        return len(self.moments)

    def state(self, cursor: int) -> State:
        """What is known after ``cursor`` moments (0 to ``end``). Raises RecordingError outside that range."""
        if not 0 <= cursor <= self.end:
            raise RecordingError(f"the cursor goes from 0 to {self.end}, not {cursor}")
        return self._timeline.state(cursor)

    @cached_property
    def _timeline(self) -> Timeline:
        from engine.graph.timeline import Timeline

        return Timeline(self)

    def to_json(self, indent: int | None = None) -> str:
        """The recording as JSON text; see ``docs/engine.md`` for the keys."""
        from engine.export.json import recording_to_json

        return recording_to_json(self, indent)

    def __repr__(self) -> str:
        from engine.export.svg import describe

        return f"<{describe(self)}>"

    def _repr_svg_(self) -> str:
        """What a notebook shows: the graph at the end of the recording."""
        from engine.export.svg import svg_of

        return svg_of(self)

    def _repr_html_(self) -> str:
        from engine.export.svg import html_of

        return html_of(self)

    def save(self, path: str | Path) -> None:
        """Write the recording as a ``.gradwalk`` file, whole or not at all; ``engine.open_recording`` reads it.

        Raises
        ------
        RecordingFileError
            If the file cannot be written.
        """
        from engine.files.recordings import save_recording

        save_recording(self, path)
