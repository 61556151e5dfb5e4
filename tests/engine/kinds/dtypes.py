"""Element types and layouts."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from tests.engine.kinds import kind


@kind
def complex_numbers() -> Any:
    z = torch.randn(3, dtype=torch.complex64, requires_grad=True)
    w = torch.view_as_complex(torch.randn(3, 2, requires_grad=True))
    y = (z * w.conj()).abs().sum() + z.real.sum() + torch.fft.fft(z).imag.pow(2).sum() + torch.angle(z).sum()
    y.backward()
    return z, w, y, z.conj(), torch.view_as_real(z), z.mH if z.dim() == 2 else z.resolve_conj()


@kind
def half_precision() -> Any:
    results = []
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        x = torch.randn(4, 3).to(dtype).requires_grad_()
        y = (x * 2).exp().sum()
        y.backward()
        results.append((x, y))
    return results


@kind
def eight_bits() -> Any:
    x = torch.randn(4, requires_grad=True)
    kept = x.detach().to(torch.float8_e4m3fn)
    other = x.detach().to(torch.float8_e5m2)
    y = (kept.to(torch.float32) * x).sum()
    y.backward()
    return x, kept.float(), other.float(), y


@kind
def autocast() -> Any:
    model = nn.Linear(3, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = model(torch.randn(2, 3))
        loss = y.float().pow(2).mean()
    loss.backward()
    return model, y, loss


@kind
def whole_numbers_and_truth() -> Any:
    n = torch.arange(10)
    even = n % 2 == 0
    picked = n[even] // 2
    bits = (n & 3) | (n << 1)
    small = n.to(torch.uint8) + torch.tensor(250, dtype=torch.uint8)
    x = torch.randn(10, requires_grad=True)
    (x * even).sum().backward()
    return n, even, picked, bits, small, x, n.to(torch.int8), torch.tensor([True]).logical_not_()


@kind
def sparse_matrices() -> Any:
    w = torch.randn(3, 3, requires_grad=True)
    s = torch.sparse_coo_tensor(torch.tensor([[0, 1, 2], [2, 0, 1]]), torch.randn(3), (3, 3), requires_grad=True)
    y = torch.sparse.mm(s, w)
    y.sum().backward()
    csr = torch.eye(3).to_sparse_csr()
    return w, s.grad.to_dense(), y, csr @ torch.ones(3), s.coalesce().values()


@kind
def sparse_embedding() -> Any:
    table = nn.Embedding(10, 3, sparse=True)
    optimizer = torch.optim.SparseAdam(table.parameters())
    for _ in range(2):
        optimizer.zero_grad()
        table(torch.tensor([1, 4, 1])).pow(2).sum().backward()
        optimizer.step()
    bag = nn.EmbeddingBag(10, 3, mode="sum", sparse=True)
    bag(torch.tensor([[1, 2], [3, 3]])).sum().backward()
    return table.weight.detach(), table.weight.grad.to_dense(), bag.weight.grad.to_dense()


@kind
def quantised() -> Any:
    x = torch.randn(4)
    q = torch.quantize_per_tensor(x, 0.1, 0, torch.qint8)
    fake = torch.fake_quantize_per_tensor_affine(x.requires_grad_(), 0.1, 0, -128, 127)
    fake.sum().backward()
    return q.dequantize(), q.int_repr(), x


@kind
def meta_tensors() -> Any:
    x = torch.randn(3, 4, device="meta", requires_grad=True)
    y = (x @ x.t()).sum()
    return tuple(y.shape), y.requires_grad


@kind
def negative_bit_and_lazy_conjugate() -> Any:
    z = torch.randn(3, dtype=torch.complex128)
    view = z.conj().imag
    return view + 1, z.conj() * 2, view.neg()


@kind
def nested() -> Any:
    t = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
    return (t * 2).values()


@kind
def memory_formats() -> Any:
    x = torch.randn(1, 2, 3, 3).to(memory_format=torch.channels_last).requires_grad_()
    y = nn.functional.conv2d(x, torch.ones(1, 2, 2, 2))
    y.sum().backward()
    return x, y
