"""A first derivative, a loop of unknown length, a gradient that is given, and tracking turned off."""

import torch

torch.manual_seed(1)
points = torch.full((2, 2), 1.0, requires_grad=True)
print(points)
shifted = points + 2
print(shifted, shifted.grad_fn)
mean = (shifted * shifted * 3).mean()
print(mean)
mean.backward()
print(points.grad)

free = torch.rand(2, 2)
free = (free * 3) / (free + 1)
print(free.requires_grad, free.requires_grad_(True).requires_grad, (free * free).sum().grad_fn)

start = torch.rand(3, requires_grad=True)
doubled = start * 2
while doubled.data.norm() < 1000:
    doubled = doubled * 2
doubled.backward(torch.tensor([0.5, 1.0, 0.001], dtype=torch.float))
print(doubled, start.grad)
with torch.no_grad():
    print((start**2).requires_grad)

square = torch.eye(3, 4, requires_grad=True)
turned = (square + 1).pow(2).t()
for _ in range(2):
    turned.backward(torch.ones_like(turned), retain_graph=True)
    print(square.grad)
square.grad.zero_()
turned.backward(torch.ones_like(turned))
print(f"once more: {square.grad}")
