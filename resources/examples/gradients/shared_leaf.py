# title: A shared leaf adds up
# formula: y == w**2 + 3*w
# shows: Two paths lead to w: its two gradients are summed.
# order: 4
# picture: shared_leaf

w = torch.tensor([3.], requires_grad=True)
y = w**2 + 3 * w
y.backward()
