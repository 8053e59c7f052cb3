from itertools import product

import numpy as np


def affine(W, b, a):
    z = a @ W.T
    z[0] = z[0] + b
    return z


def splits(gamma):
    alphas = product(*(range(n + 1) for n in gamma))
    return [(alpha, tuple(g - a for g, a in zip(gamma, alpha))) for alpha in alphas]


def coefficient(gamma, z, s, row):
    q = next(q for q, n in enumerate(gamma) if n > 0)
    terms = [a[q] * z[row[a]] * s[row[b]] for a, b in splits(gamma) if a[q] > 0]
    return sum(terms) / gamma[q]


def chain(a_0, z, s, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    return np.array([a_0, *(coefficient(gamma, z, s, row) for gamma in alphas[1:])])


def tanh(z, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    e = np.exp(-2 * np.abs(z[0]))
    a, s = np.zeros_like(z), np.zeros_like(z)
    a[0], s[0] = np.tanh(z[0]), 4 * e / (1 + e) ** 2
    for gamma in alphas[1:]:
        i = row[gamma]
        a[i] = coefficient(gamma, z, s, row)
        s[i] = -sum(a[row[u]] * a[row[v]] for u, v in splits(gamma))
    return a, s
