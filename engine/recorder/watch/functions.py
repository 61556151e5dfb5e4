"""What the function mode sees, sorted: which calls are operations, which only read, and what to call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch

Kind = Literal["operation", "read", "backward", "grad", "grad_read", "grad_write"]

# What ``engine.operations`` says of these names, which a script's process need not import: a test compares the two.
_NAMES = {
    "__iadd__": "add_",
    "__isub__": "sub_",
    "__imul__": "mul_",
    "__itruediv__": "div_",
    "__idiv__": "div_",
    "__ipow__": "pow_",
    "__ifloordiv__": "floor_divide_",
    "__imod__": "remainder_",
    "__imatmul__": "matmul_",
    "__rdiv__": "rdiv",
    "__rtruediv__": "rdiv",
    "__truediv__": "div",
    "__div__": "div",
    "__mod__": "remainder",
    "__floordiv__": "floor_divide",
    "__rfloordiv__": "rfloor_divide",
    "__setitem__": "setitem_",
}

_READS = frozenset(
    """
    item tolist numpy size stride dim ndimension numel nelement storage storage_offset data_ptr element_size is_contiguous
    get_device is_floating_point is_complex is_signed is_tensor is_nonzero equal allclose register_hook
    register_post_accumulate_grad_hook retain_grad __len__ __bool__ __float__ __int__ __index__ __complex__ __repr__ __str__
    __format__ __hash__ __contains__ __array__ __reduce_ex__ __deepcopy__ __dir__ is_shared is_pinned is_inference
    _set_grad_enabled is_same_size untyped_storage typed_storage promote_types get_default_dtype set_default_dtype
    _record_function_enter_new _record_function_enter _record_function_exit can_cast result_type is_grad_enabled
    is_inference_mode_enabled is_distributed is_neg is_conj is_coalesced dense_dim sparse_dim _nnz dim_order
    retains_grad _is_view has_names
    """.split()
)


def function_kind(function: Callable[..., object]) -> tuple[Kind, str]:
    """How the recorder treats a call, and the operation's short name (``pow``, ``rsub``, ``add_``, ``T``)."""
    name = getattr(function, "__name__", "") or repr(function)
    if name in ("__get__", "__set__", "__delete__"):
        attribute = getattr(getattr(function, "__self__", None), "__name__", "")
        if attribute == "grad":
            return ("grad_read", "grad") if name == "__get__" else ("grad_write", "grad")
        if name == "__set__" and attribute == "data":
            return "operation", "set_data"
        if name == "__get__" and attribute in ("T", "mT", "H", "mH", "real", "imag", "data"):
            return "operation", attribute
        return "read", attribute if name == "__get__" else f"{attribute} ="
    if function is torch.Tensor.backward:
        return "backward", "backward"
    if function is torch.autograd.grad:
        return "grad", "grad"
    if name in _READS:
        return "read", name
    if name in _NAMES:
        return "operation", _NAMES[name]
    if name.startswith("__") and name.endswith("__"):
        return "operation", name[2:-2]
    return "operation", name
