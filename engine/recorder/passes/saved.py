"""What autograd Nodes keep for their backward, read right after they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from engine.recorder.follow.values import Values
from engine.recorder.keep.tensors import Snapshots, same_place, version_of
from engine.recorder.passes.nodes import Nodes
from engine.tables import Saved, TensorData

_saved_tensor_hooks = torch._C._autograd._top_saved_tensors_default_hooks
_PREFIX = "_saved_"
_RAW = "_raw_saved_"
_SIGN_BIT = 2**63
PACKED = "packed by a saved-tensor hook"

PACKED_NOTE = (
    "saved tensors went through hooks (checkpointing, save_on_cpu): what those do inside a pass, such as computing the forward "
    "again, is not shown"
)
_MOST_CONSTANTS = 10_000
_constants: dict[tuple[str, type, object], Saved] = {}
"""The few constants that every Node of a kind has in common."""
_fields: dict[type, tuple[tuple[str, str, bool], ...]] = {}
"""(name, attribute, whether it is a tensor) per type of Node, looked up once per process."""


class SavedTensors:
    """Reads what Nodes keep, each as soon as it is registered.

    Parameters
    ----------
    nodes : Nodes
    values : Values
        Say which value a kept tensor is.
    snapshots : Snapshots
        Take what is not a value.
    """

    def __init__(self, nodes: Nodes, values: Values, snapshots: Snapshots) -> None:
        self._nodes, self._values, self._snapshots = nodes, values, snapshots
        self.rows: list[tuple[Saved, ...]] = []
        """What each Node keeps, at its id."""
        self.packed: set[int] = set()
        """Nodes whose saved tensors pass through hooks: running such a Node again would run the hooks again."""

    def read(self, candidates: Sequence[Tensor] = ()) -> None:
        """Read what the Nodes registered since the last call keep, before anything can change it."""
        hooked = _saved_tensor_hooks(True) is not None
        nodes, value_of, take = self._nodes.objects, self._values.unchanged, self._snapshots.take
        for number in range(len(self.rows), len(self._nodes)):
            if hooked:
                self.packed.add(number)
            self.rows.append(read_saved(nodes[number], candidates, value_of, take))

    def of(self, number: int) -> tuple[Saved, ...]:
        """What a Node keeps; nothing if that was not read."""
        return self.rows[number] if number < len(self.rows) else ()


def fields_of(kind: type) -> tuple[tuple[str, str, bool], ...]:
    """What a type of Node keeps. Strides are left out: they say how memory is laid out, not what is computed."""
    known = _fields.get(kind)
    if known is None:
        attributes = set(dir(kind))
        found = []
        for attribute in sorted(attributes):
            if attribute.startswith(_PREFIX) and not attribute.endswith("_strides"):
                name = attribute[len(_PREFIX) :]
                raw = _RAW + name
                found.append((name, raw if raw in attributes else attribute, raw in attributes))
        known = _fields[kind] = tuple(found)
    return known


def read_saved(
    node: Any, candidates: Iterable[Tensor], value_of: Callable[[Tensor], int | None], take: Callable[[Tensor], TensorData]
) -> tuple[Saved, ...]:
    """What ``node`` keeps now.

    Reads the packed fields: ``_saved_x`` itself would run unpack hooks, which under checkpointing compute the forward again. If
    such a hook has packed a tensor into something else, the recording says so.

    Parameters
    ----------
    candidates : tensors among which one that is kept without its history (a Node's own result) may be found again
    value_of : callable
        Id of the recorded value that a tensor is at this moment, or None.
    take : callable
        Copies a tensor that is no recorded value.
    """
    fields = fields_of(type(node))
    if not fields:
        return ()
    found: list[Saved] = []
    for name, attribute, packed in fields:
        try:
            content = getattr(node, attribute)
        except RuntimeError:
            continue  # a graph from before the recording, whose buffers are freed
        if not packed:
            found.append(_constant(name, constant(content)))
        elif isinstance(content, tuple):
            for index, part in enumerate(content):
                _add(f"{name}[{index}]", part.data, found, candidates, value_of, take)
        else:
            _add(name, content.data, found, candidates, value_of, take)
    return tuple(found)


def _constant(name: str, content: object) -> Saved:
    """One object for all equal constants; not for floats, where 0 equals −0."""
    kind = type(content)
    if kind is not int and kind is not bool and content is not None:
        return Saved(name, None, None, content)
    key = name, kind, content
    known = _constants.get(key)
    if known is None:
        known = Saved(name, None, None, content)
        if len(_constants) < _MOST_CONSTANTS:
            _constants[key] = known
    return known


def _add(
    name: str,
    tensor: object,
    found: list[Saved],
    candidates: Iterable[Tensor],
    value_of: Callable[[Tensor], int | None],
    take: Callable[[Tensor], TensorData],
) -> None:
    if not isinstance(tensor, Tensor):
        if tensor is not None:
            found.append(Saved(name, None, None, PACKED))
        return
    value = value_of(tensor)
    if value is None:
        twin = next((item for item in candidates if _same_memory(tensor, item)), None)
        value = None if twin is None else value_of(twin)
    found.append(Saved(name, value, take(tensor) if value is None else None))


def _same_memory(first: Tensor, second: Tensor) -> bool:
    return first.dtype == second.dtype and version_of(first) == version_of(second) and same_place(first, second)


def constant(item: object) -> object:
    """A saved number, text or list without any object of torch in it; negative numbers held in unsigned fields are restored."""
    kind = type(item)
    if kind is int:
        return item - 2 * _SIGN_BIT if item >= _SIGN_BIT else item  # type: ignore[operator]
    if kind is bool or kind is float or kind is str or item is None or isinstance(item, bool | int | float | complex | str):
        return item
    if isinstance(item, tuple | list):
        return tuple(constant(part) for part in item)
    return str(item)
