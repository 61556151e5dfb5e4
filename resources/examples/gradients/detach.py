# title: detach cuts
# shows: The value passes, the gradient stops.
# order: 5
# picture: detach

a = torch.tensor([3.], requires_grad=True)
y = a.detach() * a
y.backward()
