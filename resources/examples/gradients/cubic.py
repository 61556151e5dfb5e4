# formula: y == a**3 - b**2
# shows: Every value and every gradient, on one graph.
# order: 1
# picture: cubic

a = torch.tensor([5.], requires_grad=True)
b = torch.tensor([6.], requires_grad=True)
y = a**3 - b**2
y.backward()
