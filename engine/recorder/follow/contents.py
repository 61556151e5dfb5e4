"""What followed tensors hold, whether that has changed, and where operations wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from torch import Tensor

from engine.recorder.follow.followed import Followed
from engine.recorder.follow.memories import Memories
from engine.recorder.follow.variables import VariableDraft
from engine.recorder.keep.elements import Extent, count_of, extent_of, is_fake
from engine.recorder.keep.ledgers import SMALLEST, Held, Ledgers
from engine.recorder.keep.regions import Runs, written_runs
from engine.recorder.keep.tensors import UNCOUNTED, Snapshots, memory_of, version_of
from engine.tables import WHOLE_LIMIT, TensorData, Value

_LOOKED_AT = 8
"""How many tensors in one memory are tried as the start of a ledger."""


class Met(NamedTuple):
    """After how many moments an operation wrote, and where in which memories."""

    moment: int
    extents: dict[int, Extent]


class Contents:
    """Takes what tensors hold: as snapshots, or as memory that was copied once and what was written to it since.

    Parameters
    ----------
    values : list of Value
        All values so far: what a tensor was last known to hold is in its newest one.
    followed : Followed
    memories : Memories
    ledgers : Ledgers
    snapshots : Snapshots
    """

    def __init__(
        self, values: list[Value], followed: Followed, memories: Memories, ledgers: Ledgers, snapshots: Snapshots
    ) -> None:
        self._values, self._followed = values, followed
        self._memories, self.ledgers, self._snapshots = memories, ledgers, snapshots
        self.glance = 0
        """The ``id`` of a large tensor that an operation is given but does not read as a whole; 0 if there is none."""
        self._met = Met(0, {})
        """Where the newest operation wrote."""

    def of(self, tensor: Tensor, unsure: bool | None) -> TensorData:
        """A snapshot, or where it lies in the ledger of its memory; ``unsure``: it may have been written to unseen."""
        if tensor.is_meta or is_fake(tensor):  # no memory, and lengths that may be symbols
            return self._snapshots.take(tensor)
        ledgers = self.ledgers
        if unsure is None:  # an operation made or changed it, and what that wrote is known
            unsure = self._memories.lent_to(tensor) and 2 * tensor.nbytes <= (ledgers.size_of(tensor) or tensor.nbytes * 2)
            unsure = unsure and not self.glances(tensor)
        if unsure and (tensor.nbytes >= SMALLEST or self.glance) and tensor.is_cpu and not ledgers.size_of(tensor):
            ledgers.begin(tensor, self._before(tensor))
        found = ledgers.data_of(tensor, unsure)
        return self._snapshots.take(tensor) if found is None else found

    def noticed(self) -> bool:
        """Whether, since this was last asked, something was found that was written unseen, which other tensors then show too."""
        if not self.ledgers.noticed:
            return False
        self.ledgers.noticed, self.glance = False, 0
        return True

    def stepped(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether torch counted a write since ``draft`` was looked at, other than one known to be elsewhere in its memory."""
        version = version_of(tensor)
        if draft.version == version:
            return False
        if tensor.requires_grad or not self._memories.in_step(draft, tensor):
            return True
        draft.version = version
        return False

    def written(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether a tensor was changed in ways that torch does not count."""
        unsure = draft.version == UNCOUNTED or self._memories.lent(draft)
        return unsure and not self.glances(tensor) and self.differs(draft, tensor)

    def glances(self, tensor: Tensor) -> bool:
        """Whether unseen writes to ``tensor`` are not looked for now: they are found when it is read."""
        return id(tensor) == self.glance and count_of(tensor) > WHOLE_LIMIT

    def differs(self, draft: VariableDraft, tensor: Tensor) -> bool:
        """Whether a tensor holds something other than what its newest value says."""
        data = self._values[draft.value].data
        shown = self.ledgers.shows(data, tensor)
        return not (self._snapshots.shows(data, tensor) if shown is None else shown)

    def wrote(self, name: str, changed: Iterable[Tensor], args: tuple[Any, ...], kwargs: Mapping[str, Any], moment: int) -> None:
        """An operation just wrote to ``changed``, whose new values are not recorded yet: note where it wrote."""
        met: dict[int, Extent] = {}
        for tensor in changed:
            memory = memory_of(tensor)
            if memory is None:
                continue
            runs = written_runs(name, tensor, args, kwargs) if tensor.is_cpu else None
            if tensor.is_cpu:
                self.ledgers.wrote(tensor, runs, self._before(tensor))
            known = self._followed.of(tensor)
            if known is not None and known.version != UNCOUNTED:
                self._memories.wrote(tensor, known.version)
            extent = extent_of(tensor) if runs is None else _extent(runs, tensor.itemsize)
            before = met.get(memory)
            if before is not None:
                extent = Extent(min(extent.begin, before.begin), max(extent.end, before.end))
            met[memory] = extent
        self._met = Met(moment, met)

    def extent(self, tensor: Tensor, memory: int, moment: int | None) -> Extent:
        """Where in a memory the operation of that moment wrote; where ``tensor`` is, if that is not known or the moment is
        None."""
        known = self._met.extents.get(memory) if self._met.moment == moment else None
        return extent_of(tensor) if known is None else known

    def forget(self, tensor: Tensor) -> None:
        """Forget what was written where in the memory of ``tensor``."""
        self.ledgers.forget(memory_of(tensor))

    def _before(self, tensor: Tensor) -> Iterator[Held]:
        """Tensors in the memory of ``tensor``, which was just written to, with what they held before."""
        own = self._followed.of(tensor)
        base = self._followed.of(tensor._base) if tensor._is_view() else None  # type: ignore[arg-type]
        for draft in (own, base, *self._memories.shared_with(tensor)[:_LOOKED_AT]):
            other = None if draft is None else draft.tensor
            if draft is None or draft.value < 0 or other is None or not self._memories.still_there(draft, other):
                continue
            if draft is own or draft.version == version_of(other) or (own is not None and draft.version == own.version):
                yield Held(other, self._values[draft.value].data)


def _extent(runs: Runs, itemsize: int) -> Extent:
    starts, length = runs
    return Extent(min(starts) * itemsize, (max(starts) + length) * itemsize) if starts else Extent(0, 0)
