"""Two hundred programs to be walked through, as data."""
# ruff: noqa: E501 (tables, one program or piece a line)

from __future__ import annotations

import torch

from tests.engine import plain_torch
from tests.engine.programs import test_program_accepts

A = "a = torch.tensor([5.], requires_grad=True)\n"
AB = A + "b = torch.tensor([6.], requires_grad=True)\n"
V = "v = torch.tensor([1., -2., 3.], requires_grad=True)\n"
X = "x = torch.tensor([[.3, .6, -.1], [.5, -.2, .4]], requires_grad=True)\n"
W = "w = torch.tensor([2.], requires_grad=True)\n"
DATA = "X = torch.tensor([[1., 2.], [3., 4.], [5., 6.]])\nt = torch.tensor([[1.], [2.], [3.]])\n"

HAND_WRITTEN: tuple[str, ...] = (
    # nothing, or hardly anything
    "",
    "# only a comment\n",
    "\n\n# one\n\n# two",
    "import torch\n",
    "n = 3\n",
    "print('hello')",
    "print()\nprint(1, 2)\n",
    A,
    "x = torch.ones(2)\nprint(x)\nx.zero_()\nprint(x)",
    # scalars, vectors, matrices, broadcasting
    "a = torch.tensor(2., requires_grad=True)\ny = a*a*a + a\ny.backward()",
    AB + "y = a*b + a/b - b**a\ny.backward()",
    AB + "y = (a + b)*(a - b)\nz = y*y\nz.backward()",
    V + "y = (v*v).sum()\ny.backward()",
    V + "y = v.softmax(0)[1]\ny.backward()",
    V + "y = (v @ v).sqrt()\ny.backward()",
    V + "y = torch.outer(v, v).sum()\ny.backward()",
    V + "y = (v - v.mean()).pow(2).mean().sqrt()\ny.backward()",
    X + "y = (x @ x.T).sum()\ny.backward()",
    X + "y = (x * torch.tensor([1., 2., 3.])).sum()\ny.backward()",
    X + "c = torch.tensor([[2.], [3.]], requires_grad=True)\ny = (x*c + 1).mean()\ny.backward()",
    X + V + "y = (x + v).pow(2).sum(0).sum()\ny.backward()",
    X + "y = x.exp().log().sin().cos().sum()\ny.backward()",
    X + V + "y = F.linear(x, v.reshape(1, 3), torch.ones(1))\nz = F.mse_loss(y, torch.zeros(2, 1))\nz.backward()",
    "a = torch.tensor(3., requires_grad=True)\nb = torch.ones(2, 2, requires_grad=True)\ny = (a*b).sum()\ny.backward()",
    "x = torch.ones(2, 1, 3, requires_grad=True)\ny = x + torch.ones(4, 1)\nz = y.mean()\nz.backward()",
    "a = torch.tensor([1.], requires_grad=True, dtype=torch.float64)\ny = a.float()*2 + a\ny.sum().backward()",
    "a = torch.tensor([1.5], requires_grad=True, dtype=torch.bfloat16)\ny = a*a\ny.backward()",
    # views
    V + "y = v[1:]\nz = (y*y).sum()\nz.backward()",
    V + "y = v.reshape(3, 1).expand(3, 2)\nz = y.sum()\nz.backward()",
    X + "y = x.T\nz = y[0]*y[2]\nz.sum().backward()",
    X + "p, q = x.unbind(0)\nz = (p*q).sum()\nz.backward()",
    X + "y = x.view(6)[::2]\nz = y.prod()\nz.backward()",
    X + "y = x.flatten().split(2)\nz = (y[0]*y[2]).sum()\nz.backward()",
    "x = torch.zeros(4)\nv = x[1:3]\nv.add_(1)\nu = v[0:1]\nu.mul_(5)\ny = x*2",
    "x = torch.zeros(2, 2)\nx[0, 1] = 3\nx[1] += 2\nx.T[0].fill_(9)\ny = x.sum()",
    "x = torch.arange(4.)\nu = x.view(2, 2)\nx.mul_(2)\nw = u + 1\nx.zero_()\nz = u.sum()",
    "z = torch.zeros(3)\nv = z[0:2]\n" + A + "v.mul_(2)\nv[0:1] += a\ny = (z*z).sum()\ny.backward()",
    "z = torch.ones(3)\nu = z[1:]\n" + A + "z[0:1] = a\nu2 = u*2\ny = z.sum() + u2.sum()\ny.backward()",
    A + "y = a*torch.ones(3)\nu = y[0:2]\ny += 1\nz = u.sum()\nz.backward()",
    A + "y = a*torch.ones(3)\nu = y[0:2]\nu *= 3\nz = y.sum()\nz.backward()",
    A + "y = a*torch.ones(3)\nu = y.view(3, 1)\nq = y[2:]\nq *= a\nz = u.sum()\nz.backward()",
    "x = torch.arange(4.)\nx.mul_(x)\nx[0:2] = x[2:4]\ny = x*1",
    A + "y = a*torch.ones(2)\ny.mul_(y)\ny[0:1] = y[1:2]\nu = y.detach()\nu.add_(1)\nz = y.sum()",
    A + "y = a*torch.ones(2)\nu = y[0:1]\nd = y.detach()\nd.mul_(2)\nprint(u)\nz = u*3\nz.backward()",
    "z = torch.ones(3)\nu = z[1:]\n" + A + "z *= a\nprint(z)\ny = (u*u).sum()\ny.backward()",
    W + "t = torch.ones(1)\nu = torch.ones(1, requires_grad=True)\nw.grad = t\nu.grad = t\n(w*u).backward()\nt.zero_()",
    # in place, tracked and not
    A + "y = a*2\ny += 1\ny *= a\ny.backward()",
    A + "y = a*2\ny.add_(a).mul_(3)\ny.backward()",
    V + "y = v*1\ny[1] = 0\nz = y.sum()\nz.backward()",
    V + "y = v*1\ny[0] = v[1]*2\ny.relu_()\nz = y.sum()\nz.backward()",
    A + "y = a*2\nwith torch.no_grad():\n    y += 1\nz = y*1\nz.backward()",
    A + "d = a.detach()\nd += 1\ny = a*2\ny.backward()",
    A + "with torch.no_grad():\n    a.fill_(3)\ny = a*a\ny.backward()",
    W + "with torch.no_grad():\n    w[0] = 7\n    w.mul_(2).add_(1)\ny = w**2\ny.backward()",
    "x = torch.ones(2)\nx.requires_grad_()\ny = x.sum()\ny.backward()\nx.requires_grad_(False)\nz = x*2",
    "x = torch.ones(2)\ny = x*2\nx.requires_grad_(True)\nz = (x*y).sum()\nz.backward()",
    A + "y = a*3\ny.detach_()\nz = y*a\nz.backward()",
    A + "y = a*3\nz = y*y\nz.backward()\ny.detach_()\nq = y*1",
    "x = torch.ones(3)\nx.clamp_(0, .5)\nx.neg_()\nx.sub_(torch.arange(3.))\ny = x*1",
    W + "d = w.detach().view(1)[0:1]\nd.mul_(3)\ny = w*w\ny.backward()",
    W + "d = w.detach()\nd.mul_(4)\ny = w*w\ny.backward()\nd.zero_()\nz = w + 1",
    # several passes, retain_graph, accumulation
    A + "(a**3).backward()\n(a**2).backward()",
    A + "y = a**3\nfor i in range(3):\n    y.backward(retain_graph=True)",
    A + "h = a*a\ny = h*2\nz = h*3\ny.backward(retain_graph=True)\nz.backward()",
    AB + "y = a*b\ny.backward(retain_graph=True)\nz = y*a\nz.backward()",
    AB + "h = a*b\ny = h + a\nz = h + b\n(y + z).backward()\nh2 = a*b\nh2.backward()",
    A + "y = a*2\ny.backward()\nprint(a.grad)\nz = a*3\nz.backward()\nprint(a.grad)",
    V + "for i in range(3):\n    (v[i]*v[i]).backward()",
    V + "for i in range(2):\n    y = (v*i).sum()\n    y.backward()\nv.grad.zero_()",
    A + "y = a*a\ny.backward()\ng = a.grad\nz = a*3\nz.backward()\nh = g*1",
    A + "a.backward()\na.backward()\n(a*2).backward()",
    A + "y = a*a\ny.backward()\ng = a.grad.clone()\n(a*3).backward()\nh = g + a.grad",
    # zero_, None, and other ways to write .grad
    W + "(w**2).backward()\nw.grad.zero_()\nw.grad.zero_()\n(w**2).backward()",
    W + "(w**2).backward()\nw.grad = None\nw.grad = None",
    W + "(w**2).backward()\nw.grad = torch.tensor([1.5])\n(w**3).backward()",
    W + "w.grad = torch.zeros(1)\n(w**2).backward()\nw.grad = None\n(w*2).backward()",
    W + "(w**2).backward()\nw.grad *= 2\nw.grad += 1\nw.grad.fill_(0)",
    W + "(w**2).backward()\nw.grad.detach().zero_()\n(w*2).backward()",
    W + "(w**2).backward()\nw.grad[0] = 8\n(w*2).backward()",
    W + "(w**2).backward()\nw.grad.detach().mul_(3)\n(w*2).backward()\nw.grad.view(1).add_(1)",
    W + "t = torch.ones(1)\nw.grad = t\nt.mul_(7)\n(w*2).backward()\nu = t*1",
    W + "(w**2).backward()\ng = w.grad\nw.grad = None\n(w*3).backward()\nz = g*2",
    "v = torch.ones(2, requires_grad=True)\n(v*v).sum().backward()\nv.grad[0:1].zero_()\nv.grad.clamp_(0, 1)\n(v*3).sum().backward()",
    AB + "(a*b).backward()\na.grad.zero_()\nb.grad = None\n(a*b).backward()\nb.grad.zero_()",
    # autograd.grad
    A + "g, = torch.autograd.grad(a**3, a)",
    AB + "y = a*b + b\ng, h = torch.autograd.grad(y, (a, b))\nz = g*h",
    AB + "h = a*b\nz = h*h\ng, = torch.autograd.grad(z, h)",
    AB + "h = a*b\nz = h*h + a\ng, k = torch.autograd.grad(z, [h, a])\ny = g + k",
    AB + "h = a*2\nk = h*b\nz = h*k + h\ng, = torch.autograd.grad(z, h, retain_graph=True)\nz.backward()",
    AB + "y = a*2\ng = torch.autograd.grad(y, (a, b), allow_unused=True)",
    V + "y = v*v\ng, = torch.autograd.grad(y, v, grad_outputs=torch.tensor([1., 0., 2.]))",
    A + "y = a*2\nz = a*3\ng, = torch.autograd.grad([y, z], a)",
    A + "y = a**2\ny.backward(retain_graph=True)\ng, = torch.autograd.grad(y, a)",
    A + "y = a**2\ng, = torch.autograd.grad(y, y)\nz = g + 1",
    A + "y = a**2\ng, = torch.autograd.grad(y, y, create_graph=True)\nz = a*g\nz.backward()",
    # higher order
    A
    + "y = a**3\ng, = torch.autograd.grad(y, a, create_graph=True)\nh, = torch.autograd.grad(g, a, create_graph=True)\nk, = torch.autograd.grad(h, a)",
    A + "y = a**3\ny.backward(create_graph=True)\nz = a.grad*2\nz.backward()",
    V + "y = (v**3).sum()\ng, = torch.autograd.grad(y, v, create_graph=True)\n(g*g).sum().backward()",
    AB + "y = a**2*b\ng, = torch.autograd.grad(y, a, create_graph=True)\nz = g + y\nz.backward()",
    A + "g, = torch.autograd.grad(torch.sin(a), a, create_graph=True)\nh, = torch.autograd.grad(g, a)\nprint(g, h)",
    X + "y = torch.tanh(x).sum()\ng, = torch.autograd.grad(y, x, create_graph=True)\np = (g**2).sum()\np.backward()",
    W + "y = w**2\ny.backward(create_graph=True)\nw.grad = None\n(w*3).backward()",
    # backward(v)
    V + "y = v*2\ny.backward(torch.tensor([1., .5, 0.]))",
    V + "y = v.exp()\ns = torch.ones(3)\ny.backward(gradient=s)\ns.mul_(2)",
    X + "y = x*x\ny.backward(torch.ones_like(x))\nx.grad.zero_()",
    V + "v.backward(torch.tensor([1., 2., 3.]))\nv.backward(torch.ones(3))",
    A + "y = a*2\ny.backward(torch.tensor([0.]))",
    V + "y = v*2\ny.backward(y.detach(), retain_graph=True)\ny.backward(v.detach())",
    # detach and no_grad
    A + "d = (a*2).detach()\ny = d*a\ny.backward()",
    AB + "with torch.no_grad():\n    c = a*b\n    d = c + 1\ny = d*a\ny.backward()",
    A + "y = a.detach()*2\nz = y + 1",
    AB + "y = a*b.detach() + a.detach()*b\ny.backward()",
    A + "with torch.no_grad():\n    y = a*2\n    y += 1\nz = y*3",
    # loops with training steps
    W
    + "for i in range(4):\n    loss = (w*3 - 1)**2\n    loss.backward()\n    with torch.no_grad():\n        w -= .05*w.grad\n    w.grad = None",
    W
    + "for i in range(3):\n    loss = (w - 1)**2\n    loss.backward()\n    with torch.no_grad():\n        w.sub_(w.grad, alpha=.1)\n        w.grad.zero_()",
    DATA
    + "w = torch.zeros(2, 1, requires_grad=True)\nb = torch.zeros(1, requires_grad=True)\nfor i in range(3):\n    loss = ((X @ w + b - t)**2).mean()\n"
    "    loss.backward()\n    with torch.no_grad():\n        w -= .01*w.grad\n        b -= .01*b.grad\n    w.grad.zero_()\n    b.grad = None\n    print(loss.item())",
    DATA
    + "w = torch.zeros(2, 1, requires_grad=True)\nfor i in range(3):\n    loss = F.mse_loss(F.linear(X, w.T), t)\n    g, = torch.autograd.grad(loss, w)\n"
    "    with torch.no_grad():\n        w -= .01*g",
    W
    + "m = torch.zeros(1)\nfor i in range(3):\n    loss = (w - 1)**2\n    loss.backward()\n    with torch.no_grad():\n        m.mul_(.9).add_(w.grad)\n        w -= .1*m\n    w.grad.zero_()",
    W + "for i in range(3):\n    loss = (w - 1)**2\n    loss.backward()\n    w = (w - .1*w.grad).detach().requires_grad_()",
    W
    + "for i in range(3):\n    d = w.detach()\n    d -= .1*d\n    loss = w**2\n    loss.backward()\n    w.detach().sub_(.1*w.grad.detach())\n    w.grad.detach().zero_()",
    # several outputs, unused ones, undefined gradients, None
    V + "m, i = v.max(0)\nm.backward()",
    V + "p, q, r = v.unbind()\n(p*r).backward()",
    X + "s, i = x.sort()\ny = s[:, 0].sum()\ny.backward()",
    X + "m = x.max(1)\ny = m.values.sum()\ny.backward()",
    "x = torch.tensor([[2., 1.], [1., 3.]], requires_grad=True)\nq, r = torch.linalg.qr(x)\ny = r.sum()\ny.backward()",
    "x = torch.tensor([[2., 1.], [1., 3.]], requires_grad=True)\ns, l = torch.linalg.slogdet(x)\nl.backward()",
    AB + "y = a*2\nz = b*3\ny.backward()",
    AB + "c = torch.tensor([1.], requires_grad=True)\ny = a + 0*b\ny.backward()",
    V + "y = v.round() + v.floor()\ny.sum().backward()",
    V + "y = torch.where(v > 0, v, v*2)\ny.sum().backward()",
    V + "y = torch.stack([v, v*2, v*3]).chunk(3)\nz = y[1].sum()\nz.backward()",
    V + "y = F.dropout(v, .5)\ny.sum().backward()",
    "torch.manual_seed(4)\nx = torch.randn(2, 2, requires_grad=True)\ny = x.det()\ny.backward()",
    # nan, infinities, large and small
    "a = torch.tensor([0.], requires_grad=True)\ny = 1/a\nz = y - y\nz.backward()",
    "a = torch.tensor([-1.], requires_grad=True)\ny = a.sqrt()\ny.backward()\nprint(a.grad)",
    "a = torch.tensor([0., 1.], requires_grad=True)\ny = (a*a.log()).sum()\ny.backward()",
    "a = torch.tensor([1e30], requires_grad=True)\ny = a*a\ny.backward()",
    "a = torch.tensor([-0., 0.], requires_grad=True)\ny = (a*-1).sum()\ny.backward()",
    # prints between things
    A + "print('before')\ny = a*2\nprint(y)\ny.backward()\nprint(a.grad, end='!')\nprint(y.detach())",
    # programs that fail
    A + "y = a*2\nz = y @ torch.ones(3)\nq = z*2",
    A + "y = a*torch.ones(2)\ny.backward()\nz = a*2",
    A + "y = a*a\ny.backward()\ny.backward()",
    AB + "y = a*a\nz = b*b\nq = y + z\ny.backward()\nq.backward()",
    A + "y = a**2\nz = y*y\ny += 1\nz.backward()",
    AB + "p = a.exp()\nq = b*a\nz = p*q\np.mul_(2)\nz.backward()",
    "x = torch.ones(2)\ny = x*2\ny.sum().backward()",
    A + "a += 1",
    V + "y = v[5]",
    "x = torch.ones(2)\nprint(x)\nz = x.reshape(3)",
    AB + "y = a*2\ng, = torch.autograd.grad(y, b)",
    # lists, many uses of one thing, constants
    A + "xs = []\nfor i in range(4):\n    xs += [a*i]\ny = torch.cat(xs).sum()\ny.backward()",
    "h = torch.tensor(.5, requires_grad=True)\ny = h\nfor i in range(6):\n    y = torch.tanh(y*h)\ny.backward()",
    A + "y = a + a + a + a\ny.backward()",
    A + "b = a\ny = a*b\ny.backward()",
    A + "y = a*2\ny = y*3\ny = y*y\ny.backward()",
    A + "y = a*1\nz = y\ny = z + y\ny.backward()",
    "x, y = torch.ones(2), torch.zeros(2)\nx, y = y, x\nz = x - y",
    "i = torch.tensor([0, 2])\n" + V + "y = v[i]*2\ny.sum().backward()\nm = v > 0\nz = v[m]\nz.sum().backward()",
)


def programs() -> tuple[str, ...]:
    """Two hundred different programs: ours, those of other tests, and one for every so many of the allowed functions."""
    found = dict.fromkeys((*HAND_WRITTEN, *plain_torch.PROGRAMS, *test_program_accepts.PROGRAMS))
    calls = [call for call in test_program_accepts.calls() if "manual_seed" not in call and "empty" not in call]
    wanted = 200 - len(found)
    for index in range(wanted):
        call = calls[index * len(calls) // wanted]
        text, result = test_program_accepts.returned(call)
        tracked = isinstance(result, torch.Tensor) and result.requires_grad and not result.is_leaf
        found[f"{text}r = y.sum()\nr.backward()\n" if tracked else text] = None
    return tuple(found)


PROGRAMS = programs()
