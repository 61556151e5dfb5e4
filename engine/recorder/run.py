"""One run that is recorded: what the parts of a recorder share, and what they ask of the code around it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, NamedTuple

from torch import Tensor

from engine.recorder.draft import Draft
from engine.recorder.passes.phases import tell_phases
from engine.recorder.watch.spans import Spans
from engine.recording import Recording
from engine.tables import Moment, Place, Span

Assigned = Mapping[tuple[int, int, int, int], tuple[str | None, ...]]
"""By (line, column, end line, end column) of the right-hand side of an assignment, the names that it is assigned to."""


class Standing(NamedTuple):
    """Where the program is when it asks for an operation."""

    frame: FrameType | None
    """The program's own frame, which its text belongs to."""
    frames: tuple[FrameType, ...]
    """Where names are looked for, one after the other."""
    direct: bool
    """Whether that frame called the operation itself, not through other code such as a module's."""
    call: int | None = None
    """The call of a module, function, optimizer or loader that it runs in."""
    place: Place | None = None
    """Where that is in another of the program's files, if it is."""


class Surroundings(ABC):
    """What a recorder asks of the code that it records: a checked program, or code of any kind."""

    @abstractmethod
    def look(self) -> Standing:
        """Where the program is now."""

    @abstractmethod
    def phase(self, call: int | None, after_pass: bool, grad_enabled: bool) -> str:
        """Which phase an operation in ``call`` belongs to, if that can be known when it runs."""

    @abstractmethod
    def trains(self) -> None:
        """A pass begins, or an operation made or changed a leaf that requires a gradient."""

    @abstractmethod
    def over(self) -> bool:
        """Called before each operation and pass: whether recording has ended, or ends now."""

    @abstractmethod
    def enter_pass(self, function: Callable[..., Any]) -> bool:
        """``function`` is about to run torch's engine: whether that is recorded. If so ``leave_pass`` follows."""

    @abstractmethod
    def leave_pass(self) -> None:
        """The pass has returned or raised."""

    @abstractmethod
    def added(self, fresh: Sequence[Tensor]) -> None:
        """An operation that returned ``fresh`` is recorded."""

    @abstractmethod
    def trouble(self, error: Exception) -> None:
        """Recording itself failed, not the program; may raise."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is recorded, and what is asked before; see ``Recorder``."""

    assigned: Assigned
    cancel: Callable[[], bool] | None = None
    before_operation: Callable[[Any, tuple[Any, ...], dict[str, Any]], None] | None = None
    before_node: Callable[[Any], None] | None = None
    most_operations: int | None = None
    local_derivatives: bool = True
    saved_tensors: bool = True


class Run:
    """A run while it is recorded.

    Parameters
    ----------
    draft : Draft
    spans : Spans
    around : Surroundings
    settings : Settings
    """

    def __init__(self, draft: Draft, spans: Spans, around: Surroundings, settings: Settings) -> None:
        self.draft, self.spans, self.around, self.settings = draft, spans, around, settings
        self.backward_seen = False
        """A pass has been completed."""
        self.failing_span: Span | None = None
        """Where torch raised, once it has."""
        self.pass_failed = False
        """Whether what raised last was a pass."""
        self.refused_root = -1
        """The value from which torch refused to begin a pass; -1 if it did not."""

    def span(self) -> Span | None:
        """Where the program is."""
        return self.spans.span(self.spans.frame())

    def note_print(self, text: str) -> None:
        """The program printed ``text``."""
        draft = self.draft
        draft.printed.append(text)
        draft.moments.append(Moment("print", self._last_phase(), -1, self.span(), text))

    def finish(self, error: BaseException | None, source: str = "") -> Recording:
        """The recording, frozen and free of torch; with an ``error``, its last moment is of kind ``error``."""
        draft = self.draft
        if draft.unfinished:
            draft.mend()
        tell_phases(draft)
        if error is not None:
            phase = "backward" if self.pass_failed else self._last_phase()
            draft.moments.append(Moment("error", phase, self.refused_root, self.failing_span, str(error)))
        return draft.finish(error is not None, source)

    def _last_phase(self) -> str:
        return self.draft.moments[-1].phase if self.draft.moments else "forward"
