"""Names of the followed tensors, looked for where the program uses them."""

from __future__ import annotations

from types import FrameType

from torch import Tensor, nn

from engine.recorder.follow.followed import Followed
from engine.recorder.follow.naming import global_name, name_in, parameter_names
from engine.recorder.follow.variables import Hint, VariableDraft
from engine.recorder.keep.tensors import is_leaf
from engine.recorder.watch.unseen import unseen
from engine.runtime.said import called
from engine.tables import Value
from engine.tables.quick import changed

SEARCHES = 3
"""How often the name of a leaf is looked for at most; it may get one only after the uses that fill it."""

Frames = tuple[FrameType, ...]


class Names:
    """Finds what the program calls its tensors.

    Parameters
    ----------
    values : list of Value
        All values so far: the newest one of a tensor gets its name, once that is found.
    followed : Followed
    deep : bool
        For code of any kind: look inside objects, lists and dicts too, and for the names of results that were given none.
    """

    def __init__(self, values: list[Value], followed: Followed, *, deep: bool) -> None:
        self._values, self._followed = values, followed
        self.deep = deep
        self.hints: dict[int, Hint] = {}
        """By ``id``: tensors that have a name before they are used, such as the parameters of a module."""

    def look_up(self, tensor: Tensor, frames: Frames, deep: bool) -> str | None:
        """The name of a tensor in ``frames``, one after the other; ``deep``: also inside whatever has a name there."""
        for frame in frames:
            if self.deep and id(tensor) not in self.hints and isinstance(tensor, nn.Parameter):
                self.hints = parameter_names(frame, tensor) | self.hints
        hint = self.hints.get(id(tensor))
        if hint is not None and hint.tensor is tensor:
            return hint.name
        if self.deep and tensor.requires_grad and is_leaf(tensor):  # what it is everywhere, not what a loop calls it
            for frame in frames:
                name = global_name(frame, tensor)
                if name is not None:
                    return name
        return next((name for frame in frames if (name := name_in(frame, tensor, deep=deep)) is not None), None)

    def search(self, draft: VariableDraft, tensor: Tensor, frames: Frames) -> None:
        """Look for the name of a tensor that has none: once, but a leaf may get one after the uses that fill it."""
        if draft.searched >= SEARCHES or not frames:
            return
        leaf = tensor.requires_grad and is_leaf(tensor)
        draft.searched += 1 if leaf else SEARCHES
        found = self.look_up(tensor, frames, leaf)
        if found is not None:
            self.rename(draft, found)

    @unseen
    def read(self, tensor: Tensor, frames: Frames) -> None:
        """The program looks at what a tensor holds: if it is followed and has no name, a name is looked for."""
        draft = self._followed.of(tensor)
        if draft is not None and draft.name is None:
            self.search(draft, tensor, frames)

    def later(self, tensor: Tensor, name: str) -> None:
        """A tensor that was used without a name turns out to have one."""
        draft = self._followed.of(tensor)
        if draft is not None and draft.name is None:
            self.rename(draft, name)

    def rename(self, draft: VariableDraft, name: str) -> None:
        """From its newest value on, a variable is called ``name``."""
        draft.name = called(name)
        self._values[draft.value] = changed(self._values[draft.value], name=draft.name)
