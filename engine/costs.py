# ruff: noqa: E501 (tables and messages, one a line)
"""What a tensor operation would make and take, known before it happens.

Small requests are let through by a bound on sizes alone; larger ones are tried on torch's ``meta`` device, which computes shapes
without data, except for a few whose result depends on the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from engine.errors import ForbiddenError, TooLargeError
from engine.limits import Limits

SMALL = 100_000
"""Requests that cannot make more than this many elements are not examined further."""

_ELEMENTWISE_FACTOR = 8
_MATRIX_FACTOR = 20

_CREATION = frozenset("zeros ones full randn rand randint randperm eye arange linspace logspace".split())
_SHAPE_ARGUMENTS = frozenset(
    "zeros ones full randn rand randint expand repeat tile broadcast_to reshape view permute movedim moveaxis flip unflatten roll "
    "new_zeros new_ones new_full sum_to_size as_strided rot90".split()
)
_CUBIC = frozenset(
    "inverse inv pinverse pinv det logdet slogdet solve cholesky qr svd svdvals eigh eigvalsh matrix_power matrix_exp".split()
)
_PRODUCTS = frozenset(
    "matmul mm bmm mv dot vdot inner linear addmm addmv addbmm baddbmm chain_matmul multi_dot tensordot".split()
)
_CONVOLUTIONS = frozenset("conv1d conv2d conv3d conv_transpose1d conv_transpose2d".split())
_ROUNDED = frozenset("div divide div_ divide_".split())


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
        self.integers: list[int] = []
        self.others = 0  # numbers that are no integers
        self.texts: list[str] = []
        stack: list[Any] = [*kwargs.values(), *reversed(args)]
        while stack:
            item = stack.pop()
            if isinstance(item, Tensor):
                self.tensors.append(item)
            elif isinstance(item, int):
                self.integers.append(item)
            elif isinstance(item, (list, tuple)):
                stack.extend(reversed(item))
            elif isinstance(item, slice):
                self.others += 1
            elif isinstance(item, str):
                self.texts.append(item)

    @property
    def size(self) -> int:
        """Elements of all input tensors."""
        return sum(tensor.numel() for tensor in self.tensors)

    def positive(self) -> int:
        """Product of the integers' sizes, those below 2 left out."""
        product = 1
        for integer in self.integers:
            if abs(integer) > 1:
                product *= abs(integer)
                if product > 10**300:
                    break
        return product


def estimate(request: Request, limits: Limits) -> Cost:
    """Cost of a request. Raises ForbiddenError or TooLargeError for what cannot be run safely."""
    _refuse_unsafe(request, limits)
    name, size = request.name, request.size
    if name in ("tensor", "new_tensor"):
        return Cost(name, size + len(request.integers))
    if name in ("one_hot", "repeat_interleave"):
        return _from_data(request)
    if name in ("__getitem__", "__setitem__") and not any(tensor.numel() > 100 for tensor in request.tensors):
        return Cost(name, size)
    if name in _CREATION:
        return _creation(request, limits)
    if (size + 1) ** 2 * request.positive() <= SMALL:
        return Cost(name, size, 1, size)
    count = _part_count(request)
    if count > limits.outputs:
        return Cost(name, size, count)
    return _on_meta(request)


def _refuse_unsafe(request: Request, limits: Limits) -> None:
    """Calls that crash or hang torch, or leave the CPU."""
    name = request.name
    for tensor in request.tensors:
        if tensor.dim() > limits.dimensions:
            raise _dimensions(name, tensor.dim(), limits)
    if name in _ROUNDED and "trunc" in request.texts and not any(t.is_floating_point() for t in request.tensors):
        # The smallest integer divided by −1 ends the process with SIGFPE.
        raise ForbiddenError("whole numbers cannot be divided with rounding_mode='trunc'", hint="Use //, or x.float() first.")
    if name == "to" and request.texts:
        raise ForbiddenError("programs run on the CPU", hint="Leave .to(…) out, or give it a dtype such as torch.float64.")
    if name in ("diff", "polygamma", "polygamma_", "mvlgamma", "mvlgamma_") and any(abs(i) > 1000 for i in request.integers):
        raise TooLargeError(
            f"the order of {name} is {max(request.integers, key=abs):,}; 1,000 is allowed", hint="Use a smaller order."
        )
    if name in ("__getitem__", "__setitem__") and len(request.args) > 1 and isinstance(request.args[1], tuple):
        if len(request.args[1]) > limits.dimensions:
            raise _dimensions(name, len(request.args[1]), limits)
    elif name in _SHAPE_ARGUMENTS and len(request.integers) > limits.dimensions + 2:
        raise _dimensions(name, len(request.integers), limits)
    elif name == "meshgrid" and len(request.tensors) > limits.dimensions:
        raise _dimensions(name, len(request.tensors), limits)
    elif name == "einsum" and request.texts:
        equation = request.texts[0]
        if len(equation) > 200 or len(equation.partition("->")[2]) > limits.dimensions:
            raise _dimensions(name, len(equation), limits)


def _dimensions(name: str, number: int, limits: Limits) -> TooLargeError:
    return TooLargeError(f"{name} with {number:,} dimensions; {limits.dimensions} are allowed", hint="Use fewer dimensions.")


def _creation(request: Request, limits: Limits) -> Cost:
    """Tensors made of numbers: ``zeros(2, 3)``, ``arange(1e15)``, ``eye(10**6)``."""
    name = request.name
    given = [item for part in request.args for item in (part if isinstance(part, (list, tuple)) else (part,))]
    given = [item.item() if isinstance(item, Tensor) and item.numel() == 1 else item for item in given]
    named = {key: item.item() if isinstance(item, Tensor) and item.numel() == 1 else item for key, item in request.kwargs.items()}
    numbers = [item for item in given if isinstance(item, (int, float)) and not isinstance(item, bool)]
    if name == "arange":
        start: Any = 0
        end: Any = named.get("end", 0)
        step: Any = named.get("step", 1)
        if len(numbers) == 1:
            end = numbers[0]
        elif numbers:
            start, end = numbers[:2]
            step = numbers[2] if len(numbers) > 2 else step
        start = named.get("start", start)
        try:
            length = math.ceil((end - start) / step)
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            return Cost(name, 0)  # torch refuses these with its own words
        return Cost(name, max(0, length))
    if name in ("linspace", "logspace"):
        steps = named.get("steps", numbers[2] if len(numbers) > 2 else 0)
        return Cost(name, steps if isinstance(steps, int) else 0)
    if name == "eye":
        rows = named.get("n", numbers[0] if numbers else 0)
        columns = named.get("m", numbers[1] if len(numbers) > 1 else rows)
        return Cost(name, max(0, int(rows)) * max(0, int(columns if columns is not None else rows)))
    shape: Any = named.get("size", named.get("n"))
    if name == "randint" or name == "full":
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
        elements *= max(0, int(length)) if isinstance(length, (int, float)) else 0
    if len(shape or ()) > limits.dimensions:
        raise _dimensions(name, len(shape or ()), limits)
    return Cost(name, elements)


def _from_data(request: Request) -> Cost:
    """Operations whose result is as large as the numbers in a tensor say."""
    tensors, name, size = request.tensors, request.name, request.size
    numbers = [abs(i) for i in request.integers]
    counts = tensors[-1] if tensors else None
    largest = max(numbers, default=0)
    if counts is not None and counts.numel() and not counts.is_floating_point():
        largest = max(largest, int(counts.abs().max().item()) + 1)
    base = tensors[0].numel() if tensors else 0
    if name == "repeat_interleave" and len(tensors) > 1 and counts is not None and counts.numel():
        base = max(base, counts.numel())
    return Cost(name, max(size, base * max(1, largest)))


def _part_count(request: Request) -> int:
    """How many tensors ``split``, ``unbind`` … would return."""
    name = request.name
    if not request.tensors or name not in ("split", "chunk", "unbind", "tensor_split", "hsplit", "vsplit", "dsplit", "__iter__"):
        return 1
    longest = max(request.tensors[0].shape, default=1)
    if name in ("tensor_split", "hsplit", "vsplit", "dsplit"):
        return max((abs(integer) for integer in request.integers), default=1)
    if name == "chunk":
        return min(longest, max((abs(integer) for integer in request.integers), default=1))
    if name == "split":
        length = next((i for i in request.integers if i > 0), 1)
        return -(-longest // length)
    return max(
        request.tensors[0].shape[
            next((i for i in request.integers if -request.tensors[0].dim() <= i < request.tensors[0].dim()), 0)
        ]
        if request.tensors[0].dim()
        else 0,
        1,
    )


def _meta(item: Any) -> Any:
    if not isinstance(item, Tensor):
        return item
    return torch.empty_strided(tuple(item.shape), item.stride(), dtype=item.dtype, device="meta")


@lru_cache(maxsize=1)
def load_meta() -> None:
    """The first operation on torch's ``meta`` device imports much of torch, once per process: seconds that no program asked for."""
    torch.empty(1, device="meta").cumsum(0)


def _on_meta(request: Request) -> Cost:
    name, size = request.name, request.size
    load_meta()
    try:
        with torch.no_grad():
            result = request.function(*tree_map(_meta, request.args), **tree_map(_meta, request.kwargs))
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError, AttributeError):
        # Wrong arguments, which torch will refuse in its own words, or a result that depends on the data: no larger than the input.
        result = None
    made = _tensors(result)
    if made:
        elements = sum(tensor.numel() for tensor in made)
    else:
        elements = size
        if request.positive() > 10**6 and name not in ("manual_seed",):
            elements = max(size, 1) * request.positive() if name in _SHAPE_ARGUMENTS else size
    return Cost(name, elements, len(made) or 1, _arithmetic(request, max(elements, size)))


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


def _arithmetic(request: Request, elements: int) -> int:
    name = request.name.strip("_").removeprefix("r").removeprefix("i") if "matmul" in request.name else request.name
    shapes = [tuple(tensor.shape) for tensor in request.tensors]
    if not shapes:
        return elements
    if name in _PRODUCTS:
        return (
            elements * max((max(shape, default=1) for shape in shapes), default=1)
            if name == "tensordot"
            else (elements * max((shape[-1] for shape in shapes if shape), default=1))
        )
    if name in _CONVOLUTIONS and len(request.tensors) > 1:
        weight = request.tensors[1]
        return max(elements, request.tensors[0].numel()) * weight.numel() // max(1, weight.shape[0])
    if name in _CUBIC:
        return elements * max(max(shape, default=1) for shape in shapes) * _MATRIX_FACTOR
    if name == "einsum":
        return _einsum(request, shapes)
    if name in ("cdist", "pdist", "bilinear", "scaled_dot_product_attention"):
        return (
            elements * max(max(shape, default=1) for shape in shapes) * (1 if name != "bilinear" else max(shapes[0], default=1))
        )
    return elements * _ELEMENTWISE_FACTOR


def _einsum(request: Request, shapes: list[tuple[int, ...]]) -> int:
    equation = request.texts[0].replace(" ", "").partition("->")[0] if request.texts else ""
    letters: dict[str, int] = {}
    for part, shape in zip(equation.split(","), shapes, strict=False):
        if "." in part:
            return math.prod(math.prod(shape) for shape in shapes)
        letters.update(zip(part, shape, strict=False))
    return math.prod(letters.values())
