"""Wraps what torch's function mode does not see: custom Functions and ``torch.autograd.backward``."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import Function

if TYPE_CHECKING:
    from engine.recorder.open_recorder import OpenRecorder
    from engine.recording import Span


class Patches:
    """Two wrappers, put on and taken off again. Both do nothing in threads other than the recorder's."""

    def __init__(self, recorder: OpenRecorder) -> None:
        self._recorder = weakref.ref(recorder)
        self._apply: Any = None
        self._backward: Any = None
        self._wrappers: tuple[Any, Any] = (None, None)

    def apply(self) -> None:
        """Put the wrappers on."""
        reference = self._recorder
        original_apply = self._apply = Function.__dict__["apply"]
        original_backward = self._backward = torch.autograd.backward

        def apply(cls: type, *args: Any, **kwargs: Any) -> Any:
            bound = original_apply.__get__(None, cls)
            recorder = reference()
            if recorder is None:
                return bound(*args, **kwargs)
            return recorder.apply_function(bound, cls, args, kwargs)

        def backward(*args: Any, **kwargs: Any) -> Any:
            recorder = reference()
            if recorder is None:
                return original_backward(*args, **kwargs)
            return recorder.run_backward(original_backward, args, kwargs)

        apply.__doc__ = original_apply.__doc__
        backward.__doc__ = original_backward.__doc__
        wrapped: Any = classmethod(apply)
        self._wrappers = (wrapped, backward)
        Function.apply = wrapped  # type: ignore[method-assign]
        torch.autograd.backward = backward

    def undo(self) -> None:
        """Take them off, unless the program has put others in their place: then those stay, and a note says so."""
        recorder = self._recorder()
        if Function.__dict__["apply"] is self._wrappers[0]:
            Function.apply = self._apply  # type: ignore[method-assign]
        elif recorder is not None:
            recorder.note("the code replaced torch.autograd.Function.apply, so custom Functions may be missing")
        if torch.autograd.backward is self._wrappers[1]:
            torch.autograd.backward = self._backward
        elif recorder is not None:
            recorder.note("the code replaced torch.autograd.backward, so passes may be missing")

    def note_hook(self, name: str, span: Span | None) -> None:
        """The program registered a hook, which may change gradients on their way."""
        recorder = self._recorder()
        if recorder is None:
            return
        where = f" in line {span.line}" if span is not None else ""
        if name == "register_hook":
            recorder.note(
                f"register_hook{where}: a hook may change a gradient between its contributions and the Node that receives it; "
                "what is shown at the Node is what came out of the hook"
            )
        else:
            recorder.note(
                f"{name}{where}: what such a hook does inside a backward pass is seen only by its results, at the next use"
            )
