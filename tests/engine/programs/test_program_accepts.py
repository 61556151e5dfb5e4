"""Every allowed function runs in a program, and gives what plain torch gives: values and gradients, bit by bit."""
# ruff: noqa: E501 (tables, one row a line)

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import ProgramError, ProgramFailedError
from engine.programs.checker import check_program, names
from engine.programs.program import run_program
from engine.recording import Recording

SETUP = """\
x = torch.tensor([[.3, .6], [.5, .2]], requires_grad=True)
b = torch.tensor([[1.2, .4], [.7, .9]], requires_grad=True)
v = torch.tensor([.4, .8], requires_grad=True)
q = torch.tensor([[[.3, .6], [.5, .2]], [[.1, .9], [.7, .4]]], requires_grad=True)
im = torch.arange(32.).reshape(1, 2, 4, 4).requires_grad_()
p = torch.tensor([[2., .5], [.5, 1.]], requires_grad=True)
n = torch.tensor([[0, 1], [1, 0]])
k = torch.tensor([0, 1])
m = torch.tensor([[True, False], [True, True]])
z = x * 1.
c = torch.tensor([1., 2., 3.], requires_grad=True)
"""

SHARED = {
    "addbmm": "x, q, q",
    "addmv": "v, x, v",
    "addr": "x, v, v",
    "baddbmm": "q, q, q",
    "addmm": "x, x, b",
    "bmm": "q, q",
    "bitwise_and": "m, m",
    "bitwise_or": "m, m",
    "bitwise_xor": "m, m",
    "bitwise_not": "m",
    "broadcast_to": "v, (3, 2)",
    "cholesky": "p",
    "cross": "c, c + b[0, 0]",
    "diagonal_scatter": "x, v",
    "dot": "v, v",
    "vdot": "v, v",
    "ger": "v, v",
    "outer": "v, v",
    "inner": "v, v",
    "kron": "x, b",
    "dsplit": "q, 2",
    "flip": "x, (0,)",
    "gather": "x, 0, n",
    "index_add": "x, 0, k, b",
    "index_copy": "x, 0, k, b",
    "index_fill": "x, 0, k, 1.",
    "index_put": "x, (k,), v",
    "index_select": "x, 0, k",
    "masked_fill": "x, m, 0.",
    "masked_scatter": "x, m, b",
    "masked_select": "x, m",
    "moveaxis": "x, 0, 1",
    "movedim": "x, 0, 1",
    "mv": "x, v",
    "narrow": "x, 0, 0, 1",
    "permute": "x, (1, 0)",
    "polygamma": "1, x",
    "prelu": "x, v[0]",
    "renorm": "x, 2, 0, 1.",
    "reshape": "x, (4,)",
    "scatter": "x, 0, n, b",
    "scatter_add": "x, 0, n, b",
    "scatter_reduce": 'x, 0, n, b, reduce="sum"',
    "select": "x, 0, 1",
    "select_scatter": "x, v, 0, 1",
    "slice_scatter": "x, b[:1], 0, 0, 1",
    "swapaxes": "x, 0, 1",
    "swapdims": "x, 0, 1",
    "take": "x, k",
    "take_along_dim": "x, n, 0",
    "tile": "x, (2, 1)",
    "transpose": "x, 0, 1",
    "unflatten": "x, 1, (2, 1)",
    "quantile": "x, .5",
    "nanquantile": "x, .5",
    "mvlgamma": "x + 2., 1",
    "where": "m, x, b",
    "ldexp": "x, n",
    "lerp": "x, b, .5",
    "clamp": "x, .3, .5",
    "clip": "x, .3, .5",
    "clamp_max": "x, .4",
    "clamp_min": "x, .4",
    "addcdiv": "x, b, p",
    "addcmul": "x, b, p",
    "split": "x, 1",
    "chunk": "x, 2",
    "tensor_split": "x, 2",
    "hsplit": "x, 2",
    "vsplit": "x, 2",
    "repeat_interleave": "x, 2",
    "topk": "x, 1",
    "kthvalue": "x, 1",
    "roll": "x, 1",
    "cumsum": "x, 0",
    "cumprod": "x, 0",
    "cummax": "x, 0",
    "cummin": "x, 0",
    "logcumsumexp": "x, 0",
    "logsumexp": "x, 0",
    "softmax": "x, 1",
    "log_softmax": "x, 1",
    "matrix_power": "x, 3",
    "unsqueeze": "x, 0",
    "pow": "b, 2.5",
    "float_power": "b, 2.",
    "dist": "x, b",
    "matmul": "x, b",
    "mm": "x, b",
    "count_nonzero": "x",
    "svd": "p",
    "qr": "p",
    "slogdet": "p",
    "logdet": "p",
    "diag_embed": "v",
    "diagflat": "v",
    "diag": "v",
    "t": "x",
    "logit": "x",
    "copysign": "x, b",
    "logical_not": "m",
    "acosh": "b + 1.",
    "arccosh": "b + 1.",
    "unbind": "x",
    "inverse": "p",
    "det": "p",
}
TORCH = SHARED | {
    "tensor": "[[1., 2.], [3., 4.]], requires_grad=True",
    "zeros": "2, 3",
    "ones": "(2, 3)",
    "full": "(2,), 3.",
    "arange": "0, 1, .25",
    "linspace": "0, 1, 5",
    "logspace": "0, 1, 5",
    "eye": "2, 3",
    "randn": "2, 2",
    "rand": "3",
    "randint": "0, 5, (3,)",
    "randperm": "4",
    "full_like": "x, 2.",
    "cat": "[x, b]",
    "concat": "[x, b]",
    "concatenate": "[x, b]",
    "stack": "[x, b], 1",
    "hstack": "[x, b]",
    "vstack": "[x, b]",
    "dstack": "[x, b]",
    "column_stack": "[x, b]",
    "row_stack": "[x, b]",
    "meshgrid": 'v, v, indexing="ij"',
    "cartesian_prod": "v, v",
    "block_diag": "x, b",
    "broadcast_tensors": "x, v",
    "einsum": '"ij,jk->ik", x, b',
    "tensordot": "x, b",
    "cdist": "x, b",
    "chain_matmul": "x, b",
    "manual_seed": "3",
    "rsub": "x, b",
    "gradient": "x",
    "normal": "x, b",
    "dropout": "x, .5, True",
    "layer_norm": "x, (2,)",
    "conv1d": "q, torch.ones(1, 2, 1)",
    "conv2d": "im, torch.ones(1, 2, 2, 2)",
    "conv3d": "torch.ones(1, 1, 2, 2, 2, requires_grad=True), torch.ones(1, 1, 1, 1, 1)",
    "pdist": "x",
    "cosine_similarity": "x, b",
    "pairwise_distance": "x, b",
}
METHODS = {key: value for key, value in SHARED.items() if key not in ("polygamma",)} | {
    "polygamma": "x, 1",
    "expand": "v, 3, 2",
    "repeat": "x, 2, 1",
    "as_strided": "x, (2,), (1,)",
    "new_full": "x, (2,), 1.",
    "item": "v[0]",
    "view": "x, 4",
    "unfold": "x, 0, 1, 1",
    "new_zeros": "x, 2",
    "new_ones": "x, 2",
    "new_tensor": "x, [1., 2.]",
    "expand_as": "v, x",
    "view_as": "x, b",
    "reshape_as": "x, b",
    "sum_to_size": "x, 1, 2",
    "type_as": "x, b",
    "backward": "x.sum()",
    "to": "x, torch.float64",
    "where": "x, m, b",
    "fill_diagonal_": "z, 1.",
    "fill_": "z, 1.",
    "size": "x, 0",
    "requires_grad_": "torch.ones(2)",
    "numel": "x",
    "retain_grad": "z",
    "detach_": "z",
}
FUNCTIONAL = {
    "threshold": "x, .4, 0.",
    "threshold_": "z, .4, 0.",
    "prelu": "x, v[0]",
    "glu": "x",
    "rrelu": "x",
    "softmin": "x, 1",
    "softmax": "x, 1",
    "log_softmax": "x, 1",
    "layer_norm": "x, (2,)",
    "rms_norm": "x, (2,)",
    "batch_norm": "x, None, None, training=True",
    "group_norm": "im, 2",
    "instance_norm": "im",
    "local_response_norm": "im, 2",
    "linear": "x, b",
    "bilinear": "x, b, q",
    "embedding": "k, x",
    "one_hot": "k",
    "pad": "x, (1, 1)",
    "scaled_dot_product_attention": "q, q, q",
    "conv1d": "q, torch.ones(1, 2, 1)",
    "conv2d": "im, torch.ones(1, 2, 2, 2)",
    "conv3d": TORCH["conv3d"],
    "conv_transpose1d": "q, torch.ones(2, 1, 1)",
    "conv_transpose2d": "im, torch.ones(2, 1, 2, 2)",
    "avg_pool1d": "q, 2",
    "avg_pool2d": "im, 2",
    "max_pool1d": "q, 2",
    "max_pool2d": "im, 2",
    "adaptive_avg_pool1d": "q, 1",
    "adaptive_avg_pool2d": "im, 2",
    "adaptive_max_pool1d": "q, 1",
    "adaptive_max_pool2d": "im, 2",
    "lp_pool1d": "q, 2, 2",
    "lp_pool2d": "im, 2, 2",
    "unfold": "im, 2",
    "fold": "im.reshape(1, 8, 4), (3, 3), 2",
    "interpolate": "im, scale_factor=2",
    "pixel_shuffle": "torch.ones(1, 4, 2, 2), 2",
    "pixel_unshuffle": "im, 2",
    "cross_entropy": "x, k",
    "nll_loss": "F.log_softmax(x, 1), k",
    "binary_cross_entropy": "x, m.float()",
    "binary_cross_entropy_with_logits": "x, m.float()",
    "kl_div": 'x, b, reduction="batchmean"',
    "gaussian_nll_loss": "x, b, p",
    "soft_margin_loss": "x, b.detach()",
    "multilabel_margin_loss": "x, n",
    "multi_margin_loss": "x, k",
    "margin_ranking_loss": "x, b, p",
    "cosine_embedding_loss": "x, b, torch.ones(2)",
    "triplet_margin_loss": "x, b, p",
    "pdist": "x",
    "gumbel_softmax": "x",
    "dropout1d": "q",
    "dropout2d": "im",
}
LINALG = {
    "cholesky": "p",
    "cross": SHARED["cross"],
    "matrix_power": "p, 2",
    "multi_dot": "[x, b]",
    "solve": "p, b",
    "vecdot": "x, b",
}
TWO = frozenset(
    "add sub subtract mul multiply div divide true_divide floor_divide remainder fmod atan2 arctan2 hypot xlogy maximum minimum fmax fmin "
    "logaddexp logaddexp2 eq ne lt le gt ge greater greater_equal less less_equal not_equal logical_and logical_or logical_xor heaviside "
    "isclose xlog1py mse_loss l1_loss smooth_l1_loss huber_loss poisson_nll_loss soft_margin_loss multilabel_soft_margin_loss "
    "hinge_embedding_loss cosine_similarity pairwise_distance".split()
)


def arguments(name: str, known: dict[str, str], first: str = "x") -> str:
    if name in known:
        return known[name]
    return f"{first}, b" if name in TWO else first


def calls() -> list[str]:
    found = [f"torch.{name}({arguments(name, TORCH)})" for name in sorted(names.TORCH_FUNCTIONS - {"no_grad"})]
    found += [
        f"{'F' if len(name) % 2 else 'torch.nn.functional'}.{name}({arguments(name, FUNCTIONAL, 'z' if name.endswith('_') else 'x')})"
        for name in sorted(names.FUNCTIONAL)
    ]
    found += [f"torch.linalg.{name}({arguments(name, LINALG, 'p')})" for name in sorted(names.TORCH_SUBMODULES["linalg"])]
    found += [
        f"torch.special.{name}({arguments(name, {'polygamma': '1, x', 'softmax': 'x, 1', 'log_softmax': 'x, 1', 'logsumexp': 'x, 0'})})"
        for name in sorted(names.TORCH_SUBMODULES["special"])
    ]
    for name in sorted(names.METHODS):
        plain_name = name[:-1] if name.endswith("_") and name not in METHODS else name
        target, *rest = arguments(plain_name, METHODS).split(", ", 1)
        if plain_name != name:  # changes its tensor in place, which a leaf does not allow
            target = f"({target} * 1.)"
        target, rest = _SPECIAL.get(name, (target, rest))
        found.append(f"{f'({target})' if ' ' in target else target}.{name}({rest[0] if rest else ''})")
    return found


_SPECIAL = {
    "ldexp_": ("z", ["b"]),
    "float_power_": ("torch.ones(2, dtype=torch.float64)", ["2."]),
    "logical_not_": ("m", []),
}

PROGRAMS = [
    "a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)\ny = a**3 - b**2\ny.backward()",
    "a = tensor([5.], requires_grad=True)\nb = tensor([6.], requires_grad=True)\ny = a**3 - b**2 + 3\ny.backward()",
    "import torch\nx = torch.linspace(-1, 1, 5, requires_grad=True)\ny = (x.sin() * x.exp()).sum()\ny.backward()\nprint(x.grad)",
    "a = tensor(3., requires_grad=True)\ny = a * a\ny.backward(retain_graph=True)\ny.backward()\nprint(a.grad)",
    "a = tensor(5., requires_grad=True)\ng, = torch.autograd.grad(a**3, a, create_graph=True)\nh, = torch.autograd.grad(g, a)",
    "X, y = make_regression(n_samples=20, n_features=2, noise=.3, random_state=0)\nw = torch.randn(2, 1, requires_grad=True)\n"
    "for i in range(4):\n    loss = ((X @ w - y.reshape(20, 1))**2).mean()\n    loss.backward()\n    with torch.no_grad():\n        w -= .1 * w.grad\n"
    "        w.grad.zero_()\nprint(loss.item())",
    "x = torch.arange(6., requires_grad=True)\ny = x.reshape(2, 3)\nz = y[:, 1:] * y[..., :2]\nz.sum().backward()",
    "x = torch.zeros(3)\nx[1] = 5.\nx[0] += 2.\nx *= 2\nprint(x)",
    "n = 2\nx = torch.ones(n, n) * n**2\nfor i in range(n):\n    for j in range(1, n):\n        x[i, j] = i + j",
    "a, b = tensor(1., requires_grad=True), tensor(2.)\na2 = b2 = a * b\n(a2 + b2).backward()",
    "x = tensor([1., 2.], requires_grad=True); y = (x > 1.) * x; y.sum().backward(); x.grad = None",
    "xs = []\nh = tensor(1., requires_grad=True)\nfor i in range(3):\n    xs = xs + [h * i]\n    xs += [h]\ny = torch.stack(xs).sum()\ny.backward()\nprint(xs)",
    "x = tensor([3., 1., 2.], requires_grad=True)\ns = x.sort()\ns.values[0].backward()\nprint(s.indices, x.shape[0], x.dtype)",
    "x = tensor(2., requires_grad=True)\ny = x.detach() * x\ny.backward(gradient=tensor(3.))\nprint(x.grad, sep=' ', end='!')",
    "\ufeffx = tensor(2.)\r\ny = x \\\r\n  + 1\r\nprint(y)\r\n",
    "\uff54\uff45\uff4e = tensor(2.)\nprint(ten)\t# a name that Python normalises\n\x0c",
    "torch.manual_seed(7)\nx = torch.randn(3)\ny = torch.rand(2)\nz = F.dropout(x, .5)",
    "x = torch.ones(2, 2, dtype=torch.float64)\ny = -x @ +x.T // 2 % 3\nz = ~(y == 0) & (x < torch.inf) | (x >= torch.pi)",
    "x = tensor(3.)\nprint(x.grad is None, 7 << 2, 2**10, -5 // 2, 1 - 4, [1] * 3, (1,) + (2,))",
]


def plain(text: str) -> tuple[dict[str, Any], str]:
    """The same text, run by Python itself."""
    from engine.programs.bounds import Meter
    from engine.programs.limits import DEFAULT_LIMITS
    from engine.programs.sandbox import make_regression

    def regression(*args: object, **keywords: object) -> object:
        return make_regression(Meter(DEFAULT_LIMITS), *args, **keywords)

    world: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "tensor": torch.tensor, "make_regression": regression}
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(0)  # torch.manual_seed also writes the stack down, for each kind of device
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text.removeprefix("\ufeff"), "plain", "exec"), world)
    finally:
        torch.set_rng_state(state)
    return world, printed.getvalue()


def returned(call: str) -> tuple[str, Any]:
    """A program with one of the ``calls``, and what plain torch returns there."""
    text = f"{SETUP}y = {call}\n"
    try:
        return text, plain(text)[0]["y"]
    except Exception as error:  # whatever torch, or the line of ``calls`` that wrote it, thinks of wrong arguments
        function = call.partition("(")[0] if call.startswith(("torch.", "F.")) else call
        pytest.fail(
            f"add arguments of {function} to TWO (x, b) or SHARED (as a function and as a method) of {Path(__file__).name}, or to "
            f"TORCH, FUNCTIONAL, LINALG or METHODS where only that has it: {call} gives {type(error).__name__}: {error}"
        )


def assert_same(recording: Recording, world: dict[str, Any], printed: str) -> int:
    """Compare what was printed, and every named tensor and its gradient; returns how many tensors were compared."""
    assert recording.printed == printed
    compared = 0
    for name, expected in world.items():
        if not isinstance(expected, torch.Tensor):
            continue
        found = [value for value in recording.values if value.name == name]
        if not found:
            continue
        numbers = found[-1].data.numbers()
        assert numbers is not None
        assert str(expected.dtype) == f"torch.{found[-1].dtype}", name
        wanted = expected.detach().float().numpy() if expected.dtype is torch.bfloat16 else expected.detach().numpy()
        np.testing.assert_array_equal(numbers, wanted, err_msg=name)
        compared += 1
        history = recording.variables[found[-1].variable].gradients
        if expected.is_leaf and expected.requires_grad:
            gradient = history[-1][1] if history else None
            assert (gradient is None) == (expected.grad is None), name
            if gradient is not None and expected.grad is not None:
                np.testing.assert_array_equal(gradient.numbers(), expected.grad.numpy(force=True), err_msg=f"{name}.grad")
    return compared


def check_against_plain(text: str, ran: tuple[dict[str, Any], str] | None = None) -> int:
    """Compare a program's recording with the same text run plainly, which the caller may have done."""
    try:
        world, printed = ran or plain(text)
    except Exception as error:
        pytest.fail(f"the sample itself is wrong: {error}\n{text}")
    return assert_same(run_program(text), world, printed)


@pytest.mark.parametrize("text", PROGRAMS)
def test_program_gives_what_plain_torch_gives(text: str) -> None:
    assert check_against_plain(text) > 0 or "print" in text


@pytest.mark.parametrize("call", calls())
def test_every_allowed_function_gives_what_plain_torch_gives(call: str) -> None:
    text, y = returned(call)
    text += "" if "manual_seed" in call else "print(y)\n"
    ran = None
    parts = [(f"y[{i}]", item) for i, item in enumerate(y)] if isinstance(y, (tuple, list)) else [("y", y)]
    for part, item in parts:
        if isinstance(item, torch.Tensor) and item.requires_grad and not item.is_leaf:
            backward = f"{text}r = {part}.sum()\nr.backward()\nprint(x.grad, b.grad, v.grad, q.grad, im.grad, p.grad)\n"
            try:
                ran = plain(backward)
            except (NotImplementedError, RuntimeError):  # torch has no derivative for a few of the functions
                with pytest.raises(ProgramFailedError) as caught:
                    run_program(backward)
                assert caught.value.line == text.count("\n") + 2
            else:
                text = backward
            break
    assert check_against_plain(text, ran) >= 9


def test_a_function_without_arguments_in_the_tables_says_where_they_go() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"add arguments of torch\.igamma to TWO .* or SHARED .*TypeError"):
        returned("torch.igamma(x)")


def test_the_lists_hold_only_what_torch_has() -> None:
    assert not [name for name in names.TORCH_FUNCTIONS | names.TORCH_CONSTANTS if not hasattr(torch, name)]
    assert not [name for name in names.FUNCTIONAL if not hasattr(torch.nn.functional, name)]
    assert not [name for name in names.METHODS if not callable(getattr(torch.Tensor, name, None))]
    for module, known in names.TORCH_SUBMODULES.items():
        assert not [name for name in known if not hasattr(getattr(torch, module), name)]
    assert not [name for name in names.METHODS | names.PROPERTIES | names.TORCH_FUNCTIONS if name.startswith("_")]


def test_default_program_gradients() -> None:
    recording = run_program(PROGRAMS[0])
    assert not recording.failed and recording.text == PROGRAMS[0]
    gradients = {variable.name: variable.gradients[-1][1] for variable in recording.variables if variable.gradients}
    assert gradients["a"].item() == 75 and gradients["b"].item() == -12


def test_assigned_names_stand_at_their_right_hand_sides() -> None:
    checked = check_program("é, b = tensor(1.), tensor(2.)\né += b; c = (é * b)\nvals, idx = é.reshape(1).sort()\n")
    assert checked.assigned == {
        (1, 8, 1, 18): ("é",),
        (1, 20, 1, 30): ("b",),
        (2, 1, 2, 7): ("é",),
        (2, 14, 2, 19): ("c",),
        (3, 13, 3, 32): ("vals", "idx"),
    }


def test_the_state_of_the_process_stays() -> None:
    before = (
        torch.get_rng_state(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.get_num_threads(),
        list(warnings.filters),
    )
    text = "torch.manual_seed(5)\nx = torch.rand(3, requires_grad=True)\nprint(x)\n"
    first = run_program(text).printed
    with contextlib.suppress(ProgramError):
        run_program(text + "with torch.no_grad():\n    x.backward()\n")
    after = (
        torch.get_rng_state(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.get_num_threads(),
        list(warnings.filters),
    )
    assert torch.equal(before[0], after[0]) and before[1:] == after[1:]
    torch.rand(1)
    assert run_program(text).printed == first
    torch.set_rng_state(before[0])


def test_each_run_starts_the_same_also_under_no_grad_and_another_dtype() -> None:
    text = "x = torch.rand(2, requires_grad=True)\ny = x.sum()\ny.backward()\nprint(x, x.grad)\n"
    expected = run_program(text).printed
    try:
        torch.set_default_dtype(torch.float64)
        with torch.no_grad():
            assert run_program(text).printed == expected
            assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_regression_data_are_float32_and_shaped_as_scikit_learn_shapes_them() -> None:
    text = "X, y, c = make_regression(n_samples=7, n_features=1, bias=2., coef=True)\nprint(X.shape, y.shape, X.dtype, y.dtype, c.shape)\n"
    assert run_program(text).printed == "torch.Size([7, 1]) torch.Size([7]) torch.float32 torch.float32 torch.Size([])\n"
