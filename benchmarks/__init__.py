"""Benchmarks: the package against PyTorch, JAX, JENN and the bare matrix products.

    python -m pip install -e ".[bench]" && python -m benchmarks --both

times one loss-and-gradient in float64 for every row of `problems.ROWS`, the growth of that time
with N, width, depth, k and d, epochs of mini-batches, and whole trainings. The results stand in a folder for
each kind of processor; with `--both` a child process that leaves AVX-512 alone measures the other kind. The
modules, in reading order: `environment`, `problems`, `contender`, `ours`, `in_torch`, `in_jax`, `in_jenn`,
`limit`, `timing`, `comparison`, `scaling`, `batches`, `training`, `report`, `sections`, `page`, `__main__`.

What is compared is stated where it is done, and holds for every contender: the same nodes, data and
θ, float64, the same number of threads, results checked against ours to 1e-10 before any clock runs,
and the fastest of several ways to write the loss in a framework, chosen row by row.
"""
