"""A study that nobody ran: log errors drawn at random about means that a test chooses."""

from functools import cache

import numpy as np

from sobolev_ref.claims.parts import PAIRS, QUANTITIES, Run
from sobolev_ref.claims.table import Table

SEEDS = dict.fromkeys(PAIRS, 12)


def nothing(part, case, arm, quantity):
    return 0.0


def made_up(shift=nothing, spread=nothing, seeds=SEEDS):
    """Runs whose log error is a seed's common part, `shift`, and noise of the size 0.01 + `spread`."""
    runs = {}
    for i, (part, pairs) in enumerate(PAIRS.items()):
        n = seeds[part]
        for case, arm in pairs:
            common = np.random.default_rng([i, *case.encode()]).normal(-3, 0.5, (n, 1))
            noise = np.random.default_rng([i, *f"{case}, {arm}".encode()])
            scale = [0.01 + spread(part, case, arm, name) for name in QUANTITIES]
            logs = common + noise.normal(size=(n, len(QUANTITIES))) * scale
            errors = np.exp(logs + [shift(part, case, arm, name) for name in QUANTITIES])
            for seed in range(n):
                found = dict(zip(QUANTITIES, errors[seed].tolist()))
                runs[Run(part, case, arm, seed)] = found | {"failed": 0.0}
    return runs


def table(*arguments, **options):
    return Table(made_up(*arguments, **options))


@cache
def usual():
    """The study in which nothing is shifted, which no test changes."""
    return table()
