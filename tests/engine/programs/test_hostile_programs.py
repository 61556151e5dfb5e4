"""Programs that would hang, fill the memory or crash torch are refused where they would, with a hint; what is harmless runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from engine.errors import ForbiddenError, ProgramError, TooLargeError
from engine.programs.costs import Request, estimate, load_meta
from engine.programs.limits import DEFAULT_LIMITS
from engine.programs.program import run_program

BY_NAME = """
torch.arange(0, end=1000000000)
torch.arange(0., end=1000000000., step=1.)
torch.arange(start=0, end=10**9, step=1)
torch.arange(end=10**9)
torch.normal(mean=0., std=1., size=(30000, 30000))
torch.normal(0., 1., size=(1000000000,))
torch.normal(0., 1., (30000, 30000))
torch.full(size=(10**5, 10**5), fill_value=1.)
torch.zeros(size=(10**5, 10**5))
torch.eye(n=10**5)
torch.linspace(0, 1, steps=10**9)
torch.ones(1).new_full(size=(10**9,), fill_value=1.)
F.interpolate(torch.ones(1, 1, 8), scale_factor=1e8)
F.interpolate(torch.ones(1, 1, 8), size=10**9)
F.pad(torch.ones(3), pad=(10**9, 0))
"""
IN_A_TENSOR = """
torch.ones(1).repeat(torch.tensor(1000000000))
torch.ones(1).repeat(torch.tensor(30000), torch.tensor(30000))
torch.ones(1).expand(torch.tensor(1000000000)).clone()
torch.ones(1).tile(torch.tensor(10**9))
torch.ones(1).new_zeros(torch.tensor(1000000000))
torch.ones(1).new_full((torch.tensor(30000), torch.tensor(30000)), 1.)
torch.zeros(torch.tensor(10**9))
torch.broadcast_to(torch.ones(1), (torch.tensor(1000000000),)).contiguous()
torch.ones(1).as_strided((torch.tensor(10**9),), (0,)).clone()
F.pad(torch.ones(1, 1, 3), (torch.tensor(1000000000), 0), mode='replicate')
torch.diagflat(torch.ones(3), torch.tensor(30000))
torch.diag(torch.ones(3), torch.tensor(30000))
torch.diag_embed(torch.ones(3), torch.tensor(30000))
F.conv_transpose1d(torch.ones(1, 1, 8), torch.ones(1, 1, 3), stride=torch.tensor(100000000))
F.adaptive_avg_pool2d(torch.ones(1, 1, 8, 8), (torch.tensor(30000), torch.tensor(30000)))
F.adaptive_max_pool2d(torch.ones(1, 1, 8, 8), (torch.tensor(30000), torch.tensor(30000)))
torch.mvlgamma(torch.full((3,), 1e12), torch.tensor(1000000000))
torch.tensor_split(torch.ones(3), torch.tensor(2000000))
torch.ones(3).tensor_split(torch.tensor(10**9))
torch.ones(4000).split(torch.tensor(1)) + [1.] * 10**9
"""
WORK = """
torch.linalg.matrix_power(torch.eye(3), -9223372036854775807-1)
torch.matrix_power(torch.eye(3), -9223372036854775808)
torch.eye(3).matrix_power(torch.tensor(-2**63))
torch.linalg.multi_dot([torch.ones(1, 1)] * 10000)
F.multilabel_margin_loss(torch.ones(400, 10000), torch.arange(10000).repeat(400, 1))
F.multilabel_margin_loss(torch.ones(1, 200000), torch.arange(200000).reshape(1, 200000))
F.local_response_norm(torch.ones(1, 1000000, 2), 1000000)
F.avg_pool1d(torch.ones(1, 1, 2000000), 1000000, 1)
F.avg_pool1d(torch.ones(1, 1, 2000000), kernel_size=torch.tensor(1000000), stride=1)
F.avg_pool2d(torch.ones(1, 1, 1900, 1900), 900, 1, 0)
F.max_pool1d(torch.ones(1, 1, 2000000), 1000000, 1)
F.max_pool2d(torch.ones(1, 1, 1900, 1900), 900, 1, 0)
F.max_pool2d(torch.ones(1, 1, 1900, 1900), (900, 900), stride=1)
F.lp_pool1d(torch.ones(1, 1, 2000000), 2, 1000000, 1)
torch.corrcoef(torch.ones(1900, 2000))
torch.mvlgamma(torch.full((2000000,), 1e4), p=900)
torch.full((3000000,), 1e4).mvlgamma(torch.tensor(1000))
torch.diff(torch.ones(10), prepend=torch.ones(1).expand(4000000), n=600)
F.triplet_margin_loss(torch.ones(2000, 1, 1000), torch.ones(1, 2000, 1000), torch.ones(1, 1, 1000))
F.cosine_similarity(torch.ones(2000, 1, 500), torch.ones(1, 2000, 500), dim=2)
F.pairwise_distance(torch.ones(2000, 1, 500), torch.ones(1, 2000, 500))
F.gaussian_nll_loss(torch.ones(3000, 1), torch.ones(1, 3000), torch.ones(3000, 1))
torch.trapezoid(torch.ones(2000, 1, 1000), torch.ones(1, 2000, 1000))
F.mse_loss(torch.ones(3000, 1), torch.ones(1, 3000))
torch.meshgrid([torch.ones(10)] * 12)
torch.cartesian_prod(torch.ones(9), torch.ones(9), torch.ones(9), torch.ones(9), torch.ones(9), torch.ones(9), torch.ones(9))
torch.einsum("a,b,c,d,e,f,g,h->abcdefgh", [torch.ones(10)] * 8)
torch.cat([torch.ones(1000)] * 50000)
torch.stack([torch.ones(1)] * 99999)
torch.ones(3000, 1) * torch.ones(1, 3000)
torch.ones(3000, 1).pow(torch.ones(1, 3000))
torch.addcmul(torch.ones(200, 1, 1), torch.ones(1, 200, 1), torch.ones(1, 1, 200))
F.adaptive_avg_pool2d(torch.ones(1, 1, 1900, 1900), (1, 2000000))
torch.linalg.norm(torch.ones(1500, 1500), "nuc")
torch.linalg.norm(torch.ones(1900, 1900), ord=-2)
torch.linalg.matrix_norm(torch.ones(1900, 1900), 2)
torch.ones(1900, 1900).norm("nuc")
torch.cumprod(torch.zeros(20000, requires_grad=True), 0).sum().backward(create_graph=True)
x = torch.zeros(20000, requires_grad=True); g = torch.autograd.grad(x.cumprod(-1).sum(), x, create_graph=True)
F.fold(torch.ones(1, 4, 9), (4, 4), 2, 1, 1099511627776)
F.unfold(torch.ones(1, 1, 4, 4), 2, 1, 2**50)
torch.zeros(1099511627776, 0).sort(1)
torch.zeros(3, 0).expand(2**40, 3, 0).sort(2)
x = torch.ones(1, 1, 1); i = torch.zeros(999, dtype=torch.int64); x[i.view(-1, 1, 1), i.view(-1, 1), i] = 1.
x = torch.ones(1, 1, 1); i = torch.zeros(999, dtype=torch.int64); y = x[i.view(-1, 1, 1), i.view(-1, 1), i]
print(torch.zeros(3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3))
print([torch.zeros(3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3)], 1)
print(torch.max(torch.zeros(3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), 0))
"""
BY_KEYWORD = """
F.avg_pool2d(input=torch.ones(1, 1, 1900, 1900), kernel_size=[800, 900], stride=[1, 1])
F.max_pool1d(kernel_size=torch.tensor(500000), stride=1, input=torch.ones(1, 1, 1000000))
F.lp_pool1d(input=torch.ones(1, 1, 1000000), kernel_size=500000, norm_type=2., stride=1)
F.conv2d(bias=None, weight=torch.ones(1, 1, 500, 500), input=torch.ones(1, 1, 1000, 1000))
F.multilabel_margin_loss(target=torch.arange(200000).reshape(1, 200000), input=torch.ones(1, 200000))
torch.repeat_interleave(input=torch.ones(3), repeats=torch.tensor([1, 2, 10**9]))
torch.repeat_interleave(repeats=torch.tensor([1, 2, 10**9]), input=torch.ones(3, 5), dim=0)
torch.tensor_split(torch.ones(4), indices=[1] * 50000)
torch.tensor_split(torch.ones(4), torch.tensor([1] * 50000))
torch.hsplit(torch.ones(4), [1] * 50000)
torch.split(torch.ones(4), [4] + [0] * 50000)
torch.cov(input=torch.ones(5000, 3))
torch.corrcoef(torch.ones(5000, 3))
"""
CRASHES = """
F.pad(torch.rand(1, 3, 10, 10), (9223372036854775807,) * 4, mode="replicate")
F.pad(torch.rand(1, 3, 10, 10, 10), (9223372036854775807,) * 6, mode="replicate")
F.pad(torch.rand(1, 3, 10, 10), (9223372036854775807, 9223372036854775807, 1, 1), mode="replicate")
torch.repeat_interleave(torch.tensor([-1000000, 1000003]), output_size=3)
torch.tensor([1., 2.]).repeat_interleave(torch.tensor([-1000000, 1000002]), output_size=2)
"""


def lines(text: str) -> list[str]:
    return text.strip().split("\n")


@pytest.mark.parametrize("line", [*lines(BY_NAME), *lines(IN_A_TENSOR), *lines(WORK), *lines(BY_KEYWORD), *lines(CRASHES)])
def test_it_is_refused_where_it_stands(line: str) -> None:
    before, _, last = line.rpartition("; ")
    text = f"# a program\n{before}\n{last}"
    with pytest.raises(ProgramError) as caught:
        run_program(text)
    error = caught.value
    assert isinstance(error, (TooLargeError, ForbiddenError)), error
    assert error.line == 3 and error.column >= 1 and error.end_column > error.column and error.hint
    assert error.recording is not None  # it was not necessary to end the process


HARMLESS = """
torch.arange(0, end=3)
torch.arange(end=4., start=1)
torch.ones(1).repeat(torch.tensor(3), torch.tensor(2))
torch.matrix_power(torch.eye(3), -3)
torch.matrix_power(torch.eye(3), 10**6)
F.interpolate(torch.ones(1, 1, 8), scale_factor=2.5)
F.max_pool2d(torch.ones(1, 1, 90, 90), 3, 1, 1)
F.avg_pool1d(torch.ones(2, 3, 2000), 50)
F.lp_pool2d(torch.ones(1, 1, 40, 40), 2., 3)
F.local_response_norm(torch.ones(1, 30, 200), 5)
F.multilabel_margin_loss(torch.ones(4, 10), torch.arange(10).repeat(4, 1))
torch.linalg.multi_dot([torch.ones(2, 2)] * 20)
torch.ones(3).tensor_split(torch.tensor(2))
torch.zeros(3, 0).sort(1)
torch.repeat_interleave(torch.tensor([1., 2.]), torch.tensor([3, 1000]))
torch.corrcoef(torch.rand(20, 300))
torch.mvlgamma(torch.full((2000,), 1e4), 5)
F.adaptive_avg_pool2d(torch.ones(1, 3, 600, 600), 7)
F.adaptive_max_pool2d(torch.ones(1, 3, 600, 600), (None, 1))
F.max_pool2d(torch.ones(1, 1, 1900, 1900), 90)
torch.meshgrid(torch.ones(3), torch.ones(3), torch.ones(3), torch.ones(3), torch.ones(3))
torch.einsum("a,b,c,d->abcd", torch.ones(3), torch.ones(3), torch.ones(3), torch.ones(3))
torch.cat([torch.ones(10)] * 500)
torch.ones(400, 1) * torch.ones(1, 400) + torch.ones(400, 400)
torch.linalg.inv(torch.eye(3).expand(10000, 3, 3))
torch.linalg.matrix_norm(torch.ones(10000, 3, 3), "nuc")
torch.linalg.norm(torch.ones(300, 300), "nuc")
torch.linalg.norm(torch.ones(1900, 1900))
torch.linalg.norm(torch.ones(1900, 1900), 2, dim=1)
torch.linalg.matrix_norm(torch.ones(1900, 1900))
torch.norm(torch.ones(1900, 1900), 2)
torch.ones(1900, 1900).norm(p=2, dim=0)
torch.diff(torch.ones(2000), n=30)
F.triplet_margin_loss(torch.ones(20, 100), torch.ones(20, 100), torch.zeros(20, 100))
F.cosine_similarity(torch.ones(20, 1, 50), torch.ones(1, 20, 50), dim=2)
x = torch.ones(20000, requires_grad=True); x.cumprod(0).sum().backward(create_graph=True)
x = torch.zeros(20000, requires_grad=True); x.cumprod(0).sum().backward()
F.pad(torch.rand(1, 3, 10, 10), (2, 2, 1, 1), mode="replicate")
print(torch.zeros(3, 3, 3, 3, 3, 3))
F.avg_pool2d(input=torch.ones(1, 1, 400, 400), kernel_size=2)
F.conv2d(weight=torch.ones(1, 1, 3, 3), input=torch.ones(1, 1, 1000, 1000), bias=torch.ones(1))
F.conv_transpose2d(weight=torch.ones(1, 1, 3, 3), input=torch.ones(1, 1, 300, 300))
F.adaptive_avg_pool2d(output_size=7, input=torch.ones(1, 3, 600, 600))
torch.repeat_interleave(torch.tensor([10**9, 5, 6]), 2)
torch.repeat_interleave(torch.ones(2, 3), torch.tensor([2000, 1000]), dim=0)
torch.repeat_interleave(repeats=torch.tensor([2, 1000]))
"""


@pytest.mark.parametrize("line", lines(HARMLESS))
def test_its_harmless_relative_runs(line: str) -> None:
    assert not run_program(line).failed


def test_a_pass_whose_graph_is_made_has_torchs_numbers() -> None:
    x = torch.tensor([2.0, 0.0, 3.0, 0.0, 5.0], requires_grad=True)
    (first,) = torch.autograd.grad(x.cumprod(0).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    recording = run_program(
        "x = torch.tensor([2., 0., 3., 0., 5.], requires_grad=True)\n"
        "first, = torch.autograd.grad(x.cumprod(0).sum(), x, create_graph=True)\n"
        "second, = torch.autograd.grad(first.sum(), x)\n"
        "print(first.detach())\nprint(second)"
    )
    assert recording.printed == f"{first.detach()}\n{second}\n"


def test_what_is_imported_for_an_estimate_is_not_the_programs_time_but_the_estimate_is() -> None:
    paused: list[bool] = []

    @contextmanager
    def pause() -> Iterator[None]:
        paused.append(True)
        yield

    request = Request(torch.matmul, (torch.ones(400, 400), torch.ones(400, 400)), {})
    request.paused = pause
    load_meta.cache_clear()
    estimate(request, DEFAULT_LIMITS)
    estimate(request, DEFAULT_LIMITS)
    assert paused == [True]


def test_what_is_easily_counted_needs_nothing_imported() -> None:
    load_meta.cache_clear()
    large = torch.ones(400, 400)
    for function, args in ((torch.add, (large, large)), (torch.Tensor.mul_, (large, 2)), (torch.exp, (large,))):
        assert estimate(Request(function, args, {}), DEFAULT_LIMITS).elements == 160_000
    assert estimate(Request(torch.normal, (0.0, 1.0, (30_000, 30_000)), {}), DEFAULT_LIMITS).elements == 900_000_000
    assert not load_meta.cache_info().currsize
    assert estimate(Request(torch.mul, (torch.ones(3, 1), torch.ones(1, 400_000)), {}), DEFAULT_LIMITS).elements == 1_200_000


@pytest.mark.parametrize("size", ["(4, 3)", "(400, 400)", "size=(400, 400)"])
def test_random_numbers_are_torchs_however_large_the_request(size: str) -> None:
    torch.manual_seed(0)
    expected = torch.normal(0.0, 1.0, (4, 3) if size == "(4, 3)" else (400, 400))[0, :3]
    recording = run_program(f"torch.manual_seed(0)\nx = torch.normal(0., 1., {size})\nprint(x[0, :3])")
    assert recording.printed == f"{expected}\n"


def test_an_estimate_draws_no_random_number_and_makes_no_tensor() -> None:
    large = torch.ones(400, 400)
    functional = torch.nn.functional
    before = torch.default_generator.get_state()
    for function, args in (
        (torch.normal, (0.0, 1.0, (30_000, 30_000))),
        (torch.normal, (large, large)),
        (torch.bernoulli, (large / 2,)),
        (torch.rand_like, (large,)),
        (functional.dropout, (large,)),
        (functional.rrelu, (large, 0.1, 0.3, True)),
        (functional.gumbel_softmax, (large,)),
        (torch.Tensor.uniform_, (large,)),
        (torch.randn, (400, 400)),
    ):
        estimate(Request(function, args, {}), DEFAULT_LIMITS)
    assert torch.equal(before, torch.default_generator.get_state())
    assert torch.equal(large, torch.ones(400, 400))
