"""Long chains of operations neither end the process that records them, nor one that lets go of them later.

Each runs in a process of its own, which an overflow of the stack would end, on a stack of 512 KiB: that is what threads have by
default on macOS, and 2,500 Nodes that are freed one inside the other fill it. On the 8 MiB of a main thread 40,000 do.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import torch

import engine
from engine.recorder.passes.chains import MOST

LENGTH = 3000
_FRAME = """
import sys, threading
import torch
import engine
from engine.programs.limits import Limits
from engine.recorder import Recorder  # the name that others write, not the file that has it

LENGTH = {length}
WIDE = Limits(seconds=1000.0)
x = torch.ones((), requires_grad=True)

class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * 1.0
    @staticmethod
    def backward(ctx, g):
        return g * 1.0

def chain(length=LENGTH, y=x):
    for _ in range(length):
        y = y * 1.0
    return y

threading.stack_size(2**19)
def run(whole):
    thread = threading.Thread(target=whole)
    thread.start()
    thread.join()
"""
_RUN = """
print({kind!r}, flush=True)
def whole():
    global made
{body}
run(whole)
assert len(made.nodes) > 0.8 * LENGTH, len(made.nodes)
"""
_BODIES = {
    "let go of after the block": """
    with engine.record() as r:
        y = chain()
    del y
""",
    "let go of in the block": """
    with engine.record() as r:
        chain()
        for _ in range(2 * LENGTH):
            x * 2
""",
    "held by a list, the first first": """
    with engine.record() as r:
        y = [x]
        for _ in range(LENGTH):
            y.append(y[-1] * 1.0)
    y.reverse()
    while y:
        y.pop()
""",
    "a pass, and another one that makes a graph": """
    with engine.record() as r:
        y = chain(LENGTH // 2)
        g, = torch.autograd.grad(y * y, x, create_graph=True)
        g.backward()
        x.grad = None
    del y, g
""",
    "two uses each, and a leaf in every step": """
    with engine.record() as r:
        w, y = torch.ones((), requires_grad=True), x
        for _ in range(LENGTH // 3):
            y = (y * w + y) * 0.5
        y.backward()
    del y
""",
    "functions of one's own in between": """
    with engine.record() as r:
        y = x
        for _ in range(LENGTH // 2):
            y = Double.apply(y * 1.0)
    del y
""",
    "written to in place": """
    with engine.record() as r:
        y = torch.ones(3) * x
        for _ in range(LENGTH // 2):
            y.mul_(1.0)
            y[0] *= 1.0
    del y
""",
    "made before the recording": """
    y = chain()
    with engine.record() as r:
        z = y * 2
    del y, z
""",
    "an exception half-way": """
    try:
        with engine.record() as r:
            y = chain()
            y + "x"
    except TypeError:
        pass
    del y
""",
    "what was refused half-way": """
    text = "x = torch.ones((), requires_grad=True)\\ny = x\\nfor i in range(LENGTH):\\n    y = y * 1.0\\ny.view(2)\\n"
    try:
        engine.run_program(text.replace("LENGTH", str(LENGTH)), limits=WIDE)
    except engine.ProgramError as error:
        made = error.recording
""",
    "a program": """
    text = f"x = torch.ones((), requires_grad=True)\\ny = x\\nfor i in range({LENGTH}):\\n    y = y * 1.0\\n"
    made = engine.run_program(text, limits=WIDE)
""",
    "operations that are chains themselves": """
    text = "y = torch.ones(1, 1, requires_grad=True)\\nfor i in range(50):\\n    y = torch.matrix_power(y, 2**61)\\n"
    made = engine.run_program(text, limits=WIDE)
""",
    "the world is cleared first": """
    recorder, world = Recorder("", "<program>"), {"x": x, "chain": chain}
    with recorder:
        exec("y = chain()", world)
    world.clear()
    made = recorder.finish()
""",
}


def test_a_long_chain_ends_no_process() -> None:
    code = _FRAME.replace("{length}", str(LENGTH))
    for kind, body in _BODIES.items():
        whole = body if "made" in body else f"{body}    made = r.recording\n"
        code += _RUN.replace("{kind!r}", repr(kind)).replace("{body}", whole)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False)
    assert done.stdout.splitlines()[-1:] == [[*_BODIES][-1]], done.stderr  # else the last line says what ended it
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr


def test_what_holds_the_chain_shows_nowhere() -> None:
    """Graphs that are not deep have nothing of ours, and what leads on from them lives as long as it would."""
    x = torch.ones((), requires_grad=True)
    with engine.record():
        y = x
        for _ in range(MOST - 1):
            y = torch.sin(y) + y
            if y.grad_fn is None:
                break
        node: Any = y.grad_fn
    found = 0
    seen, stack = {node}, [node]
    while stack:
        at = stack.pop()
        found += bool(at.metadata)
        for target, _ in at.next_functions:
            if target is not None and target not in seen:
                seen.add(target)
                stack.append(target)
    assert len(seen) == 2 * (MOST - 1) + 1
    assert found == 1
