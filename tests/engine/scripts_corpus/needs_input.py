import torch

x = torch.ones(2, requires_grad=True) * 2
name = input("Your name? ")
