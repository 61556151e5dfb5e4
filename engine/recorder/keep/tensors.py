"""Torch tensors → read-only numpy snapshots."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.recorder.keep.arena import SMALLEST as PACKED
from engine.recorder.keep.arena import Arena, same_bits
from engine.recorder.keep.elements import NO_MEMORY, elements, has_memory, is_fake
from engine.recorder.watch.unseen import would_see
from engine.runtime.said import cut, said
from engine.tables import Packed, Summary, TensorData, kind_of_dtype, summarise

DEFAULT_BUDGET = 256 * 2**20
"""Bytes that one recording keeps whole; beyond it, tensors of more than 4,096 elements are kept as a Summary."""

_DTYPE_NAMES = {value: str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.dtype)}
_storage_id: Callable[[Tensor], int] = torch._C._storage_id  # type: ignore[attr-defined]
UNCOUNTED = -1
_ALWAYS_WHOLE = 4096
_DENSE_LIMIT = 4_000_000
"""Most elements of a sparse tensor that is written out with its zeros."""
_NOTHING = Summary(None, None, None, None, None, 0, 0)


def dtype_name(dtype: torch.dtype) -> str:
    """``float32`` for ``torch.float32``."""
    return _DTYPE_NAMES.get(dtype) or str(dtype).removeprefix("torch.")


class Snapshots:
    """Takes snapshots while a byte budget lasts.

    ``take`` copies at once: what it returns never changes with the tensor.

    Attributes
    ----------
    budget : int
        Bytes of tensors of more than 4,096 elements that are still kept whole.
    taken : int
        Bytes kept so far.
    summarised : int
        How many tensors are kept as a Summary.
    unreadable : int
        How many could not be read at all; ``reason`` says why the first one could not.
    flattened : int
        How many nested tensors are kept as their elements, one row after the other.
    """

    __slots__ = ("_arena", "_marks", "_shapes", "budget", "flattened", "reason", "summarised", "taken", "unreadable")

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self._arena = Arena()
        self._marks: dict[int, int] = {}
        self._shapes: dict[tuple[int, ...], tuple[int, ...]] = {}
        """Each shape once."""
        self.budget = budget
        self.taken = 0
        self.summarised = 0
        self.unreadable = 0
        self.reason = ""
        self.flattened = 0

    def clear(self) -> None:
        """Let go of what is only needed to take more; what was taken stays as it is."""
        self._arena = Arena()
        self._marks.clear()
        self._shapes.clear()

    def notes(self) -> list[str]:
        """What was not kept as it was, in words."""
        found = []
        if self.flattened:
            found.append(f"{self.flattened} nested tensors are kept as all their rows, one after the other")
        if self.summarised:
            found.append(f"{self.summarised} large tensors are kept as summaries, to save memory")
        if self.unreadable:
            several = "1 tensor" if self.unreadable == 1 else f"{self.unreadable} tensors"
            found.append(f"{several} could not be read{self.reason and f': {self.reason}'}")
        return found

    def take(self, tensor: Tensor, like: TensorData | None = None) -> TensorData:
        """A snapshot of ``tensor`` (any shape, dtype and device; sparse ones are made dense).

        ``like`` is an earlier snapshot that may show the same: it is returned if it agrees bit for bit, whatever happened since.
        """
        name = _DTYPE_NAMES.get(tensor.dtype) or dtype_name(tensor.dtype)
        nested = False
        try:
            found = elements(tensor)
        except (TypeError, RuntimeError):
            plain = tensor
            try:
                if would_see(tensor):
                    raise RuntimeError(NO_MEMORY)
                plain = tensor.detach()
                if plain.is_meta:
                    return TensorData(_shape(plain), name, None, _NOTHING)
                nested = plain.is_nested
                if nested:
                    plain = plain.values()
                if plain.layout != torch.strided and plain.numel() > _DENSE_LIMIT:
                    self.summarised += 1
                    return _sparse_summary(plain, name)
                found = _array_of(plain)
            except Exception as error:
                return self._unreadable(plain, name, error)
        if like is not None and like.dtype == name and self._agrees(like, found):
            return like
        self.flattened += nested
        if found.size > _ALWAYS_WHOLE:
            self.budget -= found.nbytes
            if self.budget < 0:
                return self._summarise(found, name)
        self.taken += found.nbytes
        shape = self._shapes.setdefault(found.shape, found.shape)
        if found.nbytes < PACKED and found.dtype == kind_of_dtype(name):
            return Packed(shape, name, found.tobytes())
        return TensorData(shape, name, self._arena.copy(found))

    def shows(self, data: TensorData, tensor: Tensor) -> bool:
        """Whether ``tensor`` still holds what ``data`` says; True, too, if that cannot be known."""
        try:
            found = elements(tensor)
        except (TypeError, RuntimeError):
            if would_see(tensor):
                return True
            try:
                found = _array_of(tensor.detach())
            except Exception:  # what cannot be read is trusted
                return True
        name = _DTYPE_NAMES.get(tensor.dtype) or dtype_name(tensor.dtype)
        return data.dtype == name and self._agrees(data, found)

    def _agrees(self, like: TensorData, found: NDArray[np.generic]) -> bool:
        if type(like) is Packed:
            return like.shape == found.shape and like.elements == found.tobytes()
        if like.array is not None:
            return same_bits(like.array, found)
        return like.shape == found.shape and self._marks.get(id(like)) == _mark(found)

    def _summarise(self, array: NDArray[np.generic], dtype: str) -> TensorData:
        self.summarised += 1
        numbers = TensorData(array.shape, dtype, array).numbers()
        assert numbers is not None
        data = TensorData(array.shape, dtype, None, summarise(numbers))
        self._marks[id(data)] = _mark(array)  # the recording keeps it, so its id is its own
        return data

    def _unreadable(self, tensor: Tensor, name: str, error: Exception) -> TensorData:
        self.unreadable += 1
        self.reason = self.reason or cut(said(error), 200)
        return TensorData(_shape(tensor), name, None, _NOTHING)


def _mark(array: NDArray[np.generic]) -> int:
    """A mark by which the elements of a summary are recognised."""
    return zlib.crc32(np.ascontiguousarray(array).data)


def _array_of(plain: Tensor) -> NDArray[np.generic]:
    """The elements of a tensor that numpy cannot take as it is. Types that numpy lacks become wider ones that can hold them:
    float8 becomes float32, complex32 becomes complex64."""
    if plain.layout != torch.strided:
        plain = plain.to_dense()
    if plain._is_zerotensor():  # torch's lazy zeros: its own numpy() would read where there is no memory
        plain = torch.zeros(tuple(plain.shape), dtype=plain.dtype)
    if plain.is_cpu and not has_memory(plain):
        raise RuntimeError(NO_MEMORY)
    plain = plain.cpu().resolve_conj().resolve_neg()
    if plain.dtype == torch.bfloat16:
        bits: NDArray[np.generic] = plain.contiguous().view(torch.int16).numpy().view(np.uint16)
        return bits
    if plain.is_quantized:
        plain = plain.dequantize()
    elif plain.is_floating_point() and plain.itemsize < 2:
        plain = plain.float()
    elif plain.dtype == torch.complex32:
        plain = plain.to(torch.complex64)
    if not has_memory(plain):
        raise RuntimeError(NO_MEMORY)
    array: NDArray[np.generic] = plain.numpy(force=True)  # which keeps it alive
    return array


def _sparse_summary(plain: Tensor, name: str) -> TensorData:
    """The summary of a sparse tensor that would be too large if its zeros were written out; they are counted all the same."""
    stored = plain.coalesce() if plain.layout == torch.sparse_coo else plain
    numbers = stored.values().cpu().double().numpy()
    zeros = plain.numel() - numbers.size
    own = summarise(numbers)
    if own.mean is None or own.std is None or own.minimum is None or own.maximum is None:
        return TensorData(tuple(plain.shape), name, None, own)
    finite = numbers.size - own.nan - own.infinite
    total = finite + zeros
    mean = own.mean * finite / total
    std = float(np.sqrt(max((own.std**2 + own.mean**2) * finite / total - mean**2, 0.0)))
    return TensorData(
        tuple(plain.shape),
        name,
        None,
        Summary(min(own.minimum, 0.0), max(own.maximum, 0.0), mean, std, own.norm, own.nan, own.infinite),
    )


def _shape(tensor: Tensor) -> tuple[int, ...]:
    """The shape; () where torch has none to tell, or only symbols: to ask one for its number fixes it in what torch traces."""
    try:
        lengths = tuple(tensor.shape)
    except Exception:  # a nested tensor of the strided layout has none
        return ()
    return lengths if all(type(length) is int for length in lengths) else ()


def memory_of(tensor: Tensor) -> int | None:
    """What tensors that share memory have in common; None for a tensor without a plain memory of its own."""
    if tensor.layout != torch.strided or tensor.is_meta or is_fake(tensor):
        return None
    try:
        return _storage_id(tensor)
    except RuntimeError:  # one that torch.func wraps has no memory that could be asked for
        return None


def same_place(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors are the same elements of the same memory, in the same shape."""
    memory = memory_of(first)
    return (
        memory is not None
        and memory == memory_of(second)
        and not (first.is_nested or second.is_nested)  # which have no shape to compare
        and first.storage_offset() == second.storage_offset()
        and first.shape == second.shape
        and first.stride() == second.stride()
    )


def is_leaf(tensor: Tensor) -> bool:
    """Whether torch calls it a leaf; a view made without gradients and changed with them, about which torch does not tell, is not
    one."""
    try:
        return tensor.is_leaf
    except RuntimeError:
        return False


def grad_fn_of(tensor: Tensor) -> Any:
    """Torch's ``grad_fn``; None if torch refuses. Asking a view that was changed through another tensor makes a Node."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def version_of(tensor: Tensor) -> int:
    """The tensor's version counter; ``UNCOUNTED`` for one made under ``inference_mode``, which has none."""
    return UNCOUNTED if tensor.is_inference() else tensor._version


def first_of_each_memory(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Only the first of tensors that share memory, and so were changed together: what an operation changed in place."""
    if len(tensors) < 2:
        return list(tensors)
    found: dict[int, Tensor] = {}
    for tensor in tensors:
        found.setdefault(memory_of(tensor) or -id(tensor), tensor)
    return list(found.values())
