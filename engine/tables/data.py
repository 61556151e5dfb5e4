"""Tensors as a recording keeps them: read-only numpy, whole or summarised."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from engine.tables.declared import InJson, LeftOut
from engine.tables.quick import quick

WHOLE_LIMIT = 4096
"""Tensors up to this many elements are written out whole by ``Tables.to_json``."""
BINS = 32
"""Bins of a Summary's histogram."""
_BLOCK = 2**15
"""Elements that are summarised in one go: their doubles fit into the cache of a core."""
STORED = {
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
    "bfloat16": "<u2",
    "complex64": "<c8",
    "complex128": "<c16",
    "complex32": "<c8",
    "bool": "|b1",
    "uint8": "|u1",
    "int8": "|i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "uint16": "<u2",
    "uint32": "<u4",
    "uint64": "<u8",
}
"""How the elements of a dtype are kept and stored; any other dtype is stored as ``<f4``, which holds its elements."""
_KINDS = {name: np.dtype(kind) for name, kind in STORED.items()}
_OTHER = np.dtype("<f4")
_WINDOW = LeftOut("only what the window draws is made of it")
CORNER = 8
"""Rows and columns of a Summary's corner, at most."""


@quick
@dataclass(frozen=True, eq=False, slots=True)
class Summary:
    """What is kept of a tensor that is too large to keep whole.

    Attributes
    ----------
    minimum, maximum, mean, std, norm : float or None
        Over the finite elements, None if there is none; ``std`` of a population, not of a sample, ``norm`` the 2-norm.
    nan, infinite : int
        How many others there are.
    counts : tuple of int
        How many of the finite elements fall into each of equally wide bins from ``minimum`` to ``maximum``.
    corner : array or None
        The first elements along the last two dimensions (first along all others), at most 8 × 8, read-only.
    """

    minimum: Annotated[float | None, InJson("min")]
    maximum: Annotated[float | None, InJson("max")]
    mean: float | None
    std: float | None
    norm: float | None
    nan: int
    infinite: int
    counts: Annotated[tuple[int, ...], _WINDOW] = ()
    corner: Annotated[NDArray[np.generic] | None, _WINDOW] = None


@quick
@dataclass(frozen=True, eq=False, slots=True)
class TensorData:
    """One tensor at one moment.

    Attributes
    ----------
    shape : tuple of int
    dtype : str
        Torch's name without prefix, such as ``float32``, ``int64``, ``bfloat16``, ``bool``.
    array : read-only array or None
        The elements. ``bfloat16``, which numpy lacks, is kept as its bits (uint16). None if only a summary was kept.
    kept : Summary or None
        Given when ``array`` is None.
    """

    shape: tuple[int, ...]
    dtype: str
    array: NDArray[np.generic] | None
    kept: Summary | None = None

    @property
    def whole(self) -> bool:
        """Whether the elements are there; cheaper than asking for ``array``."""
        return self.array is not None

    @property
    def size(self) -> int:
        """Number of elements."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    def numbers(self) -> NDArray[np.generic] | None:
        """The elements as numbers numpy can compute with (bfloat16 decoded to float32); None if only a summary was kept."""
        if self.array is not None and self.dtype == "bfloat16":
            return (self.array.astype(np.uint32) << 16).view(np.float32)
        return self.array

    def item(self) -> float | complex | bool | int:
        """The only element. Raises ValueError if there is not exactly one."""
        numbers = self.numbers()
        if numbers is None or numbers.size != 1:
            raise ValueError(f"a tensor of shape {list(self.shape)} has no single element")
        return numbers.item()  # type: ignore[no-any-return]

    def summary(self) -> Summary:
        """Least, greatest, mean, standard deviation, norm: computed from the elements when they are there."""
        if self.kept is not None:
            return self.kept
        numbers = self.numbers()
        assert numbers is not None
        return summarise(numbers)

    def figures(self) -> Summary:
        """``summary`` without histogram and corner, where these would take longer."""
        return self.summary()


def kind_of_dtype(name: str) -> np.dtype[Any]:
    """How numpy sees the elements of a dtype of that name."""
    return _KINDS.get(name, _OTHER)


_array_slot: Any = TensorData.__dict__["array"]
_shape_slot, _dtype_slot, _kept_slot = (TensorData.__dict__[name] for name in ("shape", "dtype", "kept"))


class Packed(TensorData):
    """A tensor of few elements, kept as bytes: an array object would take more memory than its content.

    Of dtype ``kind_of_dtype``, in C order. The bytes lie in the slot that an array would be in.
    """

    __slots__ = ()

    def __init__(self, shape: tuple[int, ...], dtype: str, elements: bytes) -> None:
        _shape_slot.__set__(self, shape)
        _dtype_slot.__set__(self, dtype)
        _array_slot.__set__(self, elements)
        _kept_slot.__set__(self, None)

    @property
    def elements(self) -> bytes:
        """The bytes."""
        return _array_slot.__get__(self)  # type: ignore[no-any-return]

    @property
    def array(self) -> NDArray[np.generic]:
        """Made when it is asked for; read-only."""
        return np.ndarray(self.shape, _KINDS.get(self.dtype, _OTHER), _array_slot.__get__(self))

    @property
    def whole(self) -> bool:
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        return Packed, (self.shape, self.dtype, self.elements)


class Filed(Packed):
    """The same within a block that holds many tensors: where in it (in bytes) the elements begin."""

    __slots__ = ("offset",)
    offset: int

    def __init__(self, shape: tuple[int, ...], dtype: str, block: bytes, offset: int) -> None:
        super().__init__(shape, dtype, block)
        _offset_slot.__set__(self, offset)

    @property
    def elements(self) -> bytes:
        return self.array.tobytes()

    @property
    def array(self) -> NDArray[np.generic]:
        return np.ndarray(self.shape, _KINDS.get(self.dtype, _OTHER), _array_slot.__get__(self), self.offset)


_offset_slot: Any = Filed.__dict__["offset"]


def summarise(numbers: NDArray[np.generic]) -> Summary:
    """Summary of an array of any shape; complex numbers are summarised by their absolute value, the corner keeps them.

    Computed in double precision, block by block: what is computed in between stays in the processor's cache.
    """
    flat, corner = numbers.ravel(), _corner(numbers)
    nan = infinite = count = 0
    low, high, total = np.inf, -np.inf, 0.0
    for block in _blocks(flat):
        finite = np.isfinite(block)
        if not finite.all():
            undefined = int(np.isnan(block).sum())
            nan, infinite = nan + undefined, infinite + block.size - int(finite.sum()) - undefined
            block = block[finite]
        if block.size:
            count += block.size
            low, high = min(low, float(block.min())), max(high, float(block.max()))
            with np.errstate(over="ignore"):
                total += float(block.sum())
    if not count:
        return Summary(None, None, None, None, None, nan, infinite, (), corner)
    mean, scale = total / count, max(abs(low), abs(high))
    whole = nan == infinite == 0
    spread = squares = 0.0
    bins = _bins(high - low)
    counts = np.zeros(max(bins, 1), np.int64)
    for block in _blocks(flat):
        values = block if whole else block[np.isfinite(block)]
        shares = values / scale if scale > 0 else values
        squares += _square(shares)
        with np.errstate(over="ignore"):
            away = values - mean
            spread += _square(away)
        if bins:
            counts += bin_counts(values, low, high, bins)
    found = tuple(counts.tolist()) if bins else (count,)
    return Summary(low, high, mean, float(np.sqrt(spread / count)), scale * float(np.sqrt(squares)), nan, infinite, found, corner)


def _square(block: NDArray[np.float64]) -> float:
    """The sum of the squares. Not ``block @ block``: for so many numbers a library shares the work out to all cores, and each
    then waits for the others ten times as long as it computes, longer still on a busy machine."""
    return float(np.einsum("i,i->", block, block))


def _blocks(flat: NDArray[np.generic]) -> Iterator[NDArray[np.float64]]:
    for start in range(0, flat.size, _BLOCK):
        part = flat[start : start + _BLOCK]
        with np.errstate(invalid="ignore"):  # memory that nobody has written to may hold signalling nans
            yield (np.abs(part) if np.iscomplexobj(part) else part).astype(np.float64)


def bin_counts(values: NDArray[np.float64], low: float, high: float, bins: int) -> NDArray[np.intp]:
    """How many of the finite ``values`` fall into each of ``bins`` equally wide bins from ``low`` to ``high``, > ``low``."""
    return np.bincount(np.minimum((values - low) / (high - low) * bins, bins - 1).astype(np.intp), minlength=bins)


def _bins(width: float) -> int:
    return BINS if 0 < width < np.inf else 0


def corner_of(array: NDArray[np.generic], dtype: str) -> NDArray[np.generic]:
    """The corner that a Summary keeps, of elements in the form in which a TensorData of that dtype has them."""
    first = array[(0,) * max(array.ndim - 2, 0)] if array.size else array
    numbers = TensorData(first.shape, dtype, np.array(first[tuple(slice(CORNER) for _ in range(first.ndim))])).numbers()
    assert numbers is not None
    return _corner(numbers)


def _corner(numbers: NDArray[np.generic]) -> NDArray[np.generic]:
    first = numbers[(0,) * max(numbers.ndim - 2, 0)] if numbers.size else numbers
    corner = np.array(first[tuple(slice(CORNER) for _ in range(first.ndim))])
    corner.flags.writeable = False
    return corner


def is_product(first: TensorData | None, second: TensorData | None, result: TensorData | None) -> bool:
    """Whether each is one real number and ``result`` is the finite product of the others, up to rounding."""
    if first is None or second is None or result is None or first.size != 1 or second.size != 1 or result.size != 1:
        return False
    if first.array is None or second.array is None or result.array is None:
        return False
    one, other, found = first.item(), second.item(), result.item()
    if isinstance(one, complex) or isinstance(other, complex) or isinstance(found, complex):
        return False
    product = float(one) * float(other)
    if not math.isfinite(product):
        return False
    return math.isclose(product, float(found), rel_tol=4e-6 if result.dtype in ("float32", "float64") else 0.02, abs_tol=1e-37)


def same(first: TensorData | None, second: TensorData | None) -> bool:
    """Whether both are bit-identical (nan equals nan), or both None."""
    if first is None or second is None:
        return first is second
    if first is second:
        return True
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if not first.whole or not second.whole:
        return first.whole == second.whole and repr(first.kept) == repr(second.kept)
    assert first.array is not None and second.array is not None
    return first.array.tobytes() == second.array.tobytes()
