"""What a step of a small network's training takes in memory: while it is recorded, finished, saved and opened.

Run: python -m benchmarks.memory [STEPS] [--quick]. Linux only: it reads what its process has in use.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

from benchmarks.measuring.measure import arguments, parser, sized

STEPS = 1000


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def train(path: Path, steps: int) -> None:
    """In a process of its own: one line for each part."""
    import torch

    import engine
    from engine.runtime.memory import resident_bytes

    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, y = torch.randn(16, 4), torch.randn(16, 1)

    def run(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()

    with engine.record() as few:
        run(2)
    few.save(path.with_name("few.gradwalk"))
    before = resident_bytes()
    with engine.record() as made:
        run(steps)
        print(f"recorded {(resident_bytes() - before) / steps / 1000:8.1f} kB a step")
    print(f"finished {(_peak() - before) / steps / 1000:8.1f} kB a step at most")
    made.save(path)
    print(f"saved    {(_peak() - before) / steps / 1000:8.1f} kB a step at most")
    print(f"file     {path.stat().st_size / steps / 1000:8.1f} kB a step")


def look(path: Path, steps: int) -> None:
    """In another: the file is opened, and what views ask for is made."""
    import engine
    from engine.runtime.memory import resident_bytes

    few = path.with_name("few.gradwalk")
    engine.open_recording(few)  # what opening imports is not the recording's
    before = resident_bytes()
    recording = engine.open_recording(path)
    moments = len(recording.moments) // steps
    print(f"opened   {(_peak() - before) / steps / 1000:8.1f} kB a step at most, {moments} moments a step")


def main() -> None:
    wanted = parser(__doc__)
    wanted.add_argument("steps", type=int, nargs="?")
    given = arguments(wanted).steps
    steps = sized(STEPS, 50) if given is None else given
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.gradwalk"
        for part in (train, look):
            process = get_context("spawn").Process(target=part, args=(path, steps))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit(f"{part.__name__} ended with {process.exitcode}")


if __name__ == "__main__":
    main()
