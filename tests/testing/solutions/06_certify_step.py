import numpy as np


def descend(gradient, theta, steps, learning_rate):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1]))
    return np.array(path)


def lipschitz(Phi):
    return 2 * np.linalg.norm(Phi, 2) ** 2


def promised_gain(learning_rate, L, g):
    return learning_rate * (1 - L * learning_rate / 2) * np.sum(g**2)


def certified_descent(Phi, y, theta, steps):
    path = descend(lambda t: 2 * Phi.T @ (Phi @ t - y), theta, steps, 1 / lipschitz(Phi))
    return path[-1], np.sum((path @ Phi.T - y) ** 2, axis=1)
