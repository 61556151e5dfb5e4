"""The elements of a tensor, read where they lie."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.recorder.watch.unseen import FAKE

_MOST_KINDS = 4096


_SHARED = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128"
_KINDS: dict[torch.dtype, np.dtype[Any]] = {getattr(torch, name): np.dtype(name) for name in _SHARED.split()}
_KINDS[torch.bfloat16] = np.dtype(np.uint16)  # numpy lacks it: its bits
_kind_of = _KINDS.get
_strided = torch.strided
_storage_of: Callable[[Tensor], int] = torch._C._storage_id  # type: ignore[attr-defined]
_holders: Callable[[int], int] = torch._C._storage_Use_Count
NO_MEMORY = "there is no memory behind it"
_buffers: dict[int, type[ctypes.Array[ctypes.c_byte]]] = {}


class Extent(NamedTuple):
    """From where to where in a storage, in bytes, end exclusive."""

    begin: int
    end: int


def elements(tensor: Tensor) -> NDArray[np.generic]:
    """An array over the memory of ``tensor``: valid while the tensor lives, and not to be written to.
    Unlike ``Tensor.numpy()`` this leaves its memory as it was: memory that numpy has seen can no longer be resized, so a program
    that resizes it would fail only because it is recorded.

    Raises
    ------
    TypeError, RuntimeError
        If numpy cannot read them where they lie: another device or layout, a type that it lacks, lazy conjugates and negatives.
    """
    kind = _kind_of(tensor.dtype)
    if kind is None or not tensor.is_cpu or tensor.layout is not _strided or tensor.is_neg():
        raise TypeError("numpy cannot read this tensor as it lies")
    if is_fake(tensor):
        raise TypeError(NO_MEMORY)
    if kind.kind == "c" and tensor.is_conj():
        raise TypeError("numpy cannot read this tensor as it lies")
    shape, size = tensor.shape, kind.itemsize
    if not tensor.numel():
        return np.empty(shape, kind)
    begin, end = _reach(tensor)
    address = tensor.data_ptr()
    if not _is_there(tensor, address, begin, end):
        raise TypeError(NO_MEMORY)
    if tensor.is_contiguous():
        return np.ndarray(shape, kind, memory_at(address, end - begin))
    return np.ndarray(shape, kind, memory_at(address, end - begin), 0, [size * stride for stride in tensor.stride()])


def is_fake(tensor: Tensor) -> bool:
    """Whether it is one of torch's FakeTensors, which have a device but no memory: to ask for their address warns."""
    kind = type(tensor)
    return kind is not Tensor and kind.__module__ == FAKE


def extent_of(tensor: Tensor) -> Extent:
    """Where the elements of a strided tensor lie, gaps between them included."""
    return Extent(*_reach(tensor))


def _reach(tensor: Tensor) -> tuple[int, int]:
    """Begin and end of the same, needed for each snapshot: a tuple is faster to make."""
    size = tensor.itemsize
    begin = int(tensor.storage_offset()) * size
    if tensor.is_nested:  # whose rows may lie anywhere in it
        return 0, tensor.untyped_storage().nbytes()
    if tensor.is_contiguous():
        return begin, begin + tensor.nbytes
    if not tensor.numel():
        return begin, begin
    steps = [(count - 1) * step for count, step in zip(tensor.shape, tensor.stride(), strict=True)]
    return begin, begin + size * (1 + sum(steps))


def count_of(tensor: Tensor) -> int:
    """How many elements a tensor has; 0 where its lengths are symbols: to compute with one would fix it in what torch traces."""
    try:
        count = tensor.numel()
    except RuntimeError:
        return 0
    return count if type(count) is int else 0


def has_memory(tensor: Tensor) -> bool:
    """Whether every element of a tensor has a place in memory, so that it may be read.

    It does not if the memory was given back or made smaller (``resize_``), or belongs to other tensors, as a DTensor's does.
    """
    if is_fake(tensor):
        return False
    if not count_of(tensor) or tensor.layout is not _strided:
        return True  # nothing to read, or torch reads it
    return _is_there(tensor, tensor.data_ptr(), *extent_of(tensor))


def readable(tensors: list[Tensor]) -> list[Tensor]:
    """The strided tensors whose memory can be read: if a mapped file was made shorter, reading it kills the process."""
    if not tensors:
        return tensors
    try:
        memory = os.open("/proc/self/mem", os.O_RDONLY)
    except OSError:
        return tensors  # this system cannot tell
    try:
        return [tensor for tensor in tensors if _can_be_read(memory, tensor)]
    finally:
        os.close(memory)


def _can_be_read(memory: int, tensor: Tensor) -> bool:
    if not tensor.is_cpu or not count_of(tensor):
        return True
    begin, end = extent_of(tensor)
    address = tensor.data_ptr()
    try:
        return address <= begin or bool(os.pread(memory, 1, address) and os.pread(memory, 1, address + end - begin - 1))
    except OSError:
        return False


def _is_there(tensor: Tensor, address: int, begin: int, end: int) -> bool:
    """Whether a tensor's elements, from ``address`` on, have memory: without any, torch counts addresses from 0."""
    if address <= begin:
        return False
    # Asking for a storage makes a Python object that holds it, and then torch no longer adds to a gradient in place.
    return _holders(_storage_of(tensor)) == 1 or end <= tensor.untyped_storage().nbytes()


def kind_of(tensor: Tensor) -> np.dtype[Any] | None:
    """How ``elements`` gives the elements of a tensor of that type; None if numpy lacks it."""
    return _kind_of(tensor.dtype)


def memory_at(address: int, extent: int) -> Any:
    """A buffer over so many bytes from an address that torch has just given."""
    buffer = _buffers.get(extent)
    if buffer is None:
        if len(_buffers) >= _MOST_KINDS:
            _buffers.clear()
        buffer = _buffers[extent] = ctypes.c_byte * extent
    return buffer.from_address(address)
