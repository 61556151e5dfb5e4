"""Program text → checked → run under the recorder, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.programs.limits import Limits

if TYPE_CHECKING:
    from engine.recording import Recording


def run_program(
    text: str,
    *,
    cancel: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    local_derivatives: bool = True,
) -> Recording:
    """Check a program, run it once under real PyTorch, and return what happened.

    It runs in a process of its own, which is kept for the next program, and ended and replaced when the program passes its limits
    of time or memory within one call of torch, or crashes torch. So nothing that a program does can hurt this process.

    Parameters
    ----------
    text : str
        PyTorch code; what it may use is listed in ``engine.programs.checker.names``.
    cancel : callable, optional
        Asked without arguments while the program runs; when it gives True, Cancelled is raised.
    limits : Limits, optional
        Bounds of length, operations, elements, time and memory; the defaults of ``Limits`` when None.
    local_derivatives : bool, default True
        Also compute the local derivative of each one-element Node.

    Returns
    -------
    Recording
        Of the whole run: every operation, pass and print, in torch's own order.

    Raises
    ------
    ProgramError
        Refused before it ran, or ended with its process (``recording`` is None); or failed while running (``recording`` holds
        what came before).
    Cancelled
        ``cancel`` gave True.
    StartError
        The process could not be started; a RuntimeError.
    """
    from engine.programs.process.runner import shared

    return shared.run(text, cancel=cancel, limits=limits, local_derivatives=local_derivatives)
