"""Records one run of a program: a function mode for the forward, hooks on every Node for the real backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.recorder.draft import Draft
from engine.recorder.run import Assigned, Run, Settings, Standing, Surroundings
from engine.recorder.watch.spans import Spans
from engine.recorder.watch.unframed import complete
from engine.recorder.watching import Watching
from engine.recording import Recording
from engine.tables import Span


class CheckedProgram(Surroundings):
    """A program in one text, which calls torch itself and is bounded from outside.

    Parameters
    ----------
    spans : Spans
        Finds the program's frame.
    """

    def __init__(self, spans: Spans) -> None:
        self._spans = spans

    def look(self) -> Standing:
        """The program's frame is all there is to know."""
        frame = self._spans.frame()
        return Standing(frame, () if frame is None else (frame,), self._spans.direct)

    def phase(self, call: int | None, after_pass: bool, grad_enabled: bool) -> str:
        """Without gradients after a pass it is the update."""
        return "forward" if grad_enabled or not after_pass else "update"

    def trains(self) -> None:
        """Functions are not told apart."""

    def over(self) -> bool:
        """Recording goes on until the program ends."""
        return False

    def enter_pass(self, function: Callable[..., Any]) -> bool:
        """Every pass is recorded."""
        return True

    def leave_pass(self) -> None:
        """Passes are not counted."""

    def added(self, fresh: Sequence[Tensor]) -> None:
        """All tensors are kept, and so all Nodes."""

    def trouble(self, error: Exception) -> None:
        """The program's run ends."""
        raise error


class Recorder(TorchFunctionMode):
    """Records what runs inside its ``with`` block; ``finish`` then gives the Recording.

    Parameters
    ----------
    text : str
        The program, for the recording and its source spans.
    filename : str
        Frames whose code has this file name are the program's.
    assigned : mapping of (line, column, end_line, end_column) to names
        Where the right-hand side of an assignment stands (from 1, in characters, end exclusive) and what it is assigned to.
    names : mapping of str to Tensor
        Tensors that exist before the program runs: inputs and leaves of the recording.
    before_operation : callable(function, args, kwargs) or None
        Called before each operation; may raise to refuse it.
    before_node : callable(node) or None
        Called before each Node of a pass with ``create_graph``; may raise to refuse it.
    cancel : callable or None
        Asked before each operation and each Node; True raises Cancelled.
    max_operations : int, default 10,000
        More raise TooLargeError.
    local_derivatives : bool, default True
        Also run each one-element Node on a gradient of one, which gives its local derivative.
    saved_tensors : bool, default True
        Also read what each Node keeps for its backward.
    """

    def __init__(
        self,
        text: str,
        filename: str,
        *,
        assigned: Assigned | None = None,
        names: Mapping[str, Tensor] | None = None,
        before_operation: Callable[[Any, tuple[Any, ...], dict[str, Any]], None] | None = None,
        before_node: Callable[[Any], None] | None = None,
        cancel: Callable[[], bool] | None = None,
        max_operations: int = 10_000,
        local_derivatives: bool = True,
        saved_tensors: bool = True,
    ) -> None:
        super().__init__()
        settings = Settings(
            assigned or {}, cancel, before_operation, before_node, max_operations, local_derivatives, saved_tensors
        )
        spans = Spans(text, filename)
        self._run = Run(Draft(text, names or {}), spans, CheckedProgram(spans), settings)
        self._watching = Watching(self._run)

    def __torch_function__(
        self, function: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # With one of our frames: the program's own has builtins that import nothing, and torch at times imports while it
        # computes.
        return complete(self._watching.sees(function, args, kwargs or {}))

    @property
    def failing_span(self) -> Span | None:
        """Where torch raised, once it has."""
        return self._run.failing_span

    @failing_span.setter
    def failing_span(self, span: Span | None) -> None:
        self._run.failing_span = span

    def note_print(self, text: str) -> None:
        """The program printed ``text``."""
        self._run.note_print(text)

    def finish(self, error: BaseException | None = None) -> Recording:
        """The recording, frozen and free of torch; with an ``error``, its last moment is of kind ``error``."""
        return self._run.finish(error)
