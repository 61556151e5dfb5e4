"""What beginners try and torch refuses: the message and the exit status are torch's own."""

import torch

x = torch.ones(2, requires_grad=True)
(x * 2).sum().backward()
try:
    (x * 2).backward()
except RuntimeError as error:
    print(error)
try:
    x += 1
except RuntimeError as error:
    print(error)
x.grad = 0.0
