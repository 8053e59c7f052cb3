"""The repository's figures, drawn anew by one command, and what they show as data.

    python tests/pictures.py                  # every figure
    python tests/pictures.py 07 claims        # of a tutorial, of the study; GROUPS has the other names
    python tests/pictures.py --svg FOLDER lab # as SVG to FOLDER/figures, which the site does for its pages

What a figure shows is kept beside it, in figures/data.json. A test draws it again and compares data, not
pixels: words and the number of lines exactly, curves as a reader would see them. A curve that moved by
more than a fifth of its axis, or thirtyfold on a logarithmic one, is another picture, and the figure is
stale. Seconds are the machine's, and not compared; paths of trainings differ by processor within this.
What was measured, the benchmarks, is drawn from its tables.
"""

import argparse
import json
import os
import re
import runpy
import sys
import tempfile
from contextlib import chdir
from pathlib import Path
from unittest import mock

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "figures"
DATA = FIGURES / "data.json"
GROUPS = ("point", "diagrams", "paper", "claims", "lab", "data", "scaling")  # beside the tutorials
LEVELS = (0.1, 0.5, 0.9)  # of the quantiles of a curve; its ends are often rounding
LINEAR, LOGARITHMIC = 0.2, 1.5  # of the axis; decades
NOTHING = 1e-13  # what is smaller on a logarithmic axis is rounding


def summary(fig):
    """What each axes of a figure shows: words, scales, and the quantiles of every curve's x and y."""
    found = []
    for ax in fig.axes:
        legend = ax.get_legend()
        words = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel()]
        words += [text.get_text() for text in [*ax.texts, *(legend.get_texts() if legend else ())]]
        words = [re.sub(r"[−-]?\d[\d.,]*", "0", word) for word in words]
        curves = [np.asarray(line.get_xydata(), float) for line in ax.lines]
        curves += [np.asarray(dots.get_offsets(), float) for dots in ax.collections]
        curves = [curve[np.isfinite(curve).all(axis=1)] for curve in curves if len(curve)]
        if "second" in ax.get_xlabel():
            curves = [np.column_stack([np.ones(len(curve)), curve[:, 1]]) for curve in curves]
        found.append(
            {
                "words": [
                    word for word in words if word != "0"
                ],  # how many heights a contour bears
                "scales": [ax.get_xscale(), ax.get_yscale()],
                "curves": [
                    [[float(f"{v:.3g}") for v in np.quantile(values, LEVELS)] for values in curve.T]
                    for curve in curves
                    if len(curve)
                ],
            }
        )
    return found


def differences(saved, drawn):
    """What a reader would see in one of two summaries and not in the other, in words."""
    if len(saved) != len(drawn):
        return [f"{len(saved)} axes are now {len(drawn)}"]
    found = []
    for number, (old, new) in enumerate(zip(saved, drawn), 1):
        for key in ("words", "scales"):
            found += [f"axes {number}: {old[key]} is now {new[key]}"] * (old[key] != new[key])
        if len(old["curves"]) != len(new["curves"]):
            found.append(f"axes {number}: {len(old['curves'])} curves are now {len(new['curves'])}")
            continue
        for i, scale in enumerate(old["scales"]):
            before, after = (np.array([c[i] for c in side["curves"]]) for side in (old, new))
            if before.size == 0:
                continue
            if scale == "log":
                before, after = (np.log10(np.maximum(v, NOTHING)) for v in (before, after))
                allowed = LOGARITHMIC
            else:
                allowed = LINEAR * max(float(np.ptp(before)), 1e-9)
            moved = np.abs(after - before).max(axis=1)
            found += [
                f"axes {number}, curve {j}: {'xy'[i]} moved by {move:.2g}, more than {allowed:.2g}"
                for j, move in enumerate(moved)
                if move > allowed
            ]
    return found


def stale(shown):
    """Of the figures in a mapping from names to summaries, those that differ from the repository's."""
    saved = json.loads(DATA.read_text(encoding="utf-8"))
    found = {name: differences(saved.get(name, []), drawn) for name, drawn in shown.items()}
    return {name: why for name, why in found.items() if why}


class Album:
    """Every figure that is saved while it is open, as a summary by the file's name.

    A file is a PNG, or for `kind` ".svg" a drawing beside its place. Without a kind a figure is drawn once,
    which finds what has no glyph, and its file is empty: a third of the time.
    """

    def __init__(self, kind=".png"):
        self.kind, self.shown = kind, {}
        self.patches = []

    def __enter__(self):
        import sobolev_ref.plots
        from sobolev_ref.claims import figures as claims
        from sobolev_ref.lab import command as lab
        from sobolev_ref.paper import command as paper
        from sobolev_ref.plots import save_figure

        def save(fig, path):
            path = Path(path)
            self.shown[path.name] = summary(fig)
            if self.kind == ".png":
                return save_figure(fig, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if self.kind == ".svg":
                fig.savefig(path.with_suffix(".svg"), metadata={"Date": None})
                return path
            fig.set_layout_engine("none")
            fig.draw_without_rendering()
            path.touch()
            return path

        for module in (sobolev_ref.plots, claims, lab, paper):
            patch = mock.patch.object(module, "save_figure", save)
            patch.start()
            self.patches.append(patch)
        return self

    def __exit__(self, *error):
        for patch in self.patches:
            patch.stop()


def on_eight_points(seed, order):
    """One network fitted to 8 values, or 8 values and slopes: u, u′ and their errors on a fine grid."""
    import sobolev_ref as sr

    def wave(x):
        return np.sin(6 * x) * np.exp(x / 2)

    x, fine = np.linspace(-1, 1, 8), np.linspace(-1, 1, 801)
    net = sr.MLP((1, 20, 1))
    loss = sr.SobolevLoss(net, wave, sr.Quadrature(x[:, None], np.full(8, 0.25)), order=order)
    fit = sr.fit(loss, net.init(seed, bounds=[(-1, 1)]))
    learned = net.derivatives(fit.x, fine, 1)
    true = {
        n: wave(*sr.Jet.variables(t, order=1)).derivatives for n, t in (("x", x), ("fine", fine))
    }
    at = [(true["x"][n,], true["fine"][n,], learned[n,][:, 0]) for n in (0, 1)]
    return x, fine, at, [np.abs(u - v).max() for _, u, v in at]


def point():
    """The README's figure: what slopes at the same eight points change."""
    from sobolev_ref.plots import LEARNED, TRUE, figure, save_figure

    fig, axes = figure(columns=2, rows=2, width=4.6, height=3.0)
    for k, name in enumerate(("8 values", "8 values and slopes")):
        x, fine, at, errors = on_eight_points(0, k)
        for n, (points, true, learned) in enumerate(at):
            ax = axes[2 * n + k]
            ax.plot(fine, true, label="true", **TRUE)
            ax.plot(fine, learned, label="learned", **LEARNED)
            if n <= k:
                ax.plot(x, points, "ko", markersize=5, label="data")
            what = "slope" if n else "function"
            ax.set(
                xlabel="x",
                ylabel="u′" if n else "u",
                title=f"{name}: {what} off by {errors[n]:.2g}",
            )
            ax.set_ylim((-16, 16) if n else (-2.2, 2.2))
    axes[0].legend(frameon=False, ncols=3, loc="lower center")
    save_figure(fig, "output/point.png")


def data():
    """The errors of all contenders on other people's data, from the table of trials."""
    from benchmarks.data import page, trials
    from benchmarks.data.problems import PROBLEMS
    from sobolev_ref import plots

    table = page.Table(trials.read(ROOT / "docs" / "data_benchmark.csv"), PROBLEMS)
    plots.save_figure(page.plot(table), "output/data_benchmark.png")


def scaling():
    """Time against size, from the table of each kind of processor."""
    from benchmarks import page
    from benchmarks import scaling as growth
    from sobolev_ref import plots

    for path in (ROOT / "benchmarks" / "results").glob("*/scaling.csv"):
        place = Path("output") / path.relative_to(ROOT).with_suffix(".png")
        plots.save_figure(growth.plot(growth.saved(page.read(path))), place)


def draw(which):
    """Draw the figures of a tutorial by its number, or of one of `GROUPS`, into output/."""
    from sobolev_ref.__main__ import main

    if which == "paper":
        main([])
    elif which == "claims":
        folder = Path("output/docs")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "claims.csv").write_bytes((ROOT / "docs" / "claims.csv").read_bytes())
        main(["claims", "--draw"])
    elif which in ("point", "data", "scaling"):
        {"point": point, "data": data, "scaling": scaling}[which]()
    elif which == "lab":
        main(["lab", "--project", "--out", "output"])
    elif which == "diagrams":
        runpy.run_path(str(ROOT / "tutorials" / "diagrams.py"), run_name="__main__")
    else:
        (script,) = (ROOT / "tutorials").glob(f"{which}_*.py")
        runpy.run_path(str(script), run_name="__main__")


def main(arguments):
    """Draw what is wanted, or everything, and put it in place."""
    numbers = [path.stem.split("_")[0] for path in sorted((ROOT / "tutorials").glob("[0-9]*.py"))]
    parser = argparse.ArgumentParser()
    parser.add_argument("which", nargs="*", default=[*GROUPS, *numbers])
    parser.add_argument("--svg", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    top, kind = (options.svg.resolve(), ".svg") if options.svg else (ROOT, ".png")
    shown = {}
    for which in options.which:
        with tempfile.TemporaryDirectory() as folder, chdir(folder), Album(kind) as album:
            draw(which)
            for path in Path("output").rglob(f"*{kind}"):
                place = path.relative_to("output")
                place = top / (place if "results" in place.parts else Path("figures", place.name))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(path.read_bytes())
                print(place)
        shown |= album.shown
    if not options.svg:
        keep(shown)


def keep(shown):
    """Keep what figures show, and no more of those that are gone."""
    data = (json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}) | shown
    data = {name: data[name] for name in sorted(data) if (FIGURES / name).exists()}
    rows = [f"{json.dumps(name)}: {json.dumps(data[name], ensure_ascii=False)}" for name in data]
    DATA.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.path.insert(0, str(ROOT))
    main(sys.argv[1:])
