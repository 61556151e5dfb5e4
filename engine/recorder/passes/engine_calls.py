"""Calls by which the program runs torch's engine: ``backward`` of a tensor or of torch, and ``torch.autograd.grad``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from torch import Tensor

from engine.recorder.operations import Asked, Operations, given_to, sequence_number
from engine.recorder.passes.passes import PassCall, PassRecorder, captured
from engine.recorder.run import Run
from engine.recorder.watch.arguments import as_tensors, tensors_in
from engine.recorder.watch.unframed import after, followed, has_failed
from engine.recorder.watch.unseen import unseen

_BACKWARD = ("self", "gradient", "retain_graph", "create_graph", "inputs")
_GRAD = ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph")
_ENGINE = ("tensors", "grad_tensors", "retain_graph", "create_graph", "grad_variables", "inputs")


def _by_name(names: Sequence[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(names, args, strict=False)) | kwargs


def backward_roots(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """What ``torch.autograd.backward(…)`` was asked to start from."""
    return as_tensors(_by_name(_ENGINE, args, kwargs).get("tensors"))


class EngineCalls:
    """Follows these calls and the passes that they make."""

    def __init__(self, run: Run, operations: Operations) -> None:
        self._run, self._operations = run, operations
        self._draft = run.draft

    def backward(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``tensor.backward(…)``: how to make the call."""
        given = _by_name(_BACKWARD, args, kwargs)
        return self._pass(function, args, kwargs, given, (args[0],), (given.get("gradient"),))

    def engine(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``torch.autograd.backward(…)``: the same."""
        given = _by_name(_ENGINE, args, kwargs)
        outputs = tuple(item for item in as_tensors(given.get("tensors")) if isinstance(item, Tensor))
        return self._pass(function, args, kwargs, given, outputs, as_tensors(given.get("grad_tensors")))

    def _pass(
        self,
        function: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        given: dict[str, Any],
        outputs: tuple[Any, ...],
        seeds: tuple[Any, ...],
    ) -> Callable[[], Any]:
        span = self._run.span()
        return self._follow(PassCall.asked(function, args, kwargs, span, outputs, seeds, given, accumulates=True))

    def grad(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
        """``torch.autograd.grad(…)``: how to make the call, which is an operation, too."""
        run, draft = self._run, self._draft
        named = _by_name(_GRAD, args, kwargs)
        standing = run.around.look()
        span = run.spans.span(standing.frame)
        outputs, seeds = as_tensors(named.get("outputs")), as_tensors(named.get("grad_outputs"))
        try:
            given = given_to(draft, (outputs, as_tensors(named.get("inputs"))), {}, standing.frames)
        except Exception as error:
            run.around.trouble(error)
            return partial(function, *args, **kwargs)
        asked = Asked("grad", given, standing, span, sequence_number())
        variables, passes = len(draft.followed.variables), len(draft.passes)
        call = self._follow(PassCall.asked(function, args, kwargs, span, outputs, seeds, named, accumulates=False))

        def done(result: Any) -> Any:
            result = after(result, call)
            try:
                if not draft.unfinished:
                    self._note_grad(asked, len(outputs), result, variables, passes)
            except Exception as error:
                run.around.trouble(error)
            return result

        return followed(function, args, kwargs, done, partial(has_failed, call))

    @unseen
    def _note_grad(self, asked: Asked, outputs: int, result: Any, variables: int, passes: int) -> None:
        """``torch.autograd.grad`` returned ``result``; before that there were so many ``variables`` and ``passes``."""
        draft = self._draft
        fresh = [item for item in tensors_in(result) if not draft.followed.known_since(item, variables)]
        if fresh:
            for item in fresh:
                if item.requires_grad and not item.is_leaf:
                    draft.made.add(item, len(draft.passes) - 1, None)
            self._operations.add(asked, fresh, [])
        if len(draft.passes) > passes:
            captured(draft, [item.value for item in asked.given.inputs[outputs:]], as_tensors(result))

    def _follow(self, call: PassCall) -> Callable[[], Any]:
        """How to make a call that runs the engine, if its pass is recorded."""
        around = self._run.around
        if not around.enter_pass(call.function):
            return call.unfollowed()
        try:
            inner = self._hooked(call)
        except BaseException:
            around.leave_pass()
            raise

        def done(result: Any) -> Any:
            try:
                return after(result, inner)
            finally:
                around.leave_pass()

        def failed() -> None:
            try:
                has_failed(inner)
            finally:
                around.leave_pass()

        return followed(call.function, call.args, call.kwargs, done, failed)

    def _hooked(self, call: PassCall) -> Callable[[], Any]:
        """The same with hooks on the Nodes, without reporting that a pass is entered and left."""
        run, draft = self._run, self._draft
        try:
            given_to(draft, call.outputs, {}, run.around.look().frames if draft.names.deep else ())
        except Exception as error:
            run.around.trouble(error)
            return call.unfollowed()
        recorder = PassRecorder(draft, call, run.settings, run.around.trouble)

        def done(result: Any) -> Any:
            recorder.end(completed=True)
            run.backward_seen = True
            return result

        def failed() -> None:
            recorder.end(completed=False)
            run.failing_span, run.pass_failed = call.span, True
            if not recorder.started and call.outputs:
                blamed = next((root for root in call.outputs if not root.requires_grad), call.outputs[0])
                run.refused_root = draft.values.of(blamed)

        made = followed(call.function, call.args, call.kwargs, done, failed)
        recorder.begin()
        return made
