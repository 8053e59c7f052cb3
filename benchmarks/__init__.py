"""Benchmarks: the package against PyTorch, JAX, JENN and the bare matrix products.

    python -m pip install -e ".[bench]" && python -m benchmarks

times one loss-and-gradient in float64 for every row of `problems.ROWS`, the growth of that time
with N, width, depth, k and d, epochs of mini-batches, and whole trainings, and prints and saves the
tables. The modules, in reading order: `environment`, `problems`, `contender`, `ours`, `in_torch`,
`in_jax`, `in_jenn`, `limit`, `timing`, `comparison`, `scaling`, `batches`, `training`,
`report`, `sections`, `__main__`.

What is compared is stated where it is done, and holds for every contender: the same nodes, data and
θ, float64, the same number of threads, results checked against ours to 1e-10 before any clock runs,
and the fastest of several ways to write the loss in a framework, chosen row by row.
"""
