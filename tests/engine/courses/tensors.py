"""Tensors without a gradient: made in every way, changed in place, shared with numpy; a polynomial fitted without autograd."""

import numpy as np
import torch

torch.manual_seed(5)
x = torch.empty(4, 3)
x = torch.zeros(4, 3, dtype=torch.long).new_ones(4, 3, dtype=torch.double)
x = torch.randn_like(x, dtype=torch.float)
result = torch.empty(4, 3)
torch.add(x, 1, out=result)
result.add_(x)
print(x.size(), result, result[:, 1], result.view(-1, 2), result.view(12).size())
ones = torch.ones(5)
seen = ones.numpy()
ones.add_(1)
numbers = np.ones(5)
shared = torch.from_numpy(numbers)
np.add(numbers, 1, out=numbers)
print(ones, seen, shared)

x = torch.linspace(-3, 3, 200)
y = torch.sin(x)
a, b = torch.randn(()), torch.randn(())
for step in range(100):
    wrong = a * x + b * x.pow(3) - y
    if step % 25 == 24:
        print(step, wrong.pow(2).sum().item())
    a -= 1e-4 * torch.matmul(input=wrong, other=x)
    b -= 1e-6 * torch.matmul(wrong, x.pow(3)).sum()
print(f"{a.item()} x + {b.item()} x^3")
