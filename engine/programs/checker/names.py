"""The allow-lists: every name, attribute and keyword that a program may use. Pure data, no torch.

Which operations there are say the entries of ``engine.operations``; what else a program may use stands here. The tests hold each
list against the running torch.
"""
# ruff: noqa: E501 (tables and messages, one a line)

from __future__ import annotations

from engine.operations.registry import callable_in


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TORCH_FUNCTIONS = callable_in("torch") | _words("manual_seed no_grad")
"""Callable as ``torch.<name>``."""

TORCH_SUBMODULES: dict[str, frozenset[str]] = {
    "autograd": _words("grad"),
    "linalg": callable_in("linalg"),
    "special": callable_in("special"),
}
"""Callable as ``torch.<module>.<name>``."""

SCRIPT_MODULES = _words(
    "nn optim utils distributions fft func jit amp cuda backends sparse nested masked distributed fx hub onnx export profiler "
    "futures multiprocessing overrides testing random"
)
SCRIPT_FUNCTIONS = _words(
    "load save from_numpy compile vmap set_grad_enabled inference_mode enable_grad set_default_dtype set_printoptions "
    "set_num_threads is_grad_enabled is_tensor device Generator use_deterministic_algorithms"
)
"""The parts of torch that a script may use and a program may not: ``torch.nn.Linear``, ``torch.load``."""

MODULES_OF_TORCH = {"nn": "torch.nn", "optim": "torch.optim", "DataLoader": "torch.utils.data.DataLoader"}
"""What scripts import from torch, and where torch has it."""

FUNCTIONAL = callable_in("F") | callable_in("F_")
"""Callable as ``F.<name>`` and ``torch.nn.functional.<name>``."""

TORCH_CONSTANTS = _words(
    "float32 float float64 double float16 half bfloat16 int64 long int32 int int16 short int8 uint8 bool pi e inf nan"
)
"""Readable as ``torch.<name>``."""

METHODS = callable_in("x") | callable_in("x_") | _words("backward item retain_grad size dim numel nelement is_floating_point")
"""Callable as methods: ``x.<name>(…)``."""

PROPERTIES = _words(
    "grad shape ndim dtype requires_grad is_leaf T mT values indices Q R U S V Vh logabsdet eigenvalues eigenvectors"
)
"""Readable on tensors, and on the named tuples that ``max``, ``sort``, ``svd`` … return."""

WRITABLE = _words("grad")
"""Attributes that may be set: ``x.grad = None``."""

FUNCTIONS = _words("tensor make_regression print range")
"""Callable by their bare name."""

RESERVED = FUNCTIONS | {"torch", "F"}
"""Names that a program can use but not set."""

FORBIDDEN_KEYWORDS: dict[str, str] = {
    "out": "Assign the result to a name instead.",
    "device": "Programs run on the CPU; leave it out.",
    "generator": "Call torch.manual_seed(…) first instead.",
    "pin_memory": "Leave it out.",
    "layout": "Leave it out: tensors here are dense.",
    "memory_format": "Leave it out.",
    "names": "Leave it out: named tensors cannot be recorded.",
    "file": "print writes under the code.",
    "flush": "Leave it out.",
}
"""Keyword arguments that no call may have, with what to do instead."""

ALLOWED_KEYWORDS: dict[str, frozenset[str]] = {
    "backward": _words("gradient retain_graph create_graph"),
    "torch.autograd.grad": _words("outputs inputs grad_outputs retain_graph create_graph allow_unused materialize_grads"),
    "print": _words("sep end"),
    "range": frozenset(),
    "torch.manual_seed": _words("seed"),
    "make_regression": _words("n_samples n_features n_informative noise bias coef random_state"),
}
"""Calls whose keywords are limited to these."""

INSTEAD: dict[str, str] = {
    "data": "Use x.detach() to read, or change x inside with torch.no_grad():.",
    "requires_grad": "Call x.requires_grad_().",
    "numpy": "print(x) shows the numbers.",
    "tolist": "print(x) shows the numbers.",
    "grad_fn": "The graph shows each node.",
    "zero_grad": "Write x.grad.zero_().",
    "cpu": "Programs run on the CPU; leave it out.",
    "cuda": "Programs run on the CPU; leave it out.",
    "append": "Write xs = xs + [x].",
    "set_grad_enabled": "Write with torch.no_grad():.",
    "inference_mode": "Write with torch.no_grad():.",
    "enable_grad": "Gradients are on unless you write with torch.no_grad():.",
    "Tensor": "Write torch.tensor([…]).",
    "FloatTensor": "Write torch.tensor([…]).",
    "manual_seed_all": "Write torch.manual_seed(0).",
    "register_hook": "The graph shows every gradient without hooks.",
    "optim": "Write the update yourself: with torch.no_grad(): w -= 0.1 * w.grad.",
    "nn": "Use the functions of torch.nn.functional, here also called F.",
    "load": "Files cannot be read from a program.",
    "save": "Files cannot be written from a program.",
    "from_numpy": "Write torch.tensor([…]).",
    "empty": "Write torch.zeros(…): empty tensors hold whatever was in memory.",
    "empty_like": "Write torch.zeros_like(…): empty tensors hold whatever was in memory.",
    "format": 'print(…) takes several values: print("y is", y).',
}
"""What to do instead of an attribute that programs cannot use."""

INSTEAD_OF_BUILTIN: dict[str, str] = {
    "abs": "Use torch.abs(x) or x.abs().",
    "max": "Use torch.max(x) or torch.maximum(x, y).",
    "min": "Use torch.min(x) or torch.minimum(x, y).",
    "sum": "Use torch.sum(x) or x.sum().",
    "pow": "Write x ** n.",
    "round": "Use torch.round(x).",
    "len": "Use x.shape[0].",
    "float": "Use x.item() or x.float().",
    "int": "Use x.item() or x.long().",
    "bool": "Use x.item() or x.bool().",
    "list": "Write the values between [ and ].",
    "tuple": "Write the values between ( and ).",
    "str": "print(x) shows x.",
    "repr": "print(x) shows x.",
    "type": "print(x.dtype, x.shape) tells what x is.",
    "zip": "Use for i in range(n): and index with i.",
    "enumerate": "Use for i in range(n): and index with i.",
    "open": "Files cannot be used from a program.",
    "input": "Write the value into the program.",
    "np": "Use torch: numpy is not available here.",
    "numpy": "Use torch: numpy is not available here.",
    "math": "Use torch: torch.pi, torch.exp(…), torch.sin(…).",
}
"""What to do instead of Python's builtins and usual modules."""

BUILTINS = frozenset(INSTEAD_OF_BUILTIN) - _words("np numpy math") | _words(
    "eval exec compile getattr setattr delattr hasattr vars dir globals locals callable isinstance issubclass object super "
    "property staticmethod classmethod map filter sorted reversed iter next any all chr ord bin oct hex hash id dict set frozenset "
    "bytes bytearray memoryview complex slice format ascii divmod breakpoint exit quit help copyright credits license"
)
"""Python's builtins, none of which a program can use (``print`` and ``range`` have stand-ins)."""
