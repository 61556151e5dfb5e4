"""Leaves and others: whose gradient is kept, who warns, and what the graph says."""

import torch
import torch.nn.functional as F

x = torch.ones(1, 3)
weight = torch.ones(3, 2, requires_grad=True)
bias = torch.ones(1, 2, requires_grad=True)
hidden = x @ weight + bias
loss = F.mse_loss(F.relu(hidden), torch.zeros(2))
print(f"{x.is_leaf=} {hidden.is_leaf=} {weight.requires_grad=}")
node = loss.grad_fn
while node is not None:
    print(type(node).__name__, len(node.next_functions))
    node = node.next_functions[0][0] if node.next_functions else None
loss.backward()
print(f"{weight.grad=} {bias.grad=} {x.grad=}")
for _ in range(2):
    print(f"{hidden.grad=}")
print(hidden.grad)

hidden = x @ weight + bias
hidden.retain_grad()
loss = F.relu(hidden).sum()
loss.retain_grad()
weight.grad = None
bias.grad = None
loss.backward()
print(f"{weight.grad=} {bias.grad=} {hidden.grad=} {loss.grad=}")
weight.requires_grad = False
print((weight * 2).requires_grad, hidden.detach().requires_grad)
