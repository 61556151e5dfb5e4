"""Looks at hooks' numbers, stacks, warnings, tracebacks and profiles, and fails at last: prints the same recorded or not."""

import inspect
import logging
import os
import threading
import traceback
import warnings

import torch
from torch.profiler import ProfilerActivity, profile


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        warnings.warn("inside", stacklevel=2)
        traceback.print_stack()
        return x * 2

    @staticmethod
    def backward(ctx, gradient):
        raise ValueError("no way back")


def twice(x):
    return Double.apply(x)


layer = torch.nn.Linear(3, 2)
handle = layer.register_forward_hook(lambda *a: None)
print(handle.id, list(layer._forward_hooks))
handle.remove()

x = torch.ones(3, requires_grad=True)
y = x * 2
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    y.grad  # noqa: B018
    torch.nn.functional.softmax(x)
    torch.nn.Softmax()(x)
    torch.nn.Sequential(torch.nn.Softmax())(x)
print([(os.path.basename(item.filename), item.lineno) for item in seen])  # noqa: PTH119

for attempt in (
    lambda: twice(x).sum().backward(),
    lambda: x @ torch.ones(4),
    lambda: torch.nn.functional.linear(x, torch.ones(7, 7)),
    lambda: torch.nn.Linear(2, 2)(x),
    lambda: torch.nn.Sequential(torch.nn.Linear(2, 2))(x),
    lambda: torch.nn.functional.cross_entropy(x, x, reduction="what"),
    lambda: y.backward(),
):
    try:
        attempt()
    except Exception:
        traceback.print_exc()
try:
    z = (x * x).sum()
    z.backward()
    z.backward()
except RuntimeError:
    logging.exception("twice")

with torch.autograd.set_detect_anomaly(True):
    try:
        (torch.sqrt(x - 2) * 0).sum().backward()
    except RuntimeError as error:
        print(error)

with profile(activities=[ProfilerActivity.CPU]) as p:
    layer(torch.ones(2, 3)).sum().backward()
    (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    slope.sum().backward()
print(sorted((item.key, item.count) for item in p.key_averages()))


class Depth(torch.nn.Module):
    def forward(self, x):
        print([(item.function, item.lineno) for item in inspect.stack()])
        return x


Depth()(torch.nn.functional.relu(x))
try:
    layer(torch.ones(4))
except RuntimeError:
    print([(item.function, item.lineno) for item in inspect.trace()])
print(threading.active_count(), [item.name for item in threading.enumerate()])

print(torch.jit.trace(lambda v: (v * 2).abs(), torch.ones(2)).graph)
value = 1
try:
    print(valeu)
except NameError as error:
    raise RuntimeError("ends here") from error
