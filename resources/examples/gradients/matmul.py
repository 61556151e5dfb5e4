# title: Matmul, broadcasting
# shows: Copied on the way forward, summed on the way back.
# order: 7
# picture: matmul

X = torch.tensor([[1., 0., 2.], [0., 1., 1.], [2., 1., 0.], [1., 1., 1.]])
W = torch.tensor([[1., -1.], [0.5, 2.], [-1., 1.]], requires_grad=True)
b = torch.tensor([0.5, -0.5], requires_grad=True)
Y = X @ W + b
loss = (Y**2).mean()
loss.backward()
