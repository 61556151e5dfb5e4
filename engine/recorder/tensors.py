"""Torch tensors → read-only numpy snapshots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.recording import Summary, TensorData, summarise

DEFAULT_BUDGET = 256 * 2**20
"""Bytes that one recording keeps whole; beyond it, tensors of more than 4,096 elements are kept as a Summary."""

_DTYPE_NAMES = {
    value: str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.dtype)
}
_ALWAYS_WHOLE = 4096


def dtype_name(dtype: torch.dtype) -> str:
    """``float32`` for ``torch.float32``."""
    return _DTYPE_NAMES.get(dtype) or str(dtype).removeprefix("torch.")


class Snapshots:
    """Takes snapshots while a byte budget lasts.

    ``take`` copies at once: what it returns never changes with the tensor.
    """

    __slots__ = ("budget", "summarised")

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self.summarised = 0

    def take(self, tensor: Tensor) -> TensorData:
        """A snapshot of ``tensor`` (any shape, dtype and device; sparse ones are made dense)."""
        plain = tensor.detach()
        name = _DTYPE_NAMES.get(plain.dtype) or dtype_name(plain.dtype)
        try:
            array = plain.numpy().copy()
        except (TypeError, RuntimeError):
            if plain.is_meta:
                return TensorData(tuple(plain.shape), name, None, Summary(None, None, None, None, None, 0, 0))
            if plain.layout != torch.strided:
                plain = plain.to_dense()
            plain = plain.cpu().resolve_conj().resolve_neg()
            if plain.dtype == torch.bfloat16:
                array = plain.contiguous().view(torch.int16).numpy().view(np.uint16).copy()
            elif plain.is_quantized:
                array = plain.dequantize().numpy().copy()
            else:
                array = plain.numpy(force=True).copy()  # force: torch's lazy zeros become zeros
        if array.size > _ALWAYS_WHOLE:
            self.budget -= array.nbytes
            if self.budget < 0:
                self.summarised += 1
                kept = TensorData(array.shape, name, array).numbers()
                assert kept is not None
                return TensorData(array.shape, name, None, summarise(kept))
        array.flags.writeable = False
        return TensorData(array.shape, name, array)


def memory_of(tensor: Tensor) -> int | None:
    """What tensors that share memory have in common; None for a tensor without a plain memory of its own."""
    if tensor.layout != torch.strided or tensor.is_meta:
        return None
    address: int = tensor.untyped_storage()._cdata
    return address


def first_of_each_memory(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Of tensors that share memory, and so were changed together, only the first: what an operation changed in place."""
    if len(tensors) < 2:
        return list(tensors)
    found: dict[int, Tensor] = {}
    for tensor in tensors:
        found.setdefault(memory_of(tensor) or -id(tensor), tensor)
    return list(found.values())
