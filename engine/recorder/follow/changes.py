"""Which tensors an operation changed, and which of them the recording names."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from engine.recorder.follow.contents import Contents
from engine.recorder.follow.followed import Followed
from engine.recorder.follow.memories import Memories, is_silent
from engine.recorder.follow.values import Values
from engine.recorder.keep.regions import PARTIAL
from engine.recorder.keep.tensors import UNCOUNTED, version_of
from engine.tables import Argument


class Changes:
    """Finds what operations changed, even if torch does not count the change."""

    def __init__(self, values: Values, followed: Followed, memories: Memories, contents: Contents) -> None:
        self._values, self._followed, self._memories, self._contents = values, followed, memories, contents
        self.windows: set[int] = set()
        """Variables that ``.data`` returned."""

    def by(self, name: str, tensors: list[Tensor], versions: list[int]) -> list[Tensor]:
        """Which of its arguments an operation changed; ``versions`` are those before it."""
        silent = is_silent(name)
        found = []
        for at, (item, version) in enumerate(zip(tensors, versions, strict=True)):
            draft = self._followed.of(item) if silent or version == UNCOUNTED else None
            if draft is not None and self._contents.glances(item):
                draft = None
                if name in PARTIAL and not at:
                    found.append(item)
                    continue
            if version_of(item) != version or (draft is not None and self._contents.differs(draft, item)):
                found.append(item)
        return found

    def kept(self, tensors: list[Tensor], operation: int, moment: int) -> list[Tensor]:
        """Follow what an operation that ``KEEPS`` something wrote to its arguments. Returns these."""
        known = ((item, self._followed.of(item)) for item in tensors if not item.requires_grad)
        found = [item for item, draft in known if draft is not None and self._contents.differs(draft, item)]
        for item in found:
            self._contents.forget(item)
            self._values.made(item, operation, moment, None)
            self._memories.lend(item)  # written to in a pass, too, where a checkpoint runs the forward again
        return found

    def set_data(self, tensor: Tensor) -> bool:
        """``tensor.data = …`` ran: whether that changed what ``tensor``, which is followed, holds."""
        draft = self._followed.of(tensor)
        assert draft is not None
        self._memories.moved(draft, tensor)
        return self._contents.differs(draft, tensor)

    def owners(self, changed: list[Tensor], inputs: list[Argument]) -> list[Tensor]:
        """``changed`` with ``w`` for ``w.data``, and ``w.grad`` for ``w.grad.data``; likewise the operation's ``inputs``.
        Not if the program gave a name to what ``.data`` returned.
        """
        for at, item in enumerate(changed):
            view = self._followed.of(item)
            if view is None or view.name is not None or view.id not in self.windows:
                continue
            found = self._memories.behind(item)
            if found is not None:
                owner, changed[at] = found
                inputs[:] = [replace(part, value=owner.value) if part.value == view.value else part for part in inputs]
        return changed
