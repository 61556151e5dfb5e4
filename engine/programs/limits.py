"""The bounds on a program. Holds no torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.text.kind import LONGEST


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may use; every bound is named in the message of its ``TooLargeError``.

    Parameters
    ----------
    bytes : int, default 100,000
        Length of the text in UTF-8.
    lines : int, default 5,000
        Lines of the text.
    nesting : int, default 60
        Brackets in brackets.
    chain : int, default 200
        Operators, dots and brackets that follow one another in one expression, those around it included.
    blocks : int, default 15
        Loops and ``with`` in one another.
    integer_digits : int, default 100
        Decimal digits of a Python integer.
    sequence : int, default 100,000
        Elements of a Python list or tuple that an operator makes.
    listed : int, default 1,000,000
        Elements of all lists and tuples that loops and operators make.
    operations : int, default 10,000
        Operations of torch that the program makes.
    elements : int, default 4,000,000
        Elements of one tensor.
    total_elements : int, default 20,000,000
        Elements of all tensors that are made.
    outputs : int, default 10,000
        Tensors that one operation returns.
    dimensions : int, default 16
        Dimensions of a tensor, and lists in one another.
    arithmetic : int, default 2,000,000,000
        Multiplications and additions of one operation (estimated).
    printed : int, default 20,000
        Characters that ``print`` writes.
    seconds : float, default 5.0
        The whole run.
    call_seconds : float, default 3.0
        One operation, or one Node of a pass; the process that runs the program is ended after that.
    memory : int, default 640 MiB
        Bytes that the process which runs the program may use for it.
    """

    bytes: int = LONGEST
    lines: int = 5_000
    nesting: int = 60
    chain: int = 200
    blocks: int = 15
    integer_digits: int = 100
    sequence: int = 100_000
    listed: int = 1_000_000
    operations: int = 10_000
    elements: int = 4_000_000
    total_elements: int = 20_000_000
    outputs: int = 10_000
    dimensions: int = 16
    arithmetic: int = 2_000_000_000
    printed: int = 20_000
    seconds: float = 5.0
    call_seconds: float = 3.0
    memory: int = 640 << 20


DEFAULT_LIMITS = Limits()
