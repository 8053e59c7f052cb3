from itertools import product

import numpy as np


def transposed(s, a_bar, alphas):
    row = {alpha: i for i, alpha in enumerate(alphas)}
    z_bar = np.zeros_like(a_bar)
    for gamma in alphas:
        for beta in product(*(range(n + 1) for n in gamma)):
            rest = tuple(g - b for g, b in zip(gamma, beta))
            z_bar[row[beta]] += s[row[rest]] * a_bar[row[gamma]]
    return z_bar


def affine_transposed(W, a, z_bar):
    return np.einsum("ano,ani->oi", z_bar, a), z_bar[0].sum(axis=0), z_bar @ W


def backward(tape, u_bar, alphas):
    z_bar, gradient = u_bar, np.zeros(0)
    for W, a, s in reversed(tape):
        W_bar, b_bar, a_bar = affine_transposed(W, a, z_bar)
        gradient = np.concatenate([W_bar.ravel(), b_bar, gradient])
        z_bar = transposed(s, a_bar, alphas)
    return gradient
