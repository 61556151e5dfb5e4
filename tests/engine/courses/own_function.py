"""A Function of one's own, trained by hand."""

import math

import torch


class Wave(torch.autograd.Function):
    @staticmethod
    def forward(ctx, angle):
        ctx.save_for_backward(angle)
        return angle.sin()

    @staticmethod
    def backward(ctx, gradient):
        (angle,) = ctx.saved_tensors
        return gradient * angle.cos()


torch.set_default_device("cpu")
x = torch.linspace(-math.pi, math.pi, 500, dtype=torch.float)
y = torch.cos(x)
height = torch.full((), 0.5, requires_grad=True)
speed = torch.full((), 0.8, requires_grad=True)
start = torch.full((), 0.3, requires_grad=True)
for step in range(300):
    wave = Wave.apply
    loss = (height * wave(start + speed * x) - y).pow(2).mean()
    if step % 60 == 59:
        print(step, loss.item())
    loss.backward()
    with torch.no_grad():
        height -= 0.1 * height.grad
        speed -= 0.1 * speed.grad
        start -= 0.1 * start.grad
        height.grad = None
        speed.grad = None
        start.grad = None
print(f"y = {height.item()} sin({speed.item()} x + {start.item()})")
