# title: Vectors and the VJP
# shows: backward(v) weighs the outputs with v.
# order: 6
# picture: vectors

x = torch.tensor([2., 3.], requires_grad=True)
y = torch.stack([x[0] * x[1], x[0] + x[1]])
v = torch.tensor([1., 0.])
y.backward(v)
