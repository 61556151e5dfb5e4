# formula: y == tanh(w*x + b)

x = torch.tensor([0.8])
w = torch.tensor([1.5], requires_grad=True)
b = torch.tensor([-0.5], requires_grad=True)
y = torch.tanh(w * x + b)
y.backward()
