"""What a tensor operation would make and take, known before it happens.

Small requests are let through by a bound on sizes alone; larger ones are tried on torch's ``meta`` device, which computes shapes
without data, except for a few whose result depends on the data.
"""
# ruff: noqa: E501 (tables and messages, one a line)

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from engine.errors import ForbiddenError, TooLargeError
from engine.operations.registry import costing
from engine.programs.limits import Limits
from engine.text.fixing import without_keyword, without_method

SMALL = 100_000
"""Requests that cannot make more than this many elements are not examined further."""

_ELEMENTWISE_FACTOR = 8
_MATRIX_FACTOR = 20

_ELEMENT_BY_ELEMENT = costing("each element")
"""Operations that return as many elements as the shape that their tensors are broadcast to."""
_CREATION = costing("creation")
"""Operations that make tensors out of numbers alone."""
_SHAPE_ARGUMENTS = costing("shape")
"""Whole numbers that they are given may be a shape."""
_PRODUCTS = costing("product")
"""For each element that they make they multiply and add along the last side."""
_CUBIC = costing("cubic")
"""For each element of a matrix they go along a side, several times."""
_CONVOLUTIONS = costing("convolution")
"""For each element that they make they go through the weights."""
_WINDOWS = costing("sizes")
"""Every whole number given to these is a size: of a window, a step, a border or a result."""
_FLOAT_SIZES = costing("float sizes")
"""Other numbers, too, say how large the result is."""
_POOLS = costing("pool")
"""For each element that they make they go through a window."""
_ADAPTIVE = costing("adaptive pool")
"""Their windows are as large as the result demands."""
_REPEATED = costing("repeated")
"""Operations that go over all elements as often as a number says."""
_SPREAD = costing("spread")
"""Operations that return less than they make: their inputs are broadcast to one shape first."""
_PRODUCTS_OF_MANY = costing("of many")
"""What they make grows with every tensor given to them, however small it is."""
_SPLITS = costing("parts") | {"__iter__"}
"""Operations that return many tensors."""
_FROM_DATA = costing("from data")
"""Their result is as large as the numbers in a tensor say."""
_ORDERS = costing("order")
"""Operations with an order, which takes time and memory."""
_ROUNDED = costing("rounded")
"""Operations that divide whole numbers, with a rounding mode."""
_INDEXING = frozenset(("__getitem__", "__setitem__")).union(*((name, f"{name}_") for name in costing("index")))
"""They read or write what indices name."""
_GIVEN = costing("given numbers")
"""They make one element for each number that is given."""
_RANGES, _STEPS, _SQUARES = costing("range"), costing("steps"), costing("square")
"""Of operations of numbers alone: an end, and a beginning and a step if they are given; how many; the side of a matrix."""
_SHAPE_AMONG_OTHERS = costing("shape among others")
"""Their shape is given in a list, or by its name; other numbers say something else. Without tensors they make tensors."""
_CUT_AT_PLACES, _SO_MANY_PARTS, _PARTS_OF_A_LENGTH = (
    costing("cut at places"),
    costing("so many parts"),
    costing("parts of a length"),
)
"""What says how many tensors an operation returns."""
_CLASSES = costing("classes")
"""For each number they make a row that is as long as the largest."""
_BEST_ORDER = costing("best order")
"""They look for the order that costs least, which is cubic in the number of tensors."""
_ROWS_BY_ROWS = costing("rows by rows")
"""They compare each row with each."""
_TIMES_THE_ORDER = costing("times the order")
"""They make all elements as often as their order says."""
_ANY_SIDE = costing("any side")
"""Products that may add up along any side."""
_ALONG_ROWS = costing("along rows")
"""For each element they go along its row."""
_POWERS = costing("power")
"""Products of a matrix with itself, twice for each binary digit of the exponent."""
_NORMS = costing("norm")
"""Some norms of a matrix need its singular values."""
_LETTERS = costing("letters")
"""For each value of all letters in their text they multiply once."""
_PAIRS, _ALL_PAIRS = costing("pairs"), costing("all pairs")
"""For each element that they make they go along the longest side; the others along that of the first tensor, too."""
_GRIDS = costing("grid")
"""They make a dimension of each tensor."""


def big(number: int) -> str:
    """A number that may be astronomically large, readable."""
    return f"{number:,}" if number < 10**15 else f"10^{len(str(number)) - 1}" if number < 10**400 else "more than 10^400"


@dataclass(slots=True)
class Cost:
    """``elements`` made, ``outputs`` returned, and ``arithmetic`` steps, all estimated from above."""

    name: str
    elements: int
    outputs: int = 1
    arithmetic: int = 0


class Request:
    """A call that is about to happen, taken apart."""

    def __init__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.name: str = getattr(function, "__name__", "operation").removeprefix("linalg_")
        self.tensors: list[Tensor] = []
        self.integers: list[int] = []  # also those in tensors of one element, which torch takes for sizes as well
        self.others = 0
        self.paused: Callable[[], AbstractContextManager[None]] = nullcontext
        """Entered while something is imported, whose time is not the program's."""
        sizes = self.name in _FLOAT_SIZES
        self.texts: list[str] = []
        stack: list[Any] = [*reversed(kwargs.values()), *reversed(args)]
        while stack:
            item = stack.pop()
            if isinstance(item, Tensor):
                self.tensors.append(item)
                number = _whole(item)
                if number is not None:
                    self.integers.append(number)
            elif isinstance(item, int):
                self.integers.append(item)
            elif isinstance(item, (list, tuple)):
                stack.extend(reversed(item))
            elif isinstance(item, slice):
                self.others += 1
            elif isinstance(item, str):
                self.texts.append(item)
            elif isinstance(item, float) and sizes and math.isfinite(item):
                self.integers.append(math.ceil(item))

    @property
    def size(self) -> int:
        """Elements of all input tensors."""
        return sum(tensor.numel() for tensor in self.tensors)

    def given(self, at: int, *known_as: str, otherwise: Any = None) -> Any:
        """The argument at place ``at``, or the one that has one of the names instead."""
        named = next((self.kwargs[name] for name in known_as if name in self.kwargs), otherwise)
        return self.args[at] if at < len(self.args) else named

    def first(self) -> Tensor:
        """The tensor that a request is about, whatever the order of its arguments. There is one."""
        tensor = self.given(0, "input", "self", "tensor")
        return tensor if isinstance(tensor, Tensor) else self.tensors[0]

    def positive(self) -> int:
        """Product of the integers' sizes, those below 2 left out."""
        product = 1
        for integer in self.integers:
            if abs(integer) > 1:
                product *= abs(integer)
                if product > 10**300:
                    break
        return product


def _whole(item: Any) -> int | None:
    """The whole number that a tensor of one element holds; None for anything else."""
    if isinstance(item, Tensor) and item.numel() == 1 and not (item.is_floating_point() or item.is_complex()):
        return int(item.item())
    return None


def estimate(request: Request, limits: Limits) -> Cost:
    """Cost of a request. Raises ForbiddenError or TooLargeError for what cannot be run safely."""
    _refuse_unsafe(request, limits)
    name, size = request.name, request.size
    if name in _GIVEN:
        return Cost(name, size + len(request.integers))
    if name in _FROM_DATA:
        return _from_data(request)
    if name in _INDEXING:
        if len(request.tensors) < 3 and not any(tensor.numel() > 100 for tensor in request.tensors):
            return Cost(name, size)
        return _indexed(request)
    if name in _CREATION or (name in _SHAPE_AMONG_OTHERS and not request.tensors):
        return _creation(request, limits)
    if len(request.tensors) > limits.outputs:
        raise TooLargeError(
            f"{name} is given {len(request.tensors):,} tensors; {limits.outputs:,} are allowed", hint="Use fewer, larger parts."
        )
    count = _part_count(request)
    if count > limits.outputs:
        return Cost(name, size, count)
    many = len(request.tensors) > 3 and name in _PRODUCTS_OF_MANY
    if (size + 1) ** 2 * request.positive() <= SMALL and not many:
        return Cost(name, size, 1, size)
    if name.removesuffix("_") in _ELEMENT_BY_ELEMENT and request.tensors:
        elements = _spread(request)  # told without "meta", for which much of torch must be imported once
        return Cost(name, elements, 1, max(elements, size) * _ELEMENTWISE_FACTOR)
    if name in _BEST_ORDER and len(request.tensors) > 500:  # also on "meta"
        return Cost(name, size, 1, len(request.tensors) ** 3 * 20)
    return _on_meta(request)


def _refuse_unsafe(request: Request, limits: Limits) -> None:
    """Calls that crash or hang torch, or leave the CPU."""
    name = request.name
    for tensor in request.tensors:
        if tensor.dim() > limits.dimensions:
            raise _dimensions(name, tensor.dim(), limits)
    if (
        name.removesuffix("_") in _ROUNDED
        and "trunc" in request.texts
        and not any(t.is_floating_point() for t in request.tensors)
    ):
        # The smallest integer divided by −1 ends the process with SIGFPE.
        raise ForbiddenError("whole numbers cannot be divided with rounding_mode='trunc'", hint="Use //, or x.float() first.")
    if name == "to" and request.texts:
        raise ForbiddenError(
            "programs run on the CPU",
            hint="Leave .to(…) out, or give it a dtype such as torch.float64.",
            mending=without_method,
        )
    if name.removesuffix("_") in _ORDERS and any(abs(i) > 1000 for i in request.integers):
        raise TooLargeError(
            f"the order of {name} is {max(request.integers, key=abs):,}; 1,000 is allowed", hint="Use a smaller order."
        )
    if name in _WINDOWS:
        largest = max(map(abs, request.integers), default=0)
        if largest > limits.elements:
            raise TooLargeError(
                f"{name} is given a size of {big(largest)} elements; {limits.elements:,} are allowed", hint="Use smaller sizes."
            )
    if name in _POWERS and any(abs(power) >= 2**62 for power in request.integers):
        raise TooLargeError("the power of a matrix must be less than 2^62", hint="Use a smaller power.")
    if name == "repeat_interleave" and request.kwargs.get("output_size") is not None:
        # torch then writes as many elements as the repeats say, wherever that is.
        raise ForbiddenError(
            "repeat_interleave cannot be given an output_size",
            hint="Leave it out: torch finds it itself.",
            mending=partial(without_keyword, keyword="output_size"),
        )
    if name in ("__getitem__", "__setitem__") and len(request.args) > 1 and isinstance(request.args[1], tuple):
        if len(request.args[1]) > limits.dimensions:
            raise _dimensions(name, len(request.args[1]), limits)
    elif name in _SHAPE_ARGUMENTS and len(request.integers) > limits.dimensions + 2:
        raise _dimensions(name, len(request.integers), limits)
    elif name in _GRIDS and len(request.tensors) > limits.dimensions:
        raise _dimensions(name, len(request.tensors), limits)
    elif name in _LETTERS and request.texts:
        equation = request.texts[0]
        if len(equation) > 200 or len(equation.partition("->")[2]) > limits.dimensions:
            raise _dimensions(name, len(equation), limits)


def _dimensions(name: str, number: int, limits: Limits) -> TooLargeError:
    return TooLargeError(f"{name} with {number:,} dimensions; {limits.dimensions} are allowed", hint="Use fewer dimensions.")


def _creation(request: Request, limits: Limits) -> Cost:
    """Tensors made of numbers: ``zeros(2, 3)``, ``arange(1e15)``, ``eye(10**6)``."""
    name = request.name
    given = [_number(item) for part in request.args for item in (part if isinstance(part, (list, tuple)) else (part,))]
    named = {key: _number(item) for key, item in request.kwargs.items()}
    numbers = [item for item in given if isinstance(item, (int, float)) and not isinstance(item, bool)]
    if name in _RANGES:
        # arange(end), arange(start, end, step): each may be given by its name.
        order = [key for key in ("start", "end", "step") if key not in named]
        if len(numbers) == 1 and "end" in order and "start" in order:
            order = ["end"]
        bound: dict[str, Any] = {"start": 0, "end": 0, "step": 1} | dict(zip(order, numbers, strict=False)) | named
        try:
            length = math.ceil((bound["end"] - bound["start"]) / bound["step"])
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            return Cost(name, 0)  # torch refuses these with its own words
        return Cost(name, max(0, length))
    if name in _STEPS:
        steps = named.get("steps", numbers[2] if len(numbers) > 2 else 0)
        return Cost(name, steps if isinstance(steps, int) else 0)
    if name in _SQUARES:
        rows = named.get("n", numbers[0] if numbers else 0)
        columns = named.get("m", numbers[1] if len(numbers) > 1 else rows)
        return Cost(name, max(0, int(rows)) * max(0, int(columns if columns is not None else rows)))
    shape: Any = named.get("size", named.get("n"))
    if name in _SHAPE_AMONG_OTHERS:
        nested = [part for part in request.args if isinstance(part, (list, tuple))]
        shape = nested[0] if shape is None and nested else shape
    elif shape is None:
        shape = numbers
    if isinstance(shape, int):
        shape = (shape,)
    elements = 1
    for length in shape or ():
        if isinstance(length, Tensor):
            length = length.item() if length.numel() == 1 else 0
        # An empty tensor can have sides that some kernels walk along all the same.
        elements *= max(1, int(length)) if isinstance(length, (int, float)) else 0
    elements = elements if elements > limits.elements or 0 not in (shape or ()) else 0
    if len(shape or ()) > limits.dimensions:
        raise _dimensions(name, len(shape or ()), limits)
    return Cost(name, elements)


def _number(item: Any) -> Any:
    return item.item() if isinstance(item, Tensor) and item.numel() == 1 else item


def _from_data(request: Request) -> Cost:
    """Operations whose result is as large as the numbers in a tensor say."""
    name, size = request.name, request.size
    if name in _CLASSES:
        largest = max([*map(abs, request.integers), *(_largest(tensor) + 1 for tensor in request.tensors)], default=0)
        return Cost(name, max(size, size * max(1, largest)))
    source, counts = request.given(0, "input", "self"), request.given(1, "repeats")
    if counts is None:
        source, counts = None, source
    times = _number(counts)
    if isinstance(source, Tensor) and not isinstance(times, Tensor):
        return Cost(name, max(size, source.numel() * max(1, times if isinstance(times, int) else 1)))
    if not isinstance(counts, Tensor) or counts.is_floating_point() or counts.is_complex():
        return Cost(name, size)  # torch refuses it in its own words
    along, each = _number(request.given(2, "dim")), 1
    if isinstance(source, Tensor) and isinstance(along, int):
        each = source.numel() // max(1, source.shape[along] if -source.dim() <= along < source.dim() else 1)
    return Cost(name, max(size, int(counts.double().clamp(min=0).sum()) * each))


def _largest(tensor: Tensor) -> int:
    """The largest absolute value in a tensor of whole numbers."""
    if not tensor.numel() or tensor.is_floating_point() or tensor.is_complex():
        return 0
    return max(abs(int(tensor.max())), abs(int(tensor.min())))


_PLACES = ("indices_or_sections", "indices", "sections", "tensor_indices_or_sections")


def _part_count(request: Request) -> int:
    """How many tensors ``split``, ``unbind`` … would return."""
    name = request.name
    if not request.tensors or name not in _SPLITS:
        return 1
    source = request.first()
    longest = max(source.shape, default=1)
    places = request.given(1, *_PLACES, "split_size_or_sections", "split_size")
    listed = (
        len(places) if isinstance(places, (list, tuple)) else places.numel() if isinstance(places, Tensor) and places.dim() else 0
    )
    if name in _CUT_AT_PLACES:
        return max([listed + 1, *map(abs, request.integers)])
    if name in _SO_MANY_PARTS:
        return min(longest, max((abs(integer) for integer in request.integers), default=1))
    if name in _PARTS_OF_A_LENGTH:
        length = next((i for i in request.integers if i > 0), 1)
        return listed or -(-longest // length)
    along = next((i for i in request.integers if -source.dim() <= i < source.dim()), 0)
    return max(source.shape[along] if source.dim() else 0, 1)


def _meta(item: Any) -> Any:
    if not isinstance(item, Tensor):
        return item
    return torch.empty_strided(tuple(item.shape), item.stride(), dtype=item.dtype, device="meta")


def _meta_or_size(item: Any) -> Any:
    number = _whole(item)
    return _meta(item) if number is None else number


META_PARTS = (
    "mpmath",
    "sympy",
    "torch.distributed.tensor",
    "torch.distributed.fsdp",
    "torch._numpy",
    "torch.onnx",
    "torch._dynamo",
)
"""What ``load_meta`` imports, in pieces between which a process can look whether it is asked for something; only in this order is
none of them most of it. A torch that has one of them no longer imports it all at once."""


@lru_cache(maxsize=1)
def load_meta() -> None:
    """The first operation on torch's ``meta`` device imports much of torch, once per process: seconds that no program asked for."""
    torch.empty(1, device="meta").cumsum(0)


def _load(request: Request) -> None:
    if not load_meta.cache_info().currsize:
        with request.paused():
            load_meta()


def _try_on_meta(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a call returns, without data; None if torch cannot tell. It computes nothing and draws no random number."""
    generator = torch.default_generator
    state = generator.get_state()
    try:
        for convert in (_meta, _meta_or_size):
            try:
                with torch.no_grad(), torch.device("meta"):
                    if function is torch.normal and not any(isinstance(item, Tensor) for item in (*args, *kwargs.values())):
                        kwargs = kwargs | {"device": "meta"}  # the only one that makes a tensor of numbers and is not told
                    return function(*tree_map(convert, args), **tree_map(convert, kwargs))
            except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
                # Wrong arguments, which torch will refuse in its own words; or numbers in a tensor that it needs: the second try
                # gives it these; or a result that depends on the data.
                continue
        return None
    finally:
        generator.set_state(state)


def _indexed(request: Request) -> Cost:
    """``x[i, j]``, and what is written to it."""
    _load(request)
    made = _tensors(_try_on_meta(Tensor.__getitem__, tuple(request.args[:2]), {}))
    elements = max([request.size, *(tensor.numel() for tensor in made)])
    return Cost(request.name, elements, 1, elements * _ELEMENTWISE_FACTOR)


def _on_meta(request: Request) -> Cost:
    name, size = request.name, request.size
    _load(request)
    result = _try_on_meta(request.function, request.args, request.kwargs)
    made = _tensors(result)
    if made:
        elements = sum(_extent(tensor) for tensor in made)
    else:
        elements = size
        if request.positive() > 10**6 and name not in ("manual_seed",):
            elements = max(size, 1) * request.positive() if name in _SHAPE_ARGUMENTS else size
    if name in _SPREAD:
        elements = max(elements, _spread(request))
    if name in _ROWS_BY_ROWS:  # which torch cannot tell without data
        elements = max(elements, request.first().shape[0] ** 2 if request.first().dim() == 2 else 1)
    if name.removesuffix("_") in _TIMES_THE_ORDER:
        elements *= max((abs(integer) for integer in request.integers), default=1)
    return Cost(name, elements, len(made) or 1, _arithmetic(request, max(elements, size), elements))


def _spread(request: Request) -> int:
    """Elements of the shape to which all inputs are spread; 0 if they do not fit, which torch will say in its own words."""
    try:
        return math.prod(torch.broadcast_shapes(*[tensor.shape for tensor in request.tensors]))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return 0


def _extent(tensor: Tensor) -> int:
    """Its elements; for an empty tensor, what its other sides span, since some kernels walk along them all the same."""
    return tensor.numel() or (math.prod(length or 1 for length in tensor.shape) if max(tensor.shape, default=0) > 10**6 else 0)


def _tensors(result: Any) -> list[Tensor]:
    found: list[Tensor] = []
    stack = [result]
    while stack:
        item = stack.pop()
        if isinstance(item, Tensor):
            found.append(item)
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
    return found


def _arithmetic(request: Request, elements: int, made: int) -> int:
    """Steps of a request that makes ``made`` elements; ``elements`` are these or the given ones, whichever are more."""
    name = request.name.strip("_").removeprefix("r").removeprefix("i") if "matmul" in request.name else request.name
    shapes = [tuple(tensor.shape) for tensor in request.tensors]
    if not shapes:
        return elements
    if name in _PRODUCTS:
        return (
            elements * max((max(shape, default=1) for shape in shapes), default=1)
            if name in _ANY_SIDE
            else (elements * max((shape[-1] for shape in shapes if shape), default=1))
        )
    if name in _CONVOLUTIONS and len(request.tensors) > 1:
        weight = request.given(1, "weight")
        if not isinstance(weight, Tensor):
            weight = request.tensors[1]
        return max(elements, request.first().numel()) * weight.numel() // max(1, weight.shape[0] if weight.dim() else 1)
    if name in _REPEATED:
        return elements * max((abs(integer) for integer in request.integers), default=1)
    if name in _POWERS:
        power = max((abs(integer) for integer in request.integers), default=1)
        return elements * _side(request, shapes) * (2 * power.bit_length() + _MATRIX_FACTOR)
    if name in _CUBIC or _takes_singular_values(request):
        return elements * _side(request, shapes) * _MATRIX_FACTOR
    if name in _POOLS:
        return elements + made * _window(request)
    if name in _ADAPTIVE:
        return elements + made * _adaptive_window(request)
    if name in _ALONG_ROWS or name in _ROWS_BY_ROWS:
        shape = tuple(request.first().shape)
        return math.prod(shape) * max(shape[-1:] if name in _ALONG_ROWS else shape[:1], default=1)
    if name in _LETTERS:
        return _einsum(request, shapes)
    if name in _PAIRS or name in _ALL_PAIRS:
        longest = max(max(shape, default=1) for shape in shapes)
        return elements * longest * (max(shapes[0], default=1) if name in _ALL_PAIRS else 1)
    return elements * _ELEMENTWISE_FACTOR


def graph_elements(node: Any) -> int:
    """Elements that the Node makes when its own graph is made, where these are many more than come to it.

    The derivative of ``cumprod`` takes for every element all that follow it, as soon as one is zero.
    """
    if node.name() != "CumprodBackward0":
        return 0
    try:
        given = node._saved_self
    except RuntimeError:
        return 0  # it has been changed or freed, which torch will say in its own words
    length = int(given.shape[node._saved_dim if node._saved_dim < given.dim() else node._saved_dim - 2**64]) if given.dim() else 1
    with torch.no_grad():
        return given.numel() * length if bool((given == 0).any()) else 0


def _window(request: Request) -> int:
    """Elements of the window of a pool."""
    window = request.given(2 if "lp_pool" in request.name else 1, "kernel_size", otherwise=1)
    sides = [_number(side) for side in (window if isinstance(window, (list, tuple)) else (window,))]
    lengths = [int(side) for side in sides if isinstance(side, (int, float))]
    # One number stands for all sides, as many as the tensor has beside batch and channels.
    dimensions = 1 if "1d" in request.name else 2
    return max(1, int(math.prod(lengths) ** (dimensions if len(lengths) == 1 else 1)))


def _side(request: Request, shapes: list[tuple[int, ...]]) -> int:
    """The longest side of the matrices that a request takes, of which there may be many side by side."""
    if request.kwargs.get("dim") is not None or len(request.args) > 2:
        return max(max(shape, default=1) for shape in shapes)
    return max(max(shape[-2:], default=1) for shape in shapes)


def _adaptive_window(request: Request) -> int:
    """Elements of the largest window of a pool that is given the size of its result."""
    wanted = request.given(1, "output_size", otherwise=1)
    dimensions = 1 if "1d" in request.name else 2
    sides = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted] * dimensions
    window = 1
    for length, side in zip(request.first().shape[-dimensions:], sides, strict=False):
        number = _number(side)
        window *= length // number + 2 if isinstance(number, int) and number > 0 else 1
    return window


def _takes_singular_values(request: Request) -> bool:
    """Whether a norm is one of a matrix as a whole: the nuclear one, or the largest or smallest singular value."""
    if request.name not in _NORMS:
        return False
    order = request.kwargs.get("ord", request.kwargs.get("p", request.args[1] if len(request.args) > 1 else None))
    order = _number(order)
    if isinstance(order, str):
        return order == "nuc"
    of_matrix = request.name == "matrix_norm" or getattr(request.function, "__name__", "") == "linalg_norm"
    if not (of_matrix and isinstance(order, (int, float)) and abs(order) == 2):
        return False
    along = request.kwargs.get("dim", request.args[2] if len(request.args) > 2 else (-2, -1))
    return isinstance(along, (list, tuple)) and len(along) == 2 and request.tensors[0].dim() >= 2


def _einsum(request: Request, shapes: list[tuple[int, ...]]) -> int:
    equation = request.texts[0].replace(" ", "").partition("->")[0] if request.texts else ""
    letters: dict[str, int] = {}
    for part, shape in zip(equation.split(","), shapes, strict=False):
        if "." in part:
            return math.prod(math.prod(shape) for shape in shapes)
        letters.update(zip(part, shape, strict=False))
    return math.prod(letters.values())
