import math

import numpy as np


def phi(r, p):
    return np.sign(r) * np.abs(r) ** (p - 1)


def factorials(alphas):
    return np.array([math.prod(map(math.factorial, a)) for a in alphas], float)[:, None, None]


def value(u, target, w, weights, p, alphas):
    r = factorials(alphas) * u - target
    return np.sum(weights[:, None, None] * w[:, None] * np.abs(r) ** p)


def u_bar(u, target, w, weights, p, alphas):
    factor = factorials(alphas)
    return factor * weights[:, None, None] * w[:, None] * p * phi(factor * u - target, p)
