"""In-place operations, views, several outputs, what is tracked and what is not."""

from __future__ import annotations

from typing import Any

import torch

from tests.engine.kinds import kind


@kind
def in_place() -> Any:
    x = torch.randn(4, requires_grad=True)
    y = x * 2
    y += 1
    y.mul_(x)
    y.clamp_(-1, 3)
    y[1] = 0.0
    y[2:].add_(1.0)
    z = y.sum()
    z.backward()
    return x, y, z


@kind
def in_place_on_views() -> Any:
    base = torch.zeros(3, 4)
    w = torch.randn(4, requires_grad=True)
    row = base[1]
    row.copy_(w)
    column = base[:, 2]
    column += w.sum()
    base.t()[0] *= 3
    total = (base**2).sum() + row.sum()
    total.backward()
    return base, row, column, w, total


@kind
def in_place_of_all_sorts() -> Any:
    x = torch.randn(5, requires_grad=True)
    a = x.clone()
    a.index_add_(0, torch.tensor([0, 2]), torch.ones(2))
    a.masked_fill_(a > 1, 0.5)
    a.scatter_(0, torch.tensor([1]), 7.0)
    a.zero_()
    b = x * 2
    b.unsqueeze_(0).squeeze_(0)
    b.neg_().abs_()
    b.sum().backward()
    return x, a, b


@kind
def views() -> Any:
    x = torch.randn(2, 3, 4, requires_grad=True)
    y = x.view(6, 4).t().reshape(2, 12).permute(1, 0).unsqueeze(0).expand(3, 12, 2)
    z = y.transpose(0, 1).contiguous().flatten(1).narrow(1, 0, 3).diagonal()
    w = x.as_strided((2, 2), (4, 1)).unfold(0, 2, 1)
    (z.sum() + w.sum()).backward()
    return x, y, z, w


@kind
def indexing() -> Any:
    x = torch.randn(4, 5, requires_grad=True)
    picked = x[[0, 2]], x[1], x[..., -1], x[:, 1:4:2], x[x > 0], x[None, 2, None], x[torch.tensor([1, 1, 3]), 2]
    loss = sum(part.sum() * (number + 1) for number, part in enumerate(picked))
    loss.backward()
    return x, picked, loss


@kind
def setting_items() -> Any:
    x = torch.randn(3, requires_grad=True)
    t = torch.zeros(3, 3)
    t[0] = x
    t[1, 1:] = x[:2] * 2
    t[t == 0] = 1.0
    t[:, 0] = 5
    t.sum().backward()
    return x, t


@kind
def several_outputs() -> Any:
    x = torch.randn(3, 4, requires_grad=True)
    first, _, third = x.unbind()
    left, _right = x.split(2, dim=1)
    best, places = x.topk(2)
    most, where = x.max(dim=1)
    _values, order = torch.sort(x, dim=0)
    low, _ = torch.min(x, 0)
    chunk = torch.chunk(x, 3)[2]
    mean = torch.var_mean(x, dim=1)[1]
    loss = first.sum() + third.prod() + left.sum() + best.sum() + most.sum() + low.sum() + chunk.sum() + mean.sum()
    loss.backward()
    return x, places, where, order, loss


@kind
def decompositions() -> Any:
    x = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    _u, s, _vh = torch.linalg.svd(x)
    q, _r = torch.linalg.qr(x)
    _sign, logdet = torch.linalg.slogdet(x)
    (s.sum() + q.sum() + logdet).backward()
    return x, s, q


@kind
def no_gradient_at_all() -> Any:
    a = torch.randn(3)
    return (a + 1).mean(), a.softmax(0)


@kind
def unused_gradients() -> Any:
    x, y, unused = (torch.randn(2, requires_grad=True) for _ in range(3))
    z = torch.where(torch.tensor([True, False]), x, y).sum() + unused.detach().sum()
    z.backward()
    found = torch.autograd.grad((x * 2).sum(), [x, y], allow_unused=True)
    return x, y, unused, unused.grad is None, found


@kind
def detach() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x * 2
    still = y.detach()
    still.add_(1)
    again = (x * still).sum()
    again.backward()
    y2 = x.exp()
    y2.detach_()
    return x, y, still, y2, x.data, y.data


@kind
def without_gradients() -> Any:
    x = torch.randn(3, requires_grad=True)
    with torch.no_grad():
        a = x * 2
        with torch.enable_grad():
            b = x * 3
    with torch.set_grad_enabled(False):
        c = x + 1

    @torch.no_grad()
    def inner(t: torch.Tensor) -> torch.Tensor:
        return t * 5

    (b.sum() + (x * a).sum() + inner(x).sum()).backward()
    return x, a, b, c


@kind
def inference() -> Any:
    x = torch.randn(3, requires_grad=True)
    with torch.inference_mode():
        a = x * 2
        a += 1
        b = a[1:]
        b.mul_(2)
    c = torch.ones(3) * a.clone()
    return x, a, b, c, (x * a.clone()).sum()


@kind
def toggled() -> Any:
    x = torch.randn(3)
    before = x * 2
    x.requires_grad_()
    (x * before).sum().backward()
    x.requires_grad_(False)
    after = x * 3
    x.requires_grad = True
    (x * after).sum().backward()
    return x, before, after


@kind
def empty_and_scalar() -> Any:
    empty = torch.zeros(0, 3, requires_grad=True)
    scalar = torch.tensor(2.0, requires_grad=True)
    y = (empty * scalar).sum() + scalar**2 + torch.cat([empty, torch.ones(1, 3) * scalar]).sum()
    y.backward()
    return empty, scalar, y


@kind
def not_finite() -> Any:
    x = torch.tensor([0.0, -1.0, float("inf"), float("nan")], requires_grad=True)
    y = x.log() / x + x.sqrt()
    y.sum().backward()
    return x, y


@kind
def broadcasting() -> Any:
    a = torch.randn(3, 1, requires_grad=True)
    b = torch.randn(4, requires_grad=True, dtype=torch.float64)
    c = (a * b + 2 - (1 / b)).pow(2) @ torch.ones(4, 2, dtype=torch.float64)
    c.mean().backward()
    return a, b, c


@kind
def random_numbers() -> Any:
    x = torch.ones(50, requires_grad=True)
    y = torch.dropout(x, 0.5, True) * torch.rand(50) + torch.randn_like(x) + torch.bernoulli(torch.full((50,), 0.3))
    permuted = y[torch.randperm(50)]
    noise = torch.empty(3).uniform_().normal_()
    generator = torch.Generator().manual_seed(3)
    own = torch.rand(3, generator=generator)
    with torch.random.fork_rng():
        torch.manual_seed(9)
        inner = torch.rand(2)
    choice = torch.multinomial(torch.ones(5), 2)
    permuted.sum().backward()
    return x, y, noise, own, inner, choice, torch.rand(1)


@kind
def large_values() -> Any:
    x = torch.randn(200, 200, requires_grad=True)
    y = (x @ x).tanh()
    y.sum().backward()
    return x, y


@kind
def numpy_and_back() -> Any:
    x = torch.randn(3, requires_grad=True)
    array = x.detach().numpy() * 2
    y = torch.from_numpy(array) * x
    z = torch.as_tensor([1.0, 2.0, 3.0]) + y
    z.sum().backward()
    return x, y, z, float(z[0]), z.tolist(), int(z.argmax())


@kind
def same_tensor_twice() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x * x + x
    z = torch.stack([y, y, x]).sum() + torch.addcmul(x, x, y).sum()
    z.backward()
    return x, z


@kind
def control_flow() -> Any:
    x = torch.randn(3, requires_grad=True)
    y = x
    while y.norm() < 100:
        y = y * 2
    z = y.sum() if y.sum() > 0 else -y.prod()
    z.backward()
    return x, y, z


@kind
def out_argument() -> Any:
    a, b, c = torch.randn(3), torch.randn(3), torch.empty(3)
    torch.add(a, b, out=c)
    torch.mul(c, 2, out=c)
    values, places = torch.empty(2), torch.empty(2, dtype=torch.int64)
    torch.topk(c, 2, out=(values, places))
    return c, values, places


@kind
def sharing_memory() -> Any:
    a = torch.zeros(4)
    b = a.data
    b[0] = 5
    c = torch.nn.Parameter(a)
    c.data.add_(1)
    a.set_(torch.ones(4))
    c.data = torch.full((4,), 2.0)
    (c * 3).sum().backward()
    return a, b, c


@kind
def subclass() -> Any:
    class Mine(torch.Tensor):
        pass

    x = torch.randn(3).as_subclass(Mine).requires_grad_()
    y = (x * 2).sum()
    y.backward()
    return torch.Tensor(x.detach()), torch.Tensor(y.detach()), type(y).__name__


@kind
def einsum_and_many() -> Any:
    a, b = torch.randn(2, 3, requires_grad=True), torch.randn(3, 4, requires_grad=True)
    y = torch.einsum("ij,jk->ik", a, b)
    z = torch.logsumexp(torch.cdist(y, y + 1), 0).sum() + torch.block_diag(a, b).cumsum(0).sum()
    z = z + torch.meshgrid(a[0], b[0], indexing="ij")[0].sum()
    z.backward()
    return a, b, z
