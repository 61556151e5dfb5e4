"""Which elements of a tensor an operation writes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor


class Runs(NamedTuple):
    """Where runs begin, counted in elements of their memory, and how many elements each of them has."""

    starts: list[int]
    length: int


_INDEXED = frozenset({"index_copy_", "index_fill_", "index_add_", "index_reduce_"})
_SCATTERED = frozenset({"scatter_", "scatter_add_", "scatter_reduce_"})
_MASKED = frozenset({"masked_fill_", "masked_scatter_"})
PARTIAL = frozenset({"setitem_", "index_put_", "put_", *_INDEXED, *_SCATTERED, *_MASKED})
"""Operations that write to their first argument, and only to a part of it that they are told."""
GLANCES = PARTIAL | frozenset(
    """
    getitem select narrow view view_as reshape unbind split chunk tensor_split unflatten flatten t T mT transpose permute movedim
    swapaxes unsqueeze squeeze expand expand_as diagonal as_strided detach data __iter__ iter size unfold real imag
    """.split()
)
"""These, and operations that make a view: they do not read the rest of their first argument."""


def written_runs(name: str, tensor: Tensor, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Runs | None:
    """Which elements an operation that just wrote to ``tensor`` wrote to; None if nothing narrower than all of them is known."""
    if name not in PARTIAL or not args or args[0] is not tensor:
        return runs_of(tensor)
    given = [*args[1:], *kwargs.values()]
    try:
        if name in ("setitem_", "index_put_"):
            index = given[0] if isinstance(given[0], tuple) else tuple(given[0]) if name == "index_put_" else (given[0],)
            return _of_index(tensor, index)
        if name in _MASKED:
            return _of_index(tensor, (given[0].expand(tensor.shape),))
        if name == "put_":
            return _of_index(tensor, torch.unravel_index(given[0], tensor.shape))
        dim, index = (kwargs.get(key, given[at] if at < len(given) else None) for at, key in enumerate(("dim", "index")))
        dim %= max(tensor.dim(), 1)
        if name in _INDEXED:
            return _of_index(tensor, (*[slice(None)] * dim, index))
        return _scattered(tensor, dim, index)
    except (TypeError, ValueError, IndexError, RuntimeError, AttributeError):
        return runs_of(tensor)  # named dimensions and whatever else torch takes


def runs_of(tensor: Tensor) -> Runs | None:
    """The elements of a strided tensor, in as few runs as there can be; None for other layouts and nested ones."""
    if tensor.layout is not torch.strided or tensor.is_nested:
        return None
    offset = int(tensor.storage_offset())
    if tensor.is_contiguous():
        return Runs([offset], tensor.numel())
    length = 1
    outer: list[tuple[int, int]] = []
    for stride, count in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if count == 0:
            return Runs([], 0)
        if count == 1 or stride == 0:
            continue
        if stride == length and not outer:
            length *= count
        else:
            outer.append((stride, count))
    starts = np.array([offset], np.int64)
    for stride, count in outer:
        starts = np.add.outer(np.arange(count, dtype=np.int64) * stride, starts).ravel()
    return Runs(starts.tolist(), length)


def _of_index(tensor: Tensor, index: tuple[Any, ...]) -> Runs | None:
    if all(type(part) in (int, slice) or part is None or part is Ellipsis for part in index):
        return runs_of(tensor.detach()[index])
    shape, strides = tensor.shape, tensor.stride()
    depth = tensor.dim()
    if not any(part is Ellipsis for part in index):
        depth = sum(_takes(part) for part in index)
    length: int = 1
    for at in range(tensor.dim() - 1, depth - 1, -1):
        if strides[at] != length:
            depth, length = tensor.dim(), 1
            break
        length *= shape[at]
    leading = shape[:depth]
    starts = torch.tensor(int(tensor.storage_offset()))
    for at in range(depth):
        places = torch.arange(shape[at]) * int(strides[at])
        starts = starts + places.view([-1 if other == at else 1 for other in range(depth)]).expand(leading)[index]
    return Runs(starts.reshape(-1).tolist(), length)


def _takes(part: Any) -> int:
    """How many dimensions a part of an index stands for."""
    if part is None:
        return 0
    if isinstance(part, bool):
        return 0
    if isinstance(part, list):
        part = torch.as_tensor(part)
    if isinstance(part, Tensor | np.ndarray) and part.dtype in (torch.bool, torch.uint8, np.dtype(bool), np.dtype(np.uint8)):
        return part.ndim
    return 1


def _scattered(tensor: Tensor, dim: int, index: Tensor) -> Runs:
    strides = [int(stride) for stride in tensor.stride()]
    starts = index * strides[dim] + int(tensor.storage_offset())
    for at, count in enumerate(index.shape):
        if at != dim:
            starts = starts + (torch.arange(count) * strides[at]).view([-1 if other == at else 1 for other in range(index.dim())])
    return Runs(starts.reshape(-1).tolist(), 1)
