"""Imports and calls what programs of a user may, and prints the names of all modules that this imported, as JSON.

Run in a process of its own by ``build.py``: of torch's largest packages the bundle holds only what appears here.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import pkgutil
import sys
import warnings

PACKAGES = tuple(
    """
    torch.nn torch.optim torch.utils.data torch.func torch.distributions torch.fft torch.linalg torch.special
    torch.autograd torch.nested torch.sparse torch.masked torch.signal torch.jit torch.fx torch.profiler torch.amp
    torch._subclasses torch._decomp torch._refs
""".split()
)


def imports() -> None:
    """Import every public module of the packages that a program of a user may use."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{name}."):
            if any(part in found.name for part in (".tests", "benchmark", "tensorboard", "experimental", ".quantized", "passes")):
                continue
            with contextlib.suppress(ImportError, AttributeError, RuntimeError, AssertionError):
                importlib.import_module(found.name)
    for name in ("torch.utils.checkpoint", "torch.utils.flop_counter", "torch.nn.utils.parametrizations", "torch.testing"):
        importlib.import_module(name)


def calls() -> None:
    """Take the paths that import more on first use: optimizers, checkpoints, transforms, fake tensors, dynamo."""
    import torch
    from torch import nn
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils.checkpoint import checkpoint
    from torch.utils.data import DataLoader, TensorDataset

    model = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.ReLU(), nn.Linear(3, 1))
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS"):
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)
        for (data,) in DataLoader(TensorDataset(torch.ones(4, 2)), batch_size=2):

            def closure(data: torch.Tensor = data, optimizer: torch.optim.Optimizer = optimizer) -> torch.Tensor:
                optimizer.zero_grad()
                loss: torch.Tensor = model(data).sum()
                loss.backward()
                return loss

            optimizer.step(closure)
        torch.optim.lr_scheduler.StepLR(optimizer, 1).step()
    for reentrant in (True, False):
        checkpoint(model, torch.ones(1, 2, requires_grad=True), use_reentrant=reentrant).sum().backward()
    torch.func.vmap(torch.func.grad(lambda x: (x * x).sum()))(torch.ones(3))
    torch.func.jacrev(torch.sin)(torch.ones(2)), torch.func.jvp(torch.sin, (torch.ones(2),), (torch.ones(2),))
    torch.autograd.gradcheck(torch.sin, torch.ones(2, dtype=torch.float64, requires_grad=True))
    with FakeTensorMode():
        (torch.ones(2) * 2).sum()
    torch.ones(2, device="meta").exp()
    torch.jit.script(nn.Linear(2, 2)), torch.jit.trace(model, torch.ones(1, 2))
    torch.fx.symbolic_trace(model)
    torch.compile(torch.sin, backend="eager")(torch.ones(2))
    torch.compile(torch.sin, backend="aot_eager")(torch.ones(2, requires_grad=True)).sum().backward()
    torch.testing.assert_close(torch.ones(1), torch.ones(1))
    nn.MultiheadAttention(4, 2)(torch.ones(1, 1, 4), torch.ones(1, 1, 4), torch.ones(1, 1, 4))
    nn.LSTM(2, 2)(torch.ones(1, 1, 2)), repr(model), repr(torch.ones(2))
    torch.save(model.state_dict(), buffer := io.BytesIO())
    torch.load(io.BytesIO(buffer.getvalue()))
    with torch.profiler.profile():
        torch.ones(2).sum()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    imports()
    calls()
    print(json.dumps(sorted(sys.modules)))
