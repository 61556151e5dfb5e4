"""The elements of a tensor, where they lie."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_MOST_KINDS = 4096


_SHARED = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128"
_KINDS: dict[torch.dtype, np.dtype[Any]] = {getattr(torch, name): np.dtype(name) for name in _SHARED.split()}
_KINDS[torch.bfloat16] = np.dtype(np.uint16)  # which numpy lacks: its bits
_kind_of = _KINDS.get
_strided = torch.strided
_buffers: dict[int, type[ctypes.Array[ctypes.c_byte]]] = {}


def elements(tensor: Tensor) -> NDArray[np.generic]:
    """An array over the memory of ``tensor``: valid while that lives, and not to be written to.

    Unlike ``Tensor.numpy()`` this leaves its memory as it was: what numpy has seen once cannot be resized any more, and a program
    that does so would fail for being recorded.

    Raises
    ------
    TypeError, RuntimeError
        If numpy cannot read them as they lie: another device or layout, a type that it lacks, lazy conjugates and negatives.
    """
    kind = _kind_of(tensor.dtype)
    if kind is None or not tensor.is_cpu or tensor.layout is not _strided or tensor.is_neg():
        raise TypeError("numpy cannot read this tensor as it lies")
    if kind.kind == "c" and tensor.is_conj():
        raise TypeError("numpy cannot read this tensor as it lies")
    address = tensor.data_ptr()
    if not address:
        if tensor.numel():
            raise TypeError("this tensor has no memory")
        return np.empty(tensor.shape, kind)
    if tensor.is_contiguous():
        return np.ndarray(tensor.shape, kind, memory_at(address, tensor.nbytes))
    shape, strides, size = tensor.shape, tensor.stride(), kind.itemsize
    if not tensor.numel():
        return np.empty(shape, kind)
    extent = size
    for length, stride in zip(shape, strides, strict=True):
        extent += (length - 1) * stride * size
    return np.ndarray(shape, kind, memory_at(address, extent), 0, [size * stride for stride in strides])


def kind_of(tensor: Tensor) -> np.dtype[Any] | None:
    """How ``elements`` gives the elements of a tensor of that type; None if numpy lacks it."""
    return _kind_of(tensor.dtype)


def memory_at(address: int, extent: int) -> Any:
    """A buffer over so many bytes from an address that torch has just told."""
    buffer = _buffers.get(extent)
    if buffer is None:
        if len(_buffers) >= _MOST_KINDS:
            _buffers.clear()
        buffer = _buffers[extent] = ctypes.c_byte * extent
    return buffer.from_address(address)
