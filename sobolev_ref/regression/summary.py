"""The print of a regressor: how it was made, what was measured, and what was chosen and learnt."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._typing import Array
from ..data.standardizer import Standardizer
from ..data.tables import below
from .balance import Terms
from .measurements import Data
from .names import Key, Names
from .training import Trained
from .unseen import changes, kept, unseen

BEYOND = 3.0  # times the noise that was given, above which what is left contradicts it
EXPLAINED, SLIGHT = 0.1, 1e-8  # of the squares, and a size that is rounding
MET, LOST = 0.1, 0.5  # of its size, the learnt noise of a term that is met, and of one that is not
FREE, LEFT = 3, 0.1  # numbers, and their share, of which fewer do not tell the noise


def told(
    data: Data, bare: Array, names: Names, free: Array, scaler: Standardizer, is_affine: bool
) -> dict[str, Any]:
    """What the print says of data: numbers, names and lists, which a file can keep.

    Nothing was measured at the points `bare`, (n, d); `free` says of which outputs no value is known, (m,).
    """
    points = scaler.nodes(np.concatenate([data.x, bare]))
    found = unseen(data.scaled(scaler), points[len(data.x) :], is_affine)
    return {
        "points": len(data.x),
        "counts": {
            names.of(key, j): int(n)
            for key, array in data.numbers.items()
            for j, n in enumerate((~np.isnan(array)).sum(axis=0))
        },
        "free": [names.outputs[j] for j in np.flatnonzero(free)],
        "bounds": np.stack([data.x.min(axis=0), data.x.max(axis=0)], axis=1).tolist(),
        "unseen": kept(found),
        "lost": changes(found, names, points),
    }


def in_units(sizes: Mapping[Key, Array], scaler: Standardizer) -> dict[Key, Array]:
    """Sizes of scaled values and derivatives in the caller's units, shape (m,) each (S1)."""
    return {
        key: size * (scaler.y_scale if isinstance(key, str) else 1 / scaler.factor(key))
        for key, size in sizes.items()
    }


def summary(
    names: Names, scaler: Standardizer, trained: Trained, told: Mapping[str, Any]
) -> list[str]:
    """Its lines, each with a word for what stands in it."""

    def kind(key: Key) -> str:
        return key if isinstance(key, str) else below(key, names.inputs) or "values"

    moments = zip(
        names.inputs + names.outputs,
        np.r_[scaler.x_shift, scaler.y_shift],
        np.r_[scaler.x_scale, scaler.y_scale],
    )
    noise = {
        names.of(key, j): tau[j]
        for key, tau in in_units(trained.noise, scaler).items()
        for j in range(len(names.outputs))
    }
    counts = told["counts"]
    mu, n = np.unique(trained.ridge), trained.starts
    free = bool(len(mu) > 1 and mu[0] == 0)  # of constants
    mu = mu[int(free) :]
    starts = "one start" if n == 1 else f"the best of {n} starts"
    rows = {
        "data": f"{told['points']} points; "
        + ", ".join(f"{name} {n}" for name, n in counts.items()),
        "network": f"{'-'.join(map(str, trained.net.widths))}, {trained.net.activation.name}: "
        f"{trained.net.n_parameters} parameters for {sum(counts.values())} numbers",
        "scaling": ", ".join(f"{name} {m:.3g} ± {sigma:.3g}" for name, m, sigma in moments),
        "weights": ", ".join(f"{kind(key)} {lam:.3g}" for key, lam in trained.weights.items()),
        "noise": ", ".join(f"{name} {tau:.3g}" for name, tau in noise.items() if counts.get(name)),
        "ridge": f"{mu[0]:.3g}"
        + (f" to {mu[-1]:.3g}, by groups of parameters" if len(mu) > 1 else "")
        + ", none of constants" * free,
        "method": f"{trained.method} from {starts}",
        "stop": f"iteration {trained.n_iter}, {trained.stop}",
    }
    if too_few_are_left(trained, told):
        rows["certainty"] = "none: too few numbers are left that tell the noise"
    if told["lost"]:
        rows["unseen"] = told["lost"]
    if told["free"]:
        rows["constant"] = (
            f"no value of {', '.join(told['free'])} is known; the mean over the points is 0"
        )
    return [f"  {word:9} {row}" for word, row in rows.items()]


def too_few_are_left(trained: Trained, told: Mapping[str, Any]) -> bool:
    """Whether so many numbers went into θ that the others do not tell the noise, nor any deviation."""
    return bool(trained.freedom < max(FREE, LEFT * sum(told["counts"].values())))


def written(params: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """The call that makes a regressor of these parameters, without the usual ones, and with data as shapes.

    Examples
    --------
    >>> usual = dict.fromkeys(["hidden", "starts", "validation"])
    >>> written({**usual, "hidden": 8, "validation": (np.ones((9, 2)), [1] * 9)}, usual)
    'SobolevRegressor(hidden=8, validation=(ndarray (9, 2), list))'
    """

    def text(name: str, value: Any) -> str:
        if name != "validation" or not isinstance(value, tuple):
            return repr(value)
        kinds = (f"{type(part).__name__} {getattr(part, 'shape', '')}".strip() for part in value)
        return f"({', '.join(kinds)})"

    texts = {name: text(name, value) for name, value in params.items()}
    changed = [f"{name}={shape}" for name, shape in texts.items() if shape != repr(usual[name])]
    return f"SobolevRegressor({', '.join(changed)})"


def unexplained(terms: Terms, theta: Array, names: Names) -> str:
    """What to say where of some numbers, about their mean or 0, nearly nothing is explained; else nothing.

    Those of the size of rounding explain themselves.
    """
    alone = terms.alone
    whole = alone.counts * alone.sizes**2
    nothing = (alone.squares(theta) > (1 - EXPLAINED) * whole) & (alone.sizes > SLIGHT)
    if not nothing.any():
        return ""
    told = [names.of(*alone.pairs[i]) for i in np.flatnonzero(nothing)]
    return (
        f"noise: of {', '.join(told)} less than a tenth of the squares is explained: it is noise by what was "
        "learnt, or too few numbers, or the fit ended in a poor optimum; take more starts=…, or give fit "
        "noise=…, or alpha=…"
    )


def neglected(terms: Terms, trained: Trained, names: Names) -> str:
    """What to say where one of several kinds of data is noise by what was learnt; nothing where none is.

    A run that a limit ended may have met nothing yet.
    """
    alone = terms.alone
    shares = {
        names.of(key, j): float(trained.noise[key][j]) / size
        for (key, j), size in zip(alone.pairs, alone.sizes)
    }
    lost = max(shares.values()) > LOST and len(terms.keys) > 1
    if not lost or not (trained.success or min(shares.values()) < MET):
        return ""
    told = ", ".join(f"of {name} {share:.2g}" for name, share in shares.items())
    return (
        f"noise: what was learnt, over the size of the data themselves, is {told}: values and derivatives "
        "contradict each other, or one is noise, or the fit ended in a poor optimum; take more starts=…, or "
        "give fit noise=…, or alpha=…"
    )


def contradicted(given: Mapping[Key, Array], left: Mapping[Key, Array], names: Names) -> str:
    """What to say where far more is left than the noise that was given, (m,) each; nothing where it is not.

    Examples
    --------
    >>> given, left = {(1,): np.array([0.1, np.nan])}, {(1,): np.array([0.4, 9.0])}
    >>> contradicted(given, left, Names(("x",), ("u", "v"), True, False))[:49]
    'noise: got 0.1 of du/dx, where the fit leaves 0.4'
    """
    told = []
    for key, tau in given.items():
        j = int(np.nanargmax(left[key] / tau))  # the worst output
        if left[key][j] > BEYOND * tau[j]:
            told.append(
                f"{tau[j]:.3g} of {names.of(key, j)}, where the fit leaves {left[key][j]:.3g}"
            )
    if not told:
        return ""
    return (
        f"noise: got {', '.join(told)}: values and derivatives contradict each other, or the noise is "
        "larger, or the fit ended in a poor optimum, or its network is too small; take another noise=…, "
        "more starts=… or max_iter=…, or more units, hidden=…"
    )
