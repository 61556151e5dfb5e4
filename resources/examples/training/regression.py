# title: Regression
# shows: A line finds its way through 1,500 points.
# order: 9
# picture: regression
# set-up: {}

import torch


class Linear:
    def __init__(self, g=None):
        w = torch.randn(1, 1, generator=g)
        b = torch.randn(1, generator=g)
        self.w = w.requires_grad_()
        self.b = b.requires_grad_()


def step(model, X, y, lr):
    w, b = model.w, model.b
    y_hat = X @ w + b
    loss = ((y - y_hat)**2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    return loss.item()
