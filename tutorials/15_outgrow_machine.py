# %% [markdown]
# # 15. Outgrow one machine
#
# **Question.** A loss over a million nodes needs gigabytes, and seconds a step. How does it fit?
# And what do more machines gain?
#
# **The paper.** Both gradients of its Algorithm 1 are sums over the nodes, Σ_i (something of x_i
# alone), like the loss itself.
#
#     L(θ) = Σ_i w_i ℓ(θ, x_i),     ∇L(θ) = Σ_i w_i ∇ℓ(θ, x_i)                                 (1)
#
# **You will see.** Memory by block size and N; which bits change with the order of a sum; bytes
# that travel; the best number of machines, from the times of a node, a byte and a message.
#
# **You will do.** Add a loss up by blocks and in other orders, and predict the time that more
# machines take.
#
# **You will need.** Tutorial 02: [rules](../docs/glossary.md). Tutorials 03 and 04: jets, and the
# two passes. A [block](../docs/glossary.md) is some of the nodes. 35 minutes.

# %%
import pickle
import tracemalloc
from time import perf_counter

import numpy as np

import sobolev_ref as sr
from sobolev_ref.plots import figure, label_ends, line_style, save_figure

# %% [markdown]
# ## How large is one pass?
#
# In a layer of n units a jet with A coefficients at N nodes is an array (A, N, n), and the backward
# pass needs two, a and s (tutorial 04). For d = k = 2 there are A = 6. Take the widths (2, 64, 64,
# 1). (An evaluation takes about twice as much, for what is on the way.)


# %%
def jet_bytes(N, n, d, k):
    """Bytes of one jet of a layer: 8 A N n."""
    return 8 * len(sr.multi_indices(d, k)) * N * n


a_million = 2 * 2 * jet_bytes(10**6, 64, d=2, k=2)  # a and s of two hidden layers
print(f"N = 10⁶: {a_million / 1e9:.0f} GB; N = 256: "
      f"{2 * 2 * jet_bytes(256, 64, 2, 2) / 1e6:.0f} MB")
np.testing.assert_equal(a_million, 4 * 8 * 6 * 10**6 * 64)

# %% [markdown]
# ## Cut the sum
#
# (1) may be summed in blocks of B nodes: work out a block, add value and gradient to what is there,
# forget the rest. Memory is then that of a block. A block is nothing but a smaller rule:


# %%
def by_blocks(loss, theta, B):
    """Value and gradient of (1), B nodes at a time."""
    value, gradient = 0.0, np.zeros(len(theta))                              # (P,)
    for start in range(0, len(loss.rule), B):
        part = loss.batch(np.arange(len(loss.rule))[start : start + B])
        v, g = part(theta)
        value, gradient = value + v, gradient + g                            # (1)
    return value, gradient


def problem(N, **options):
    """A loss over N nodes of the square, and a θ."""
    net, rule = sr.MLP((2, 32, 32, 1)), sr.monte_carlo([(0, 1), (0, 1)], N, rng=0)
    loss = sr.SobolevLoss(net, lambda x, y: np.sin(3 * x) * y, rule, order=2, **options)
    return loss, net.init(0)


loss, theta = problem(3000)
(value, gradient), (v, g) = by_blocks(loss, theta, 100), loss(theta)
package_error = max(abs(value / v - 1), np.abs(gradient - g).max() / np.abs(g).max())
print(f"30 blocks by hand against the package: {package_error:.0e}")
np.testing.assert_array_less(package_error, 1e-13)

# %% [markdown]
# The package cuts by itself, so that a jet takes 1 MB and stays in the processor's cache; `block=`
# overrides it. Python can tell what an evaluation allocates beyond nodes and targets, which are
# there already:


# %%
def peak(N, block):
    """Megabytes allocated by one evaluation."""
    loss, theta = problem(N, block=block)
    tracemalloc.start()
    loss(theta)
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return megabytes


counts = np.array([500, 1000, 2000, 4000, 8000])
memory = {block: np.array([peak(N, block or N) for N in counts]) for block in (0, 256)}
for N, whole, small in zip(counts, memory[0], memory[256]):
    print(f"N = {N:5}: in one block {whole:6.1f} MB, in blocks of 256 {small:4.1f} MB")
power = np.polyfit(np.log(counts), np.log(memory[0]), 1)[0]
print(f"one block: memory grows as N^{power:.2f}")
np.testing.assert_allclose(power, 1, atol=0.1)
np.testing.assert_array_less(memory[256], 1.2 * memory[256][0])

# %% [markdown]
# ## The order of a sum
#
# Numbers of 53 bits do not add associatively, (a + b) + c ≠ a + (b + c) in the last bit. So another
# block size rounds in another way. Another number of workers must not, or no run could be repeated.
# The package fixes the blocks, and adds their results in their order, whoever made them.
# `workers` takes a number of threads, or anything that maps a function over a list:


# %%
def backwards(function, items):
    """A map that works from the last item to the first."""
    return [function(item) for item in reversed(items)][::-1]


ways = {
    "blocks of 256": {"block": 256},
    "two threads": {"block": 256, "workers": 2},
    "backwards": {"block": 256, "workers": backwards},
    "blocks of 100": {"block": 100},
}
found = {name: problem(3000, **options)[0](theta) for name, options in ways.items()}
first, slope = found["blocks of 256"]                      # (), (P,)
changed = {}                                               # entries with other bits
for name, (v, g) in found.items():
    changed[name] = int(np.sum(g != slope))
    print(f"{name:14} L = {v!r}; {changed[name]} of {len(g)} entries of ∇L", end=" ")
    print(f"differ, by {np.abs(g - slope).max() / np.abs(slope).max():.0e} at most")
    np.testing.assert_allclose(g, slope, rtol=1e-9, atol=1e-14 * np.abs(slope).max())
np.testing.assert_equal([changed["two threads"], changed["backwards"]], [0, 0])
np.testing.assert_array_less(0, changed["blocks of 100"])

# %% [markdown]
# ## What travels
#
# Threads share memory; machines do not. `multiprocessing.Pool(2).map` is a map as well, but at
# every call it sends the function, which holds the nodes and targets. `loss.split(M)` makes M
# losses that add up to the loss, each with its own nodes. They travel once; then θ goes out at each
# step, and 1 + P numbers come back. A wire turns things to bytes and back, and counts the bytes:

# %%
bytes_sent = 0


def wire(thing):
    """The same thing on another machine."""
    global bytes_sent
    data = pickle.dumps(thing)
    bytes_sent += len(data)
    return pickle.loads(data)


def pool_map(function, items):
    """A map as of a pool: function and item go out, the result comes back."""
    return [wire(far(there)) for far, there in (wire((function, it)) for it in items)]


pooled, theta = problem(3000, block=256, workers=pool_map)
pooled_value, M, P = pooled(theta)[0], 4, len(theta)
by_pool, bytes_sent = bytes_sent, 0
machines = [wire(part) for part in loss.split(M)]          # once
by_split, bytes_sent = bytes_sent, 0
answers = [wire(part(wire(theta))) for part in machines]   # every step
by_step = bytes_sent
split_value = sum(v for v, _ in answers)
share = by_step / (8 * M * (2 * P + 1))
print(f"a pool sends {by_pool / 1e3:.0f} kB a step")
print(
    f"{M} parts send {by_split / 1e3:.0f} kB once, then {by_step / 1e3:.0f} kB a step,",
    end=" ",
)
print(f"{share:.2f} of 8 M (2P + 1) bytes")
np.testing.assert_equal(pooled_value, first)
np.testing.assert_allclose(split_value, first, rtol=1e-14)
np.testing.assert_allclose(share, 1, atol=0.1)
np.testing.assert_array_less(10 * by_step, by_pool)

# %% [markdown]
# ## How many machines?
#
# Let a node take t_n seconds, a byte on the way t_b, and a message there and back t_m, whatever is
# in it. One machine talks to the M others in turn, of 16P bytes each time, θ out and ∇L back. So a
# step takes
#
#     T(M) = t_n N/M + (16 P t_b + t_m) M,      T′(M) = −t_n N/M² + 16 P t_b + t_m = 0          (2)
#     M* = √(t_n N/(16 P t_b + t_m)),           T(M*) = 2 √(t_n N (16 P t_b + t_m))
#
# In words: share the work until the talk costs as much. Beyond M* more machines make it slower.
# t_n is measured here; for the wire take 1 GB/s and a millisecond.


# %%
def seconds(M, N, P, t_n, t_b=1e-9, t_m=1e-3):
    """(2)."""
    return t_n * N / M + (16 * P * t_b + t_m) * M


def best(N, P, t_n, t_b=1e-9, t_m=1e-3):
    """M* of (2)."""
    return np.sqrt(t_n * N / (16 * P * t_b + t_m))


begin = perf_counter()
for _ in range(5):
    loss(theta)
t_n = (perf_counter() - begin) / (5 * len(loss.rule))
print(f"t_n = {1e6 * t_n:.0f} µs a node")
for N in (10**4, 10**6, 10**8):
    star = best(N, P, t_n)
    least = seconds(star, N, P, t_n)
    print(f"N = {N:9}: one machine {t_n * N:8.2f} s;", end=" ")
    print(f"best {star:6.1f} machines, {least:.3f} s")
    np.testing.assert_array_less(least, seconds(star * np.array([0.9, 1.1]), N, P, t_n))
    np.testing.assert_allclose(least, 2 * t_n * N / star, rtol=1e-12)

# %%
fig, (above, below) = figure(rows=2, width=5.0, height=3.2)
above.loglog(counts, memory[0], label="one block", **line_style(0))
above.loglog(counts, memory[256], label="blocks of 256", **line_style(1))
above.set(xlabel="nodes N", ylabel="peak of one evaluation [MB]", xlim=(400, 10_000),
          title="blocks bound the memory")
above.set_xticks(counts, map(str, counts))
above.set_yticks([5, 10, 20, 50, 100], ["5", "10", "20", "50", "100"])
above.minorticks_off()
label_ends(above)
many = np.geomspace(1, 1000, 200)
for i, N in enumerate((10**8, 10**6, 10**4)):
    below.loglog(many, seconds(1, N, P, 1e-5) / seconds(many, N, P, 1e-5),
                 label=f"$N = 10^{int(np.log10(N))}$", **line_style(i, marker=False))
below.loglog(many, many, color="0.5", linewidth=3, zorder=0, label="M times as fast")
below.set(xlabel="machines M", ylabel="T(1) / T(M), for 10 µs a node", ylim=(0.1, 3000),
          title="machines pay while nodes are many")
label_ends(below)
save_figure(fig, "output/tutorial_15_machines.png")

# %% [markdown]
# ## The same lines on a cluster
#
# `sobolev_ref.losses.distributed` is `machines` and `answers` with a cluster for a wire and a retry
# for workers that are lost. On Dask one client holds the optimiser; on MPI every process, or rank,
# runs the same program, and sums go along a tree, in pairs, then pairs of pairs: one waits for
# log₂ M messages, not M.
#
# ```python
# far = dask_loss(loss, dask.distributed.Client("scheduler:8786"))   # or
# far = mpi_loss(loss, mpi4py.MPI.COMM_WORLD)
# fit = minimize(far, theta, jac=True, method="L-BFGS-B")
# ```
#
# ## What you can do now
#
# 1. Why may a loss be cut into blocks of nodes?
# 2. Which bits change with the size of the blocks, and why not with the number of threads?
# 3. What travels at each step if the nodes are sent once?
# 4. How does the best number of machines grow with N?
# 5. What is equal at the best number of machines?
#
# <details><summary>Answers</summary>
#
# 1. Loss and gradient are sums over the nodes.
# 2. The last ones: another order of a sum rounds in another way. Threads keep the order of blocks.
# 3. θ out, and the value and the gradient back: 2P + 1 numbers for each machine.
# 4. Like √N.
# 5. The time of the work and the time of the talk.
#
# </details>
#
# ## Exercises
#
# 1. Add 10⁶ random numbers of (0, 1) one after the other, in blocks of 1000, and exactly
#    (`math.fsum`). Which is closer, and why?
# 2. On a tree whose vectors are sent in pieces one behind the other, M no longer multiplies their
#    bytes: T(M) = t_n N/M + 32 P t_b + 2 t_m log₂ M. Find the best M, and compare it with (2) for
#    N = 10⁸ and t_n = 10 µs.
# 3. Write a map that survives: it asks a machine that raises OSError again, at most three times.
#    Let every fifth call fail, and show that the loss has the same bits.
#
# Worked answers: [answers/15_outgrow_machine.py](answers/15_outgrow_machine.py).
#
# **What was simplified.** Machines of equal speed, one message at a time. Batches (`batch_size` of
# `adam`) are the other way out: less work for a step instead of more machines for it.
#
# **Further reading.** N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, chapter
# 4: the order of a sum. W. Gropp, E. Lusk and A. Skjellum, *Using MPI*, 2014. G. M. Amdahl,
# *Validity of the Single Processor Approach to Achieving Large Scale Computing Capabilities*, 1967.
#
# **Next:** 16_weigh_frequencies, on which frequencies a loss learns first.
