# title: A nudge
# shows: Move a by 0.01, and y moves by 75 times that.
# order: 2
# picture: nudge

a = torch.tensor([5.], requires_grad=True)
b = torch.tensor([6.])
y = a**3 - b**2
with torch.no_grad():
    moved = (a + 0.01)**3 - b**2 - y
y.backward()
