"""What edited code keeps beside parameters and optimizer, as bytes: its own names, a model's other attributes, random states."""

from __future__ import annotations

import builtins
import io
import pickle
import random
import types
from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np
import torch
from torch import nn

MOST = 16 << 20
"""Bytes of it that a snapshot holds."""

_CONSTANT = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.ModuleType,
    type,
    torch.dtype,
    torch.device,
)
_SIMPLE = (type(None), bool, int, float, complex, str, bytes)
_OF_MODULES = frozenset(vars(nn.Module())) - {"training"}
_OF_OPTIMIZERS = frozenset(vars(torch.optim.SGD([torch.zeros(1)], lr=1.0)))

State = dict[tuple[str, str], Any]
"""Each by where it is (the code's names, a module by its path, the optimizer) and its name."""


def learned(model: Any) -> dict[str, torch.Tensor]:
    """The parameters of a model by name: what a module calls its own, or the attributes that gradients come to."""
    if isinstance(model, nn.Module):
        return dict(model.named_parameters())
    found = vars(model) if hasattr(model, "__dict__") else {}
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor) and value.requires_grad}


class Beside:
    """Knows the state of one model, its optimizer and the code's names at the start, and what has changed since.

    ``names`` are the code's; the rest is found in them.
    """

    def __init__(self, names: MutableMapping[str, Any], model: Any, optimizer: Any, code: str) -> None:
        self._names, self._model, self._optimizer = names, model, optimizer
        self._draws_elsewhere = "random" in code
        self._first = {key: value for key, value in self._all({}).items() if isinstance(value, _SIMPLE)}
        self._drawn = torch.get_rng_state()

    def kept(self, parameters: Mapping[str, torch.Tensor]) -> tuple[bytes, str]:
        """All that differs from the start, and the names of what cannot be kept."""
        state = {key: value for key, value in self._all(parameters).items() if not self._as_at_first(key, value)}
        state |= {("gradient", name): self._gradient(tensor) for name, tensor in parameters.items() if tensor.grad is not None}
        drawn = torch.get_rng_state()
        if not torch.equal(drawn, self._drawn):
            state["random", "torch"] = drawn.numpy().tobytes()
        if self._draws_elsewhere:
            state["random", "random"], state["random", "numpy"] = random.getstate(), np.random.get_state()
        if not state:
            return b"", ""
        try:
            written = self._written(state, parameters)
        except Exception:  # whatever objects of the code's raise when they are pickled
            return self._what_goes(state, parameters)
        return (written, "") if len(written) <= MOST else (b"", f"more than {MOST >> 20} MB")

    def restore(self, written: bytes, parameters: Mapping[str, torch.Tensor]) -> None:
        """Bring back what ``kept`` gave."""
        for tensor in parameters.values():
            tensor.grad = None
        state: State = _Unpickler(io.BytesIO(written), self._objects(parameters), self._names).load() if written else {}
        for (where, name), value in state.items():
            if where == "names":
                self._names[name] = value
            elif where == "gradient":
                tensor = parameters[name]
                tensor.grad = torch.zeros_like(tensor) if value is None else torch.tensor(value, dtype=tensor.dtype)
            elif where == "random":
                _draw_from(name, value)
            elif where == "group":
                self._optimizer.param_groups[int(name)].update(value)
            elif where == "optimizer":
                setattr(self._optimizer, name, value)
            else:
                self._put(where, name, value)

    # What there is -----------------------------------------------------------------------------------------------

    def _all(self, parameters: Mapping[str, torch.Tensor]) -> State:
        found: State = {}
        own = (self._model, self._optimizer)
        for name, value in self._names.items():
            if name[:2] != "__" and not any(value is item for item in own):
                found["names", name] = value
        if isinstance(self._model, nn.Module):
            for path, module in self._model.named_modules():
                found |= {(f"module {path}", name): value for name, value in vars(module).items() if name not in _OF_MODULES}
                found |= {(f"buffer {path}", name): value for name, value in module._buffers.items()}
        elif hasattr(self._model, "__dict__"):
            learns = {id(tensor) for tensor in parameters.values()}
            mine = {("module ", name): value for name, value in vars(self._model).items() if id(value) not in learns}
            found |= {key: value for key, value in mine.items() if parameters or not getattr(value, "requires_grad", False)}
        if isinstance(self._optimizer, torch.optim.Optimizer):
            extras = {name: value for name, value in vars(self._optimizer).items() if name not in _OF_OPTIMIZERS}
            found |= {("optimizer", name): value for name, value in extras.items()}
            for place, group in enumerate(self._optimizer.param_groups):
                values = {name: value for name, value in group.items() if name not in ("params", "lr")}
                found["group", str(place)] = (
                    repr(values) if all(isinstance(item, _SIMPLE) for item in values.values()) else values
                )
        elif hasattr(self._optimizer, "__dict__"):
            found |= {("optimizer", name): value for name, value in vars(self._optimizer).items()}
        return {key: value for key, value in found.items() if not isinstance(value, _CONSTANT)}

    def _as_at_first(self, key: tuple[str, str], value: Any) -> bool:
        if not isinstance(value, _SIMPLE) or key not in self._first:
            return False
        before = self._first[key]
        return type(before) is type(value) and (before == value or (before != before and value != value))

    def _gradient(self, tensor: torch.Tensor) -> Any:
        assert tensor.grad is not None
        return tensor.grad.detach().cpu().numpy() if bool(tensor.grad.any()) else None

    def _put(self, where: str, name: str, value: Any) -> None:
        kind, _, path = where.partition(" ")
        module = self._model.get_submodule(path) if path else self._model
        if kind == "buffer":
            module._buffers[name] = value
        else:
            setattr(module, name, value)

    # As bytes ----------------------------------------------------------------------------------------------------

    def _objects(self, parameters: Mapping[str, torch.Tensor]) -> dict[str, Any]:
        """What is there by itself, and is referred to."""
        modules = self._model.named_modules() if isinstance(self._model, nn.Module) else ()
        return {
            **{f"module {path}": module for path, module in modules},
            **{f"parameter {name}": tensor for name, tensor in parameters.items()},
            "model": self._model,
            "optimizer": self._optimizer,
        }

    def _written(self, state: State, parameters: Mapping[str, torch.Tensor]) -> bytes:
        groups = getattr(self._optimizer, "param_groups", ())
        told = {
            key: {name: item for name, item in groups[int(key[1])].items() if name not in ("params", "lr")}
            if key[0] == "group"
            else value
            for key, value in state.items()
        }
        into = io.BytesIO()
        _Pickler(into, self._objects(parameters), self._names).dump(told)
        return into.getvalue()

    def _what_goes(self, state: State, parameters: Mapping[str, torch.Tensor]) -> tuple[bytes, str]:
        """What can be kept by itself, where not all can be kept together."""
        good, bad = {}, []
        for key, value in state.items():
            try:
                self._written({key: value}, parameters)
                good[key] = value
            except Exception:  # as above
                bad.append(key[1])
        written = self._written(good, parameters)
        return written if len(written) <= MOST else b"", ", ".join(bad[:3]) + (" …" if len(bad) > 3 else "")


def _draw_from(name: str, state: Any) -> None:
    if name == "torch":
        torch.set_rng_state(torch.from_numpy(np.frombuffer(state, np.uint8).copy()))
    elif name == "random":
        random.setstate(state)
    else:
        np.random.set_state(state)


def _generator(state: bytes) -> torch.Generator:
    generator = torch.Generator()
    generator.set_state(torch.from_numpy(np.frombuffer(state, np.uint8).copy()))
    return generator


class _Pickler(pickle.Pickler):
    def __init__(self, into: io.BytesIO, objects: Mapping[str, Any], names: Mapping[str, Any]) -> None:
        super().__init__(into, 5)
        self._by_id = {id(value): key for key, value in objects.items() if value is not None}
        self._names = names

    def persistent_id(self, value: Any) -> Any:
        key = self._by_id.get(id(value))
        if key is not None:
            return key
        if isinstance(value, type | types.FunctionType) and value.__module__ == self._names["__name__"]:
            return f"name {value.__qualname__}"
        return None

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, torch.Generator):
            return _generator, (value.get_state().numpy().tobytes(),)
        if isinstance(value, torch.Tensor) and value.grad_fn is not None:
            return value.detach().clone().__reduce_ex__(5)  # type: ignore[no-untyped-call]
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, objects: Mapping[str, Any], names: Mapping[str, Any]) -> None:
        super().__init__(stream)
        self._objects, self._names = objects, names

    def persistent_load(self, key: str) -> Any:
        if key in self._objects:
            return self._objects[key]
        found: Any = self._names
        for part in key.removeprefix("name ").split("."):
            found = found[part] if found is self._names else builtins.getattr(found, part)
        return found
