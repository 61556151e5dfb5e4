"""The only world a program sees: torch and F as frozen facades, ``tensor``, ``make_regression``, ``print``, and no builtins."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import Any, NoReturn

import torch
import torch.nn.functional
from torch import Tensor

from engine.errors import Fix, ForbiddenError, TooLargeError
from engine.programs.bounds import Meter
from engine.programs.checker import names
from engine.tables import Span
from engine.text.fixing import with_arguments, with_value, without_keyword

FIRST_SEED = 0
"""Every program starts as if it had called ``torch.manual_seed(0)``."""


class Facade:
    """A fixed set of attributes that cannot be changed."""

    __slots__ = ("_content", "_title")

    def __init__(self, title: str, content: Mapping[str, object]) -> None:
        object.__setattr__(self, "_title", title)
        object.__setattr__(self, "_content", MappingProxyType(dict(content)))

    def __getattr__(self, name: str) -> object:
        try:
            content: Mapping[str, object] = object.__getattribute__(self, "_content")
            return content[name]
        except KeyError:
            raise AttributeError(f"{self._title} has no {name} that a program can use") from None

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self._title} cannot be changed")

    def __repr__(self) -> str:
        return f"<{self._title}>"


def _seeded_with_0(text: str, span: Span) -> Fix | None:
    return with_arguments(text, span, "0")


def _manual_seed(seed: object) -> None:
    if isinstance(seed, Tensor):
        seed = seed.item()
    if not isinstance(seed, int) or not -(2**63) <= seed < 2**64:
        raise ForbiddenError(
            "manual_seed needs a whole number of 64 bits", hint="Write torch.manual_seed(0).", mending=_seeded_with_0
        )
    torch.default_generator.manual_seed(seed)


def _build_facades() -> tuple[Facade, Facade]:
    functional = Facade("F", {name: getattr(torch.nn.functional, name) for name in names.FUNCTIONAL})
    content: dict[str, object] = {
        name: getattr(torch, name) for name in names.TORCH_FUNCTIONS | names.TORCH_CONSTANTS if hasattr(torch, name)
    }
    for module, known in names.TORCH_SUBMODULES.items():
        home = getattr(torch, module)
        content[module] = Facade(f"torch.{module}", {name: getattr(home, name) for name in known if hasattr(home, name)})
    content["nn"] = Facade("torch.nn", {"functional": functional})
    content["manual_seed"] = _manual_seed
    return Facade("torch", content), functional


_facades: list[tuple[Facade, Facade]] = []


def namespace(meter: Meter, note_print: Callable[[str], None]) -> dict[str, Any]:
    """Fresh globals for one run; ``note_print`` gets what the program prints, line ends included."""
    if not _facades:
        _facades.append(_build_facades())
    library, functional = _facades[0]

    def import_torch(name: str, *_: object) -> Facade:
        if name != "torch":
            raise ForbiddenError(f"{name} cannot be imported", hint="Remove this line.")
        return library

    def show(*values: object, sep: object = " ", end: object = "\n") -> None:
        if not isinstance(sep, str | None) or not isinstance(end, str | None):
            raise ForbiddenError("sep and end of print must be text", hint='Write print(x, end=" ").')
        separator, ending = " " if sep is None else sep, "\n" if end is None else end
        meter.check_time()
        parts: list[str] = []
        with torch._C.DisableTorchFunction(), torch.no_grad():
            left = meter.printable
            for value in values:
                parts.append(shown(value, left))
                left -= len(parts[-1])
                if left < 0:
                    break
        text = separator.join(parts) + ending
        meter.count_printed(text)
        note_print(text)

    def regression(*args: object, **keywords: object) -> tuple[Tensor, ...]:
        with torch._C.DisableTorchFunction():
            return make_regression(meter, *args, **keywords)

    return {
        "__builtins__": {"__import__": import_torch},
        "torch": library,
        "F": functional,
        "tensor": torch.tensor,
        "make_regression": regression,
        "print": show,
        **meter.guards(),
    }


def shown(value: Any, room: int) -> str:
    """A value as ``print`` shows it; of a long list only as much as there is room for, and a little more."""
    if isinstance(value, (Tensor, tuple)) and _least(value) > room:
        return " " * (room + 1)  # nobody will see it: it is longer than what may be printed
    if type(value) not in (list, tuple):  # torch's own tuples know how to show themselves
        return value if isinstance(value, str) else str(value)
    pieces: list[str] = []
    length = 0
    stack: list[Iterator[tuple[str, Any]]] = [_pieces(value)]
    while stack and length <= room:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        before, item = step
        if type(item) is list or type(item) is tuple:
            stack.append(_pieces(item))
        elif item is not _NOTHING:
            before += shown(item, room) if isinstance(item, Tensor) else repr(item)
        pieces.append(before)
        length += len(before)
    return "".join(pieces)


def _least(value: object) -> int:
    """Characters that a tensor, or a tuple of them, takes at least: torch shows at most six elements along each dimension of a
    large one, and no number takes less than two."""
    if isinstance(value, tuple):
        return sum(map(_least, value[:10]))
    if not isinstance(value, Tensor):
        return 0
    return 2 * (value.numel() if value.numel() <= 1000 else math.prod(min(length, 6) for length in value.shape))


_NOTHING = object()


def _pieces(items: list[Any] | tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    opening, closing = "[]" if isinstance(items, list) else "()"
    yield opening, _NOTHING
    for index, item in enumerate(items):
        yield ", " if index else "", item
    yield ("," + closing if isinstance(items, tuple) and len(items) == 1 else closing), _NOTHING


def make_regression(
    meter: Meter,
    n_samples: object = 100,
    n_features: object = 100,
    *,
    n_informative: object = 10,
    noise: object = 0.0,
    bias: object = 0.0,
    coef: object = False,
    random_state: object = 0,
) -> tuple[Tensor, ...]:
    """scikit-learn's ``make_regression`` as float32 tensors.

    Parameters
    ----------
    n_samples, n_features : int
        Rows and columns of X, 1 or more; their product is bounded like any tensor's elements.
    n_informative : int, default 10
        How many features y depends on; never more than there are.
    noise, bias : float
        Standard deviation of the noise on y (0 or more) and the constant in y.
    coef : bool
        Also return the true coefficients, [n_features] ([] for one feature).
    random_state : int, default 0

    Returns
    -------
    X float32 [n_samples, n_features], y float32 [n_samples], and coef: shaped as scikit-learn shapes them.
    """
    sizes = {"n_samples": n_samples, "n_features": n_features, "random_state": 0 if random_state is None else random_state}
    for name, value in sizes.items():
        least = 0 if name == "random_state" else 1
        if not isinstance(value, int) or not least <= value < 2**32:
            instead = str(max(least, 1))
            raise ForbiddenError(
                f"{name} must be a whole number, {least} or more",
                hint=f"Write {name}={instead}.",
                mending=partial(with_value, keyword=name, value=instead),
            )
    for name, value in (("noise", noise), ("bias", bias)):
        if not isinstance(value, (int, float)) or not abs(value) < 1e30 or (name == "noise" and value < 0):
            raise ForbiddenError(
                f"{name} must be a number{', 0 or more' if name == 'noise' else ''}",
                hint=f"Write {name}=0.3.",
                mending=partial(with_value, keyword=name, value="0.3"),
            )
    assert isinstance(n_samples, int) and isinstance(n_features, int)
    if not isinstance(n_informative, int) or n_informative < 1:
        raise ForbiddenError(
            "n_informative must be a whole number, 1 or more",
            hint="Leave it out.",
            mending=partial(without_keyword, keyword="n_informative"),
        )
    elements = n_samples * (n_features + 1)
    if elements > meter.limits.elements:
        raise TooLargeError(
            f"make_regression would make {elements:,} elements; {meter.limits.elements:,} are allowed", hint="Use fewer samples."
        )
    meter.count_elements(elements)
    with meter.clock_stopped():
        from sklearn import datasets

    made = datasets.make_regression(
        n_samples=n_samples,
        n_features=n_features,
        n_informative=min(n_informative, n_features),
        noise=noise,
        bias=bias,
        coef=bool(coef),
        random_state=sizes["random_state"],
    )
    return tuple(torch.as_tensor(array, dtype=torch.float32).clone() for array in made)


@contextmanager
def torch_state() -> Iterator[None]:
    """Every run starts from the same state of torch, and leaves this process's as it was."""
    generator = torch.default_generator
    random_state = generator.get_state()
    dtype = torch.get_default_dtype()
    generator.manual_seed(FIRST_SEED)
    if dtype is not torch.float32:
        torch.set_default_dtype(torch.float32)
    try:
        with torch.enable_grad():
            yield
    finally:
        generator.set_state(random_state)
        if dtype is not torch.float32:
            torch.set_default_dtype(dtype)
