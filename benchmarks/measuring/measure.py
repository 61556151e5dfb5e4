"""Ratios between two ways of doing a thing, measured in turns so that a busy machine disturbs both alike."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
_size = {"quick": False}


def parser(description: str | None) -> argparse.ArgumentParser:
    """The command line that all benchmarks share: ``--quick``. Add what one of them needs besides, and give it to `arguments`."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--quick", action="store_true", help="to the end in seconds: shows that it runs, its numbers say little")
    return made


def arguments(parsed_by: argparse.ArgumentParser) -> argparse.Namespace:
    """What the command line says; from here on `sized` and `ratio` know whether it is to be quick."""
    found = parsed_by.parse_args()
    _size["quick"] = found.quick
    return found


def sized(full: _T, quick: _T) -> _T:
    """``quick`` where the benchmark was asked to be, else ``full``."""
    return quick if _size["quick"] else full


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Mean wall-clock seconds of one ``call`` over ``repeats``."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def ratio(
    subject: Callable[[], object], peer: Callable[[], object], *, repeats: int = 100, rounds: int = 15
) -> tuple[float, float, float]:
    """Median, lower and upper quartile of subject ÷ peer over ``rounds`` of alternating measurements; fewer when quick."""
    repeats, rounds = sized(repeats, max(1, repeats // 20)), sized(rounds, 3)
    seconds(subject, max(1, repeats // 10))
    seconds(peer, max(1, repeats // 10))
    found = []
    for number in range(rounds):
        first, second = (subject, peer) if number % 2 else (peer, subject)
        times = {id(call): seconds(call, repeats) for call in (first, second)}
        found.append(times[id(subject)] / times[id(peer)])
    low, middle, high = statistics.quantiles(found, n=4)
    return middle, low, high


def show(what: str, result: tuple[float, float, float], aim: str = "") -> None:
    """One line: the ratio, its spread, and what we aim for."""
    middle, low, high = result
    print(f"{what:<66} {middle:7.2f}  ({low:.2f} to {high:.2f}){'   aim: ' + aim if aim else ''}")


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
