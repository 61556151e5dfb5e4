"""Looks at the very bottom of the stack, and at how deep it may become: prints the same recorded or not."""

import atexit
import faulthandler
import gc
import inspect
import os
import signal
import sys
import traceback

import torch


def walked():
    frame, found = sys._getframe(), []
    while frame is not None:
        found.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return found


def look(where):
    print(where, walked())
    print([(entry.name, entry.lineno) for entry in traceback.extract_stack()])
    print([(info.function, info.lineno) for info in inspect.stack()])
    faulthandler.dump_traceback(all_threads=False)


def deepest(call=lambda: None):
    most = 0

    def down(depth):
        nonlocal most
        most = depth
        call()
        down(depth + 1)

    try:
        down(1)
    except RecursionError as error:
        print(error)
    return most


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, given):
        print("forward", deepest(), walked())
        return given * 2

    @staticmethod
    def backward(ctx, came):
        print("backward", deepest())
        return came * 2


class Within(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.times = 0

    def forward(self, x):
        self.times += 1
        return self(x)


def answer(number, frame):
    print("signal", number)


look("module")
print(sys._getframe().f_back)
print(sys.getrecursionlimit(), deepest())
x = torch.ones(2, requires_grad=True)
within = Within()
try:
    within(x)
except RecursionError:
    print(within.times)
for run in (
    lambda y: y.backward(),
    lambda y: torch.autograd.backward([y]),
    lambda y: torch.autograd.grad(y, x),
):
    y = x * 2
    y.register_hook(lambda _: print(sys.getrecursionlimit(), deepest()))
    run(y.sum())
Doubled.apply(x).sum().backward()
sys.setrecursionlimit(200)
print(deepest())
try:
    sys.setrecursionlimit(1)
except RecursionError as error:
    print(error)
signal.signal(signal.SIGTERM, answer)
atexit.register(os.kill, os.getpid(), signal.SIGTERM)
atexit.register(look, "exit")
print(gc.get_threshold())
gc.set_threshold(*(2 * many for many in gc.get_threshold()))
print(gc.get_threshold())
sys.excepthook = lambda *_: look("hook")
raise ValueError("ends here")
