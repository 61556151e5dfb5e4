x = torch.tensor([3.], requires_grad=True)
y = x * x + x
y.backward()
