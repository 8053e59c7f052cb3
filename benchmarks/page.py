"""`benchmarks.md`: all kinds of processor side by side, from the CSV files in the folders of `results`.

The goals are ratios, the peer's time over ours. PyTorch and JENN are to take at least as long as this package
on AVX2 and 1.3 times as long with AVX-512. JAX, whose compiler fuses what NumPy does in separate passes, has
a goal for each class of rows, in `goal`. With at least 64 units and 4096 nodes, this package is to take at
most 1.5 times the limit on AVX2, 1.4 times with AVX-512.
"""

import ast
import csv
from pathlib import Path

from . import batches, training
from .comparison import PEERS
from .report import BATCHES_COLUMNS, TRAINING_COLUMNS, Cell, markdown

Record = dict[str, str]
NUMBERS = ("sobolev_ref ms", *(f"{peer} ms" for peer in PEERS), "limit ms", "ours / limit")
READING = """\
Median milliseconds of one loss and its gradient, float64, contenders interleaved in one process, by the
processor's time. The peers' results agree with ours to 1e-10, as checked before timing; by which of its ways
each is fastest, and its deviation, is in rows.csv. "ours / limit" is our time over that of the bare matrix
products and activation evaluations (`benchmarks/limit.py`)."""
RATIOS = """\
The peer's time over ours: above 1 this package is faster. Where a goal (`benchmarks/page.py`) was not
reached, it stands behind. "JAX / limit" is what a loss of NumPy's products and activation evaluations and
nothing else (`benchmarks/limit.py`) would reach.

Why goals were not reached, in the runs of November 2026. There avx2 is a processor with AVX-512 that was left
alone. Where "without AVX-512" stands, it is an older one that has none: there NumPy's tanh takes 17 ns a
number in place of 4, its exp 5.7 in place of 3. It was shared, so that ratios vary by 5 %. Shares are of the
processor's time. By the code of now PyTorch took there 0.97 (sigmoid), 1.05 ((2,64,64,1), k = 1) and 1.1 to
3.1 times our time, on eleven rows with k = 1, JENN 1.3 and more, JAX 1.3 on (1,256,256,1), 1.7 on
(3,64,64,3), 0.42 on (1,32,1) and 0.55 to 0.85 on the others; with 4096 nodes ours / limit was 1.15 to 1.32.

- PyTorch and JAX, sigmoid: NumPy's exp takes one number at a time on AVX2, 3 ns each; 0.99 and 1.0 differ by
  less than two runs do. Without AVX-512 products take 0.39 of a loss, exp and the quotient 0.22, the rows of
  a and s 0.20. By tanh(z/2) it takes 1.10 of its time, with values written in place 0.97.
- JAX, where a loss is short: its compiler fuses what NumPy does in passes over the block, 0.2 ns a number
  each. No single one that could still be saved comes to 10 % of (1,50,50,1), k = 1: the outer products with
  the first and the last W are 2 % each by their own time, the sum for b is 0.5 % a layer. With the nodes
  last all products together take 0.97 of their time at width 50 and 0.85 at 64 with AVX-512, and as long on
  AVX2: 2 and 11 % of the loss on one kind, for which every pass would have to be turned. At 200 and 1000
  nodes tanh takes 0.30 and 0.37 without AVX-512, products 0.30 and 0.38; by the reverse road a loss takes
  0.97 to 1.03 of its time.
- JAX, (1,32,1): of 0.075 ms with AVX-512 the NumPy calls, one after the other without a function around
  them, take 0.058; the fewest that were found for this network alone take 0.042, as long as JAX. A recording
  of the calls was not built: what depends on the numbers, such as where tanh is near 0, would be in it. With
  the jet of x and the factor of ū kept for all evaluations, and one einsum for the sums of r², it takes 0.95
  of its time without AVX-512, and (1,50,50,1), N = 200, 1.01.
- JAX, k = 3 and 4: half of the time is products, a third the sums of products of jets. Those by `np.einsum`,
  in place of a product and a sum a term, would save 2 % of the loss at k = 4.
- JAX, gelu: SciPy's ndtr takes 3.3 ns a number, a quarter of the loss, and the limit takes longer than JAX.
  With s from its own derivative t, ∂s = t ∂z, a loss takes 0.94 to 0.98 of its time at k = 1, 1.04 at k = 4.
- JAX, k = 1 and 2 on AVX2: the limit itself, NumPy's products and one activation, takes more time. It does
  not for (1,256,256,1), whose goal is 1.06 times the limit, and (7,20,20,20,20,1), where 0.73 and 0.75
  differ by less than two runs do. Of that one's time without AVX-512 products take 0.3, exp 0.13, σ″ 0.14.
  Its exp(−a) has no copies since this table, and the loss takes 0.92 of its time; with s(1 − s), which loses
  its digits for large z, it would take 0.82.
- The limit, with AVX-512: of 6.4 ms of (2,64,64,1), k = 1, products take 3.5, tanh 0.4, its slope with all
  digits in the tails another 0.5, and the rest are passes over the block, 0.11 each for both layers. Of
  blocks of 128 to 1024 nodes, tried on eight rows, the best for each would save up to 8 %, none on all.
- The limit, (3,64,64,3), whose tables are from before: on the forward road products took half of the time
  without AVX-512, tanh 0.27, the rows of a and s 0.12. The reverse road, whose first step is now one product
  with both last W, takes 0.83 to 0.90 of it, and is taken where a layer has 64 units: ours / limit is 1.2 to
  1.3 there, where the forward road had 1.4.
- The limit, (10,64,64,1), and (2,64,64,1), k = 1: without AVX-512 products take half of the time, tanh 0.30
  and 0.33, the passes of jets 0.13. That first step saves three of these: the losses take 0.94 to 0.98 and
  0.97 to 1.02 of their time. The limit has NumPy's tanh; without AVX-512 one exp would do for a third of
  that, and the limit of both would be 0.7 to 0.75 of itself.
- The limit, k = 2: of (2,64,64,1) without AVX-512 products take 0.48, the rows of a and s 0.15, tanh 0.15,
  the transposed ones 0.12, of (3,64,64,1) 0.52, 0.05, 0.11 and 0.14, and the sweep's products of jets 0.07;
  with sin σ takes 0.29, with gelu 0.40, a quarter of it ndtr and exp. By the reverse road (2,64,64,1) takes
  1.00 of its time.
- The README's first command, for which half of its time was the goal, takes 0.96 to 1.03 of it on both
  kinds. Of 3.4 s with AVX-512 imports take 0.5, figures 0.7, and 10,000 steps of Adam 2.1: 0.14 ms for a
  loss, of which the limit is 0.05, and 0.07 for Adam, its loop and the callback. At the limit it would take
  0.7 of its time."""


SCALING = """\
Here avx2 is a processor that has no AVX-512, as 20 other processes used it too: tanh takes NumPy 17 ns a
number. At k = 1 PyTorch takes 0.87 to 1.6 times our time by N, less than ours from 2,000 nodes on, 0.94 to
1.9 by width, and 1.01 to 1.3 by depth and d. avx512 is from the first of the runs of November 2026, before
tanh's slope came from cosh."""


def read(path: Path) -> list[Record]:
    """The records of a CSV file; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def goal(row: Record, peer: str, kind: str) -> float:
    """The least ratio, the peer's time over ours, that a row is to reach."""
    widths, k = ast.literal_eval(row["network"]), int(row["k"])
    if peer != "JAX":
        low, high = 1.0, 1.3
    elif (widths[0] > 1 and k > 1) or max(widths) == 256 or row["activation"] == "sin":
        low, high = 1.2, 1.5
    elif widths == (1, 32, 1):
        low, high = 0.65, 0.75
    elif k > 2 and row["activation"] != "gelu":
        low, high = 1.0, 1.1
    else:
        low, high = 0.75, 1.0
    return high if kind == "avx512" else low


def ratio(row: Record, peer: str, kind: str) -> str:
    """The ratio in print, with the goal if it was not reached; nothing where the peer has no such row."""
    if not row.get(f"{peer} ms"):
        return ""
    reached = float(row[f"{peer} ms"]) / float(row["sobolev_ref ms"])
    least = goal(row, peer, kind)
    return f"{reached:.2f}" if reached >= least else f"{reached:.2f} (< {least:g})"


def over_limit(row: Record, kind: str) -> str:
    """Our time over the limit's in print, with the goal of large rows if it was not reached."""
    reached, most = float(row["ours / limit"]), 1.4 if kind == "avx512" else 1.5
    large = max(ast.literal_eval(row["network"])) >= 64 and int(row["N"]) >= 4096
    return f"{reached:.2f} (> {most:g})" if large and reached > most else f"{reached:.2f}"


def number(text: str) -> Cell:
    """What a cell of a CSV file holds."""
    try:
        return float(text) if "." in text or "e-" in text else int(text)
    except ValueError:
        return text


def table(records: list[Record], columns: tuple[str, ...]) -> str:
    """Some columns of a CSV file."""
    return markdown(columns, ([number(record[name]) for name in columns] for record in records))


def machines(kinds: list[str], rows: list[list[Record]]) -> str:
    """What the numbers depend on, a column for each kind."""
    first = rows[0][0]
    facts = list(first)[list(first).index("python") :]
    return markdown(("", *kinds), ([name, *(r[0].get(name, "") for r in rows)] for name in facts))


def ratios(kinds: list[str], rows: list[list[Record]]) -> str:
    """The table of goals: a line for each row that every kind has measured."""
    lines = []
    for same in zip(*rows, strict=True):
        row = same[0]
        cells = [ratio(r, peer, kind) for peer in PEERS for r, kind in zip(same, kinds)]
        cells += [f"{float(r['JAX ms'] or 'nan') / float(r['limit ms']):.2f}" for r in same]
        cells += [over_limit(r, kind) for r, kind in zip(same, kinds)]
        lines.append([row["network"], row["activation"], row["k"], row["N"], *cells])
    heads = [f"{of}, {kind}" for of in (*PEERS, "JAX / limit", "ours / limit") for kind in kinds]
    return markdown(("network", "activation", "k", "N", *heads), lines)


def exponents(kinds: list[str], out: Path) -> str:
    """The exponents of how our time grows, and PyTorch's and the limit's, by kind."""
    lines: dict[tuple[str, ...], dict[str, Cell]] = {}
    for kind in kinds:
        for r in read(out / kind / "scaling.csv"):
            line = lines.setdefault((r["series"], r["setting"], r["of"]), {})
            line[f"{r['contender']}, {kind}"] = number(r["exponent"])
    heads = list(dict.fromkeys(name for line in lines.values() for name in line))
    records = [[*key, *(line.get(name, "") for name in heads)] for key, line in lines.items()]
    return markdown(("varied", "at", "time as a power of", *heads), records)


def write(out: Path) -> str:
    """Write the page of what `out` has, and return it."""
    kinds = sorted(path.parent.name for path in out.glob("*/rows.csv"))
    rows = [read(out / kind / "rows.csv") for kind in kinds]
    parts = ["# Benchmarks"]
    if kinds:
        parts += [machines(kinds, rows), f"## Ratios\n\n{RATIOS}", ratios(kinds, rows)]
        parts += [f"## One loss and gradient\n\n{READING}"]
    for kind, records in zip(kinds, rows):
        parts += [f"### {kind}", table(records, ("network", "activation", "k", "N", *NUMBERS))]
    for title, name, module, columns in (
        ("Epochs of mini-batches", "batches.csv", batches, BATCHES_COLUMNS),
        ("Trainings to the paper's final losses", "training.csv", training, TRAINING_COLUMNS),
    ):
        assert module.__doc__ is not None
        parts.append(f"## {title}\n\n{module.__doc__.strip().split(chr(10) * 2, 1)[1]}")
        for path in sorted(out.glob(f"*/{name}")):
            parts += [f"### {title}, {path.parent.name}", table(read(path), columns)]
    grown = sorted(path.parent.name for path in out.glob("*/scaling.csv"))
    if grown:
        parts += [f"## Scaling\n\n{SCALING}", exponents(grown, out)]
        parts += [f"![time against size, {kind}]({kind}/scaling.png)" for kind in grown]
    text = "\n\n".join(parts) + "\n"
    out.mkdir(parents=True, exist_ok=True)
    (out / "benchmarks.md").write_text(text, encoding="utf-8")
    return text
