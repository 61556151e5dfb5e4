# title: y = sin a · eᵇ + log a + relu b
# formula: y == sin(a)*e**b + log(a) + relu(b)

a = torch.tensor([2.], requires_grad=True)
b = torch.tensor([0.5], requires_grad=True)
y = torch.sin(a) * torch.exp(b) + torch.log(a) + torch.relu(b)
y.backward()
