"""Runs compiled code as it is written: what ``torch.compile`` makes of it cannot be recorded, and trips over the recorder."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

NOTE = (
    "torch.compile is switched off while recording: the code runs as it is written, so its last digits may differ from those of "
    "the compiled code"
)


_again: list[object] = []
"""As long as there is one, compiled code is compiled."""


@contextmanager
def compiled_again() -> Iterator[None]:
    """Within it compiled code is compiled, although a recording is made."""
    frames: Any = sys.modules.get("torch._dynamo.eval_frame")
    off = frames is not None and frames._stance.stance == "force_eager"
    _again.append(None)
    try:
        with torch.compiler.set_stance("default") if off else nullcontext():
            yield
    finally:
        _again.pop()


class Uncompiled:
    """Makes ``torch.compile`` do nothing, through torch's own switch for that; ``note`` is told when compiled code is called.

    Its compiler is large, so it is not imported for this: the switch is turned once the code has imported it.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._compile: Any = None
        self._wrapper: Any = None
        self._stance: Any = None
        self._choose: Any = None
        self._chooser: Any = None

    def apply(self) -> None:
        """Switch it off."""
        original = self._compile = torch.compile

        @functools.wraps(original)
        def compile(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            self._switch()
            return result

        self._wrapper = torch.compile = compile
        self._switch()

    def _switch(self) -> None:
        frames = sys.modules.get("torch._dynamo.eval_frame")
        if _again or frames is None or self._stance is not None or torch.compile is not self._wrapper:
            return
        self._stance = torch.compiler.set_stance("force_eager")
        choose = self._choose = getattr(frames, "_callback_from_stance", None)
        if choose is None:
            self._note(NOTE)  # whether compiled code is called cannot be known
            return

        def noted(callback: Any) -> Any:
            if callback not in (None, False):
                self._note(NOTE)
            return choose(callback)

        self._chooser = noted
        frames._callback_from_stance = noted  # type: ignore[attr-defined]

    def undo(self) -> None:
        """Set it back to what it was, unless the code has set it another way meanwhile."""
        if torch.compile is self._wrapper:
            torch.compile = self._compile
        if self._stance is None:
            return
        frames: Any = sys.modules["torch._dynamo.eval_frame"]
        if self._chooser is not None and frames._callback_from_stance is self._chooser:
            frames._callback_from_stance = self._choose
        if frames._stance.stance == "force_eager":
            self._stance.__exit__(None, None, None)
        self._stance = None
