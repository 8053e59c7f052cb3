"""A student's own implementation of all that is checked, right: the tests change one line of it at a time."""

import math
from itertools import pairwise

import numpy as np


def splits(gamma):
    """All (α, β) with α + β = γ."""
    alphas = np.ndindex(*(n + 1 for n in gamma))
    return [(alpha, tuple(g - n for g, n in zip(gamma, alpha))) for alpha in alphas]


def product(u, v, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    w = np.zeros_like(u)
    for gamma in alphas:
        for alpha, beta in splits(gamma):
            w[row[gamma]] += u[row[alpha]] * v[row[beta]]
    return w


def chain_term(gamma, z, s, row):
    q = next(i for i, n in enumerate(gamma) if n > 0)
    total = 0
    for alpha, beta in splits(gamma):
        if alpha[q] > 0:
            total = total + alpha[q] * z[row[alpha]] * s[row[beta]]
    return total / gamma[q]


def chain_rule(a_0, z, s, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    a = np.zeros_like(z)
    a[0] = a_0
    for gamma in alphas[1:]:
        a[row[gamma]] = chain_term(gamma, z, s, row)
    return a


def tanh_jets(z, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    a, s = np.zeros_like(z), np.zeros_like(z)
    a[0] = np.tanh(z[0])
    s[0] = 1 / np.cosh(z[0]) ** 2
    for gamma in alphas[1:]:
        a[row[gamma]] = chain_term(gamma, z, s, row)
        s[row[gamma]] = -sum(a[row[i]] * a[row[j]] for i, j in splits(gamma))
    return a, s


def transposed(s, a_bar, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    z_bar = np.zeros_like(a_bar)
    for gamma in alphas:
        for difference, beta in splits(gamma):
            z_bar[row[beta]] += s[row[difference]] * a_bar[row[gamma]]
    return z_bar


def unpack(theta, widths):
    layers = []
    for n_in, n_out in pairwise(widths):
        W, b, theta = np.split(theta, [n_in * n_out, n_in * n_out + n_out])
        layers.append((W.reshape(n_out, n_in), b))
    return layers


def passes(theta, widths, x, alphas):
    z = np.zeros((len(alphas), *x.shape))
    z[0] = x
    for i, alpha in enumerate(alphas):
        if sum(alpha) == 1:
            z[i] = alpha
    tape = []
    for n, (W, b) in enumerate(unpack(theta, widths)):
        a, s = tanh_jets(z, alphas) if n > 0 else (z, None)
        z = a @ W.T
        z[0] += b
        tape.append((W, a, s))
    return z, tape


def forward(theta, widths, x, alphas):
    u, _ = passes(theta, widths, x, alphas)
    return u


def backward(theta, widths, x, u_bar, alphas):
    _, tape = passes(theta, widths, x, alphas)
    z_bar, gradient = u_bar, []
    for W, a, s in tape[::-1]:
        W_bar = np.einsum("aij,aik->jk", z_bar, a)
        b_bar = z_bar[0].sum(axis=0)
        gradient = [W_bar.ravel(), b_bar, *gradient]
        a_bar = z_bar @ W
        z_bar = a_bar if s is None else transposed(s, a_bar, alphas)
    return np.concatenate(gradient)


def phi(r, p):
    return np.sign(r) * np.abs(r) ** (p - 1)


def residuals(theta, widths, x, target, alphas):
    u = forward(theta, widths, x, alphas)
    factorial = np.array([math.prod(math.factorial(n) for n in alpha) for alpha in alphas])
    return factorial[:, None, None] * u - target, factorial[:, None, None]


def loss(theta, widths, x, w, target, weights, p, alphas):
    r, _ = residuals(theta, widths, x, target, alphas)
    lam, w = weights[:, None, None], w[None, :, None]
    return (lam * w * np.abs(r) ** p).sum()


def gradient(theta, widths, x, w, target, weights, p, alphas):
    r, factorial = residuals(theta, widths, x, target, alphas)
    lam, w = weights[:, None, None], w[None, :, None]
    u_bar = factorial * lam * w * p * phi(r, p)
    return backward(theta, widths, x, u_bar, alphas)


def descend(gradient, theta, steps, learning_rate):
    path = [theta]
    for _ in range(steps):
        theta = theta - learning_rate * gradient(theta)
        path.append(theta)
    return path


def momentum(gradient, theta, steps, learning_rate, beta):
    path, v = [theta], 0 * theta
    for _ in range(steps):
        v = beta * v - learning_rate * gradient(theta)
        theta = theta + v
        path.append(theta)
    return path


def adam(gradient, theta, steps, learning_rate, beta1, beta2, epsilon):
    path, m, v = [theta], 0 * theta, 0 * theta
    for t in range(1, steps + 1):
        g = gradient(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
        path.append(theta)
    return path


def tensor(sides):
    nodes = np.meshgrid(*(x for x, _ in sides), indexing="ij")
    weights = np.ones(1)
    for _, w in sides:
        weights = np.outer(weights, w).ravel()
    return np.stack(nodes, axis=-1).reshape(-1, len(sides)), weights


def midpoint(bounds, n):
    sides = []
    for a, b in bounds:
        h = (b - a) / n
        sides.append((a + (np.arange(n) + 0.5) * h, np.full(n, h)))
    return tensor(sides)


def trapezoid(bounds, n):
    sides = []
    for a, b in bounds:
        h = (b - a) / (n - 1)
        w = np.full(n, h)
        w[[0, -1]] = h / 2
        sides.append((np.linspace(a, b, n), w))
    return tensor(sides)


def simpson(bounds, n):
    sides = []
    for a, b in bounds:
        h = (b - a) / (n - 1)
        w = np.where(np.arange(n) % 2 == 1, 4 * h / 3, 2 * h / 3)
        w[[0, -1]] = h / 3
        sides.append((np.linspace(a, b, n), w))
    return tensor(sides)


def gauss(bounds, n):
    t, c = np.polynomial.legendre.leggauss(n)
    sides = []
    for a, b in bounds:
        sides.append(((a + b) / 2 + t * (b - a) / 2, c * (b - a) / 2))
    return tensor(sides)
