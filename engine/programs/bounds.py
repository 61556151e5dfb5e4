"""Bounds while a program runs: time, loops, Python's numbers and lists, and the size of each tensor operation before it happens."""
# ruff: noqa: E501 (tables and messages, one a line)

from __future__ import annotations

import contextlib
import operator
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from engine.errors import Cancelled, ForbiddenError, TimeLimitError, TooLargeError
from engine.programs.costs import Request, big, estimate, graph_elements, load_meta
from engine.programs.limits import DEFAULT_LIMITS, Limits
from engine.text.fixing import list_as_tensor

__all__ = ["DEFAULT_LIMITS", "Limits", "Meter"]

_SIMPLE = frozenset({Tensor, float, bool, type(None)})
_TICKS_BETWEEN_CLOCKS = 64


class Meter:
    """Counts what one run uses, and refuses what would pass a limit.

    Parameters
    ----------
    limits : Limits
    cancel : callable or None
        Asked between operations and in loops; True raises Cancelled.
    paused : context manager or None
        Entered while the clock is stopped.
    """

    def __init__(
        self,
        limits: Limits,
        cancel: Callable[[], bool] | None = None,
        paused: Callable[[], contextlib.AbstractContextManager[None]] | None = None,
    ) -> None:
        self.limits = limits
        self._cancel = cancel
        self._paused = paused or contextlib.nullcontext
        self._deadline = time.monotonic() + limits.seconds
        self._largest: int = 10**limits.integer_digits
        self._listed = 0
        self._elements = 0
        self._printed = 0

    # Time --------------------------------------------------------------------------------------------------------

    def check_time(self) -> bool:
        """False; raises TimeLimitError after the deadline and Cancelled when asked to stop (the recorder's ``cancel``)."""
        if time.monotonic() > self._deadline:
            raise TimeLimitError(
                f"the program ran longer than {self.limits.seconds:g} seconds, the time allowed",
                hint="Use fewer steps or smaller tensors.",
            )
        if self._cancel is not None and self._cancel():
            raise Cancelled("stopped")
        return False

    @contextlib.contextmanager
    def clock_stopped(self) -> Iterator[None]:
        """For imports, which happen once per process: their time is not the program's."""
        start = time.monotonic()
        try:
            with self._paused():
                yield
        finally:
            self._deadline += time.monotonic() - start

    def steps(self, *bounds: object) -> Iterator[int]:
        """``range`` for programs: each step may end the run."""
        whole = []
        for bound in bounds:
            if isinstance(bound, Tensor) and bound.numel() == 1 and not bound.is_floating_point():
                bound = bound.item()
            if not isinstance(bound, int):
                raise ForbiddenError(f"range needs whole numbers, not {_kind(bound)}", hint="Write for i in range(10):.")
            whole.append(bound)
        if len(whole) == 3 and whole[2] == 0:
            raise ForbiddenError("the step of range cannot be 0", hint="Use 1 or −1.")
        self.check_time()
        for count, index in enumerate(range(*whole)):
            if count % _TICKS_BETWEEN_CLOCKS == 0:
                self.check_time()
            yield index

    # Python's own numbers and lists ------------------------------------------------------------------------------

    def add(self, left: Any, right: Any) -> Any:
        """``left + right``."""
        if type(left) in _SIMPLE or type(right) in _SIMPLE:
            self._no_lists(left, right)
            return left + right
        if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            self._weigh(self.weight(left) + self.weight(right))
            return left + right  # type: ignore[operator]
        return self._bounded(left + right)

    def sub(self, left: Any, right: Any) -> Any:
        """``left - right``."""
        return self._bounded(left - right)

    def mul(self, left: Any, right: Any) -> Any:
        """``left * right``."""
        for items, times in ((left, right), (right, left)):
            if isinstance(items, (list, tuple)):
                if type(times) is not int:
                    raise ForbiddenError(
                        f"a list cannot be multiplied by {_kind(times)}",
                        hint="Write torch.tensor([…]) * x.",
                        mending=list_as_tensor if isinstance(times, Tensor) else None,
                    )
                self._weigh(self.weight(items) * max(0, times) if items else 0)
                return items * times
        return self._bounded(left * right)

    def pow(self, left: Any, right: Any) -> Any:
        """``left ** right``."""
        if isinstance(left, int) and isinstance(right, int) and abs(left) > 1 and right > 0:
            bits = left.bit_length() - 1
            if bits * right > 4 * self.limits.integer_digits:
                raise self._integer_error()
        return self._bounded(left**right)

    def lshift(self, left: Any, right: Any) -> Any:
        """``left << right``."""
        if isinstance(left, int) and isinstance(right, int) and left and right > 4 * self.limits.integer_digits:
            raise self._integer_error()
        return self._bounded(left << right)

    def augmented(self, plain: Callable[[Any, Any], Any], inplace: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """``left op= right``: in place for tensors, a new object for anything else."""

        def update(left: Any, right: Any) -> Any:
            if isinstance(left, Tensor):
                self._no_lists(left, right)
                return inplace(left, right)
            return plain(left, right)

        return update

    def compare(self, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """A comparison of tensors and numbers; lists are refused, since comparing nested ones can take for ever."""

        def check(left: Any, right: Any) -> Any:
            if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
                raise ForbiddenError(
                    "lists cannot be compared", hint="Compare tensors: torch.tensor([…]) == x.", mending=list_as_tensor
                )
            return function(left, right)

        return check

    def sequence(self, items: Any) -> Any:
        """A list or tuple just made; raises TooLargeError if it holds too much."""
        self._weigh(self.weight(items))
        return items

    def store(self, target: Any) -> Any:
        """Called with what an element is about to be set in: only tensors can change."""
        if not isinstance(target, Tensor):
            raise ForbiddenError(f"elements of {_kind(target)} cannot be set", hint="Make a tensor of it: torch.tensor([…]).")
        return target

    def weight(self, items: Any) -> int:
        """Number of values in nested lists. Raises TooLargeError if there are too many, or they are nested too deeply."""
        count = 0
        stack = [(items, 0)]
        while stack:
            part, depth = stack.pop()
            count += len(part)
            if count > self.limits.sequence:
                raise self._sequence_error(count)
            if depth > self.limits.dimensions:
                raise TooLargeError(
                    f"lists are nested more than {self.limits.dimensions} deep, the nesting allowed", hint="Use a tensor instead."
                )
            stack.extend((item, depth + 1) for item in part if isinstance(item, (list, tuple)))
        return max(1, count)

    def _weigh(self, weight: int) -> None:
        if weight > self.limits.sequence:
            raise self._sequence_error(weight)
        self._listed += weight
        if self._listed > self.limits.listed:
            raise TooLargeError(
                f"the program's lists have more than {self.limits.listed:,} values in all, the number allowed",
                hint="Use tensors.",
            )
        self.check_time()

    def _sequence_error(self, weight: int) -> TooLargeError:
        return TooLargeError(
            f"a list with at least {big(weight)} values; {self.limits.sequence:,} are allowed",
            hint="Use a tensor: torch.zeros(n).",
        )

    def _integer_error(self) -> TooLargeError:
        return TooLargeError(
            f"this integer would have more than {self.limits.integer_digits} digits, the size allowed",
            hint="Use floats, such as 2.0.",
        )

    def _bounded(self, result: Any) -> Any:
        if type(result) is int and abs(result) >= self._largest:
            raise self._integer_error()
        return result

    def _no_lists(self, left: Any, right: Any) -> None:
        if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
            other = right if isinstance(left, (list, tuple)) else left
            raise ForbiddenError(
                f"a list and {_kind(other)} cannot be added",
                hint="Write torch.tensor([…]) + x, or xs + [x].",
                mending=list_as_tensor if isinstance(other, Tensor) else None,
            )

    # Tensors -----------------------------------------------------------------------------------------------------

    def before_operation(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Refuse an operation that would pass a limit; cheap unless its inputs or arguments are large. The recorder asks
        ``check_time`` right before."""
        request = Request(function, args, kwargs)
        request.paused = self.clock_stopped
        cost = estimate(request, self.limits)
        limits = self.limits
        if cost.elements > limits.elements:
            raise TooLargeError(
                f"{cost.name} would make {big(cost.elements)} elements; {limits.elements:,} are allowed",
                hint="Use smaller sizes.",
            )
        if cost.outputs > limits.outputs:
            raise TooLargeError(
                f"{cost.name} would return {big(cost.outputs)} tensors; {limits.outputs:,} are allowed",
                hint="Use fewer, larger parts.",
            )
        if cost.arithmetic > limits.arithmetic:
            raise TooLargeError(
                f"{cost.name} would take some {big(cost.arithmetic)} steps of arithmetic; {limits.arithmetic:,} are allowed",
                hint="Use smaller sizes.",
            )
        self.count_elements(cost.elements)

    def before_node(self, node: Any) -> None:
        """Refuse a Node that would make too much while a graph of it is made (``create_graph``)."""
        if not load_meta.cache_info().currsize:
            with self.clock_stopped():
                load_meta()  # how the Node computes is watched with the same parts of torch, which are imported once
        elements = graph_elements(node)
        if self._elements + elements > self.limits.total_elements:
            raise TooLargeError(
                f"a graph of this pass would take {big(elements)} elements for one cumprod that has zeros; "
                f"{self.limits.total_elements:,} are allowed for all tensors",
                hint="Use smaller sizes, or leave create_graph out.",
            )
        self._elements += elements

    def count_elements(self, elements: int) -> None:
        """Add to the elements of all tensors."""
        self._elements += elements
        if self._elements > self.limits.total_elements:
            raise TooLargeError(
                f"all tensors together would have {big(self._elements)} elements; {self.limits.total_elements:,} are allowed",
                hint="Use smaller sizes or fewer steps.",
            )

    def count_printed(self, text: str) -> None:
        """Add to what was printed; an empty print counts as one character."""
        self._printed += max(1, len(text))
        if self._printed > self.limits.printed:
            raise TooLargeError(
                f"the program prints more than {self.limits.printed:,} characters, the length allowed", hint="Print less often."
            )
        self.check_time()

    @property
    def printable(self) -> int:
        """Characters that may still be printed."""
        return self.limits.printed - self._printed

    def guards(self) -> dict[str, Any]:
        """The names that ``engine.programs.checker.instrument`` writes into a program."""
        from engine.programs.checker import instrument as written

        plain = {"add": self.add, "sub": self.sub, "mul": self.mul, "pow": self.pow, "lshift": self.lshift}
        named: dict[str, Any] = {f"guarded {name}": function for name, function in plain.items()}
        for name, function in plain.items():
            named[f"guarded i{name}"] = self.augmented(function, getattr(operator, f"i{name}"))
        for name in ("eq", "ne", "lt", "le", "gt", "ge"):
            named[f"guarded {name}"] = self.compare(getattr(operator, name))
        named[written.STORE_GUARD] = self.store
        named[written.SEQUENCE_GUARD] = self.sequence
        named[written.RANGE_GUARD] = self.steps
        return named


def _kind(value: object) -> str:
    """The kind of a value, in words."""
    if isinstance(value, Tensor):
        return "a tensor"
    words = {
        int: "a whole number",
        bool: "True or False",
        float: "a float",
        str: "text",
        list: "a list",
        tuple: "a tuple",
        torch.Size: "a shape",
    }
    return "None" if value is None else words.get(type(value), f"a {type(value).__name__}")
