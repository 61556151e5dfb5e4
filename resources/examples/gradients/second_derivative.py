# title: Second derivative
# shows: The backward pass is a graph too, and has its own.
# order: 8
# picture: second_derivative

a = torch.tensor([5.], requires_grad=True)
y = a**3
(slope,) = torch.autograd.grad(y, a, create_graph=True)
slope.backward()
