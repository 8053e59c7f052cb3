"""Published problems with derivatives: this package against its peers, by one command.

    python -m pip install -e ".[bench]" && python -m benchmarks.data

Read, in this order: `problem` (what a problem is), `formulas`, `pricing`, `tables` and `problems` (which
there are), `contenders` (what the user of each package writes), `scores`, `trials` (each fit in a process of
its own), `intervals` (what those of the regressor hold), `page` (tables, counts and the figure), `__main__`.

>>> from benchmarks.data.problems import PROBLEMS
>>> train, test = PROBLEMS["water flow"].draw(seed=0)
>>> train.x.shape, train.y.shape, train.slopes.shape, test.x.shape
((80, 8), (80, 1), (80, 1, 8), (1000, 8))
"""
