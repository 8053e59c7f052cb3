import math
from itertools import product

import numpy as np


def variables(x, alphas):
    jet = np.zeros((len(alphas), *x.shape))
    for row, alpha in zip(jet, alphas):
        if sum(alpha) == 0:
            row[:] = x
        if sum(alpha) == 1:
            row[:] = alpha
    return jet


def splits(gamma):
    alphas = product(*(range(n + 1) for n in gamma))
    return [(alpha, tuple(g - a for g, a in zip(gamma, alpha))) for alpha in alphas]


def times(u, v, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    return np.array([sum(u[row[a]] * v[row[b]] for a, b in splits(gamma)) for gamma in alphas])


def derivatives(u, alphas):
    factorials = [math.prod(map(math.factorial, alpha)) for alpha in alphas]
    return u * np.array(factorials, float)[:, None, None]
