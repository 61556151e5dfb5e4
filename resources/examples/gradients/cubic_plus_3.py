# formula: y == a**3 - b**2 + 3

a = torch.tensor([5.], requires_grad=True)
b = torch.tensor([6.], requires_grad=True)
y = a**3 - b**2 + 3
y.backward()
