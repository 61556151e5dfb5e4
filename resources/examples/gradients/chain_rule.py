# title: Chain rule
# shows: An edge multiplies what comes in by its own slope.
# order: 3
# picture: chain_rule

x = torch.tensor([1.5], requires_grad=True)
y = torch.sin(x**2)
y.backward()
