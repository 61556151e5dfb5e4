"""The Recording: one run of a program under real PyTorch, frozen, with all that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.runtime.errors import RecordingError
from engine.tables import Tables

if TYPE_CHECKING:
    from engine.graph.folding import Folds
    from engine.graph.model import Graph
    from engine.graph.state import State


@dataclass(frozen=True, eq=False, repr=False)
class Recording(Tables):
    """Everything that happened, in torch's own order: the tables of one run, and what is made of them.

    Its attributes are those of ``Tables``. What draws, explains and saves it is imported when it is needed.
    """

    @property
    def graph(self) -> Graph:
        """Cards and edges to draw."""
        from engine.graph.build import graph_of

        return graph_of(self)

    @property
    def folds(self) -> Folds:
        """Views of the graph with modules folded into one card each."""
        from engine.graph.folding import folds_of

        return folds_of(self)

    def state(self, cursor: int) -> State:
        """What is known at a place on the timeline.

        Parameters
        ----------
        cursor : int
            After how many moments, from 0 to ``end``.

        Returns
        -------
        State
            What each card and edge shows then.

        Raises
        ------
        RecordingError
            If ``cursor`` is outside of that range.
        """
        from engine.graph.timeline import timeline_of

        if not 0 <= cursor <= self.end:
            raise RecordingError(f"the cursor goes from 0 to {self.end}, not {cursor}")
        return timeline_of(self).state(cursor)

    def to_json(self, indent: int | None = None) -> str:
        """The recording as JSON text; ``docs/engine.md`` lists the keys.

        Parameters
        ----------
        indent : int, optional
            Spaces of each level, from 0; None: all in one line.

        Returns
        -------
        str
            JSON without nan or infinity: these are the strings "nan", "inf", "-inf".
        """
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

        Parameters
        ----------
        path : str or Path
            Where; a file that is there is replaced.

        Raises
        ------
        RecordingFileError
            If the file cannot be written.
        """
        from engine.files.recordings import save_recording

        save_recording(self, path)
