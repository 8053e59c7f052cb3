import numpy as np


def residuals(theta, x, w, weights, target):
    a, b = theta
    t = np.tanh(b * x)
    u = np.stack([a * t, a * b * (1 - t**2)])
    return (np.sqrt(np.outer(weights, w)) * (u - target)).ravel()


def jacobian(theta, x, w, weights):
    a, b = theta
    t = np.tanh(b * x)
    s = 1 - t**2
    columns = np.array([[t, b * s], [a * x * s, a * s - 2 * a * b * x * t * s]])
    return (np.sqrt(np.outer(weights, w)) * columns).reshape(2, -1).T


def gauss_newton_step(r, J):
    return np.linalg.lstsq(J, -r, rcond=None)[0]


def damped_step(r, J, mu):
    P = J.shape[1]
    rows = np.vstack([J, np.sqrt(mu) * np.eye(P)])
    return np.linalg.lstsq(rows, -np.append(r, np.zeros(P)), rcond=None)[0]


def levenberg_marquardt(theta, x, w, weights, target, trials, mu):
    r = residuals(theta, x, w, weights, target)
    losses = [r @ r]
    for _ in range(trials):
        trial = theta + damped_step(r, jacobian(theta, x, w, weights), mu)
        r_trial = residuals(trial, x, w, weights, target)
        if r_trial @ r_trial < losses[-1]:
            theta, r, mu = trial, r_trial, mu / 2
        else:
            mu = 2 * mu
        losses.append(r @ r)
    return np.array(losses)
