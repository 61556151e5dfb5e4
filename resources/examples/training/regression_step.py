# formula: y_hat == X @ w + b
# title: ŷ = X w + b, one update

X, y = make_regression(n_samples=1500, n_features=1, n_informative=1, noise=0.3, random_state=0, bias=2)
torch.manual_seed(4)
w = torch.randn(1, 1, requires_grad=True)
b = torch.randn(1, requires_grad=True)
y_hat = X @ w + b
loss = ((y_hat - y.reshape(1500, 1))**2).mean()
loss.backward()
with torch.no_grad():
    w -= 0.1 * w.grad
    b -= 0.1 * b.grad
w.grad.zero_()
b.grad.zero_()
