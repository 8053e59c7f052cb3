import numpy as np


def midpoint(bounds, n):
    ((a, b),) = bounds
    h = (b - a) / n
    return (a + (np.arange(n) + 0.5) * h)[:, None], np.full(n, h)


def trapezoid(bounds, n):
    ((a, b),) = bounds
    weights = np.full(n, (b - a) / (n - 1))
    weights[[0, -1]] /= 2
    return np.linspace(a, b, n)[:, None], weights


def gauss_legendre(bounds, n):
    t, v = np.polynomial.legendre.leggauss(n)
    half = np.diff(bounds, axis=1)[:, 0] / 2
    nodes = np.meshgrid(*[a + h * (t + 1) for (a, _), h in zip(bounds, half)], indexing="ij")
    weights = np.meshgrid(*[h * v for h in half], indexing="ij")
    return np.stack(nodes, -1).reshape(-1, len(bounds)), np.prod(weights, axis=0).ravel()
