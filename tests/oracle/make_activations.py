"""Make activations.json.gz: σ(z) and σ′(z) of every activation, by mpmath to 20 digits.

    pip install mpmath; python tests/oracle/make_activations.py

The points, both signs of each, are 0, near it, in the middle, and as far out as σ′ is a normal number.
"""

import gzip
import json
import random
from pathlib import Path

import mpmath as mp

REACH = {
    "gaussian": 26,
    "gelu": 36,
}  # where e^(−z²) and φ(z) leave the normal numbers; 340 for e^(−2|z|)


def g(z):
    return 1 / (1 + mp.exp(-z))


FUNCTIONS = {
    "tanh": (mp.tanh, lambda z: mp.sech(z) ** 2),
    "sin": (mp.sin, mp.cos),
    "sigmoid": (g, lambda z: g(z) * g(-z)),
    "softplus": (lambda z: mp.log1p(mp.exp(z)), g),
    "silu": (lambda z: z * g(z), lambda z: g(z) * (1 + z * g(-z))),
    "gelu": (lambda z: z * mp.ncdf(z), lambda z: mp.ncdf(z) + z * mp.npdf(z)),
    "gaussian": (lambda z: mp.exp(-z * z), lambda z: -2 * z * mp.exp(-z * z)),
}


def points(reach):
    """0, and ± numbers of every size up to `reach`."""
    draw = random.Random(0)
    sizes = [10.0**n for n in (-300, -150, -30, -16, -12, -9)]
    sizes += [10 ** draw.uniform(-6, 0) for _ in range(60)]
    sizes += [draw.uniform(0, far) for far in (0.2, 2, 8, 20) for _ in range(30)]
    sizes += [draw.uniform(20, 340) for _ in range(30)]
    return [0.0] + [sign * size for size in sizes if size < reach for sign in (1, -1)]


def main():
    mp.mp.dps = 400  # as 1 + tanh(−340) has 300 zeros
    made = {}
    for name, (f, slope) in FUNCTIONS.items():
        z = points(REACH.get(name, 341))
        exact = [[mp.nstr(h(mp.mpf(x)), 20) for x in z] for h in (f, slope)]
        made[name] = {"z": z, "value": exact[0], "slope": exact[1]}
    text = json.dumps(made).encode()
    Path(__file__).with_name("activations.json.gz").write_bytes(gzip.compress(text, mtime=0))


if __name__ == "__main__":
    main()
