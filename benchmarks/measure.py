"""Ratios between two ways of doing a thing, measured in turns so that a busy machine disturbs both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Mean wall-clock seconds of one ``call`` over ``repeats``."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def ratio(
    subject: Callable[[], object], peer: Callable[[], object], *, repeats: int = 100, rounds: int = 15
) -> tuple[float, float, float]:
    """Median, lower and upper quartile of subject ÷ peer over ``rounds`` of alternating measurements."""
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
