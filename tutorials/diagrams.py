"""The diagrams that stand in the text of some tutorials, into output/.

The repository's copies in figures/ are drawn by `python tests/pictures.py diagrams`.
"""

from itertools import pairwise

import numpy as np

from sobolev_ref.plots import COLORS, figure, save_figure

BLACK, RED, BLUE = COLORS[:3]


def canvas(ax, width, height, title):
    """An empty picture in which one unit is as long to the side as upwards."""
    ax.set(xlim=(0, width), ylim=(0, height), title=title, aspect="equal")
    ax.set_axis_off()


def box(ax, x, y, text, color=BLACK):
    """A quantity in its frame, around (x, y)."""
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": color}
    ax.text(x, y, text, ha="center", va="center", fontsize=13, color=color, bbox=frame)


def arrow(ax, start, end, text="", color=BLACK, above=0.28, line="-"):
    """From one place to another, with what is done on the way."""
    look = {"arrowstyle": "-|>", "color": color, "linestyle": line, "linewidth": 1.4}
    look |= {"shrinkA": 19, "shrinkB": 19}
    ax.annotate("", end, start, arrowprops=look)
    x, y = np.add(start, end) / 2
    ax.text(x, y + above, text, ha="center", va="center", fontsize=11, color=color)


def forward():
    """A value and a derivative go through a layer."""
    fig, (ax,) = figure(width=8.4, height=3.0)
    canvas(ax, 10.4, 3.4, "forward: the derivative meets W, and the slope of the activation")
    x, z, a, u = 2.1, 4.6, 7.1, 9.6
    for y, name in ((2.6, "value"), (0.7, "derivative")):
        ax.text(0.05, y, name, va="center", fontsize=11)
    for place, name in ((x, "x"), (z, "z_0"), (a, "a_0"), (u, "u_0")):
        box(ax, place, 2.6, f"${name}$")
    for place, name in ((x, "1"), (z, "z_1"), (a, "a_1"), (u, "u_1")):
        box(ax, place, 0.7, f"${name}$", BLUE)
    arrow(ax, (x, 2.6), (z, 2.6), "$W_1$, plus $b_1$")
    arrow(ax, (z, 2.6), (a, 2.6), r"$\tanh$")
    arrow(ax, (a, 2.6), (u, 2.6), "$W_2$, plus $b_2$")
    arrow(ax, (x, 0.7), (z, 0.7), "$W_1$", BLUE, -0.3)
    arrow(ax, (z, 0.7), (a, 0.7), "times $s_0$", BLUE, -0.3)
    arrow(ax, (a, 0.7), (u, 0.7), "$W_2$", BLUE, -0.3)
    arrow(ax, (z, 2.6), (5.85, 0.75), line="--")
    ax.text(6.05, 1.75, r"$s_0 = 1 - \tanh^2 z_0$", fontsize=11, va="center")
    return fig


def backward():
    """What the loss asks of value and derivative comes back through the same layer."""
    fig, (ax,) = figure(width=8.4, height=3.6)
    canvas(ax, 10.4, 4.2, "backward: every arrow turns round, the dashed one as a product with $s_1$")
    x, z, a, u = 2.1, 4.6, 7.1, 9.6
    top, low = 3.2, 1.3
    for y, name in ((top, "value"), (low, "derivative")):
        ax.text(0.05, y, name, va="center", fontsize=11)
    for place, name in ((z, "z"), (a, "a"), (u, "u")):
        box(ax, place, top, rf"$\bar {name}_0$")
        box(ax, place, low, rf"$\bar {name}_1$", BLUE)
    arrow(ax, (u, top), (a, top), "$W_2$")
    arrow(ax, (a, top), (z, top), "times $s_0$")
    arrow(ax, (u, low), (a, low), "$W_2$", BLUE, -0.3)
    arrow(ax, (a, low), (z, low), "times $s_0$", BLUE, -0.3)
    arrow(ax, (a, low), (z, top), color=RED, line="--")
    ax.text(6.1, 2.4, "times $s_1$", fontsize=11, color=RED, va="center")
    for place, inputs, out, bar in ((x, "x", "1", "z"), (8.35, "a_0", "a_1", "u")):
        layer = "1" if place == x else "2"
        made = rf"$\bar W_{layer} = \bar {bar}_0^T {inputs} + \bar {bar}_1^T {out}$"
        ax.text(place + 0.3, 0.3, made, fontsize=12, ha="center")
    return fig


def reverse_road():
    """All first derivatives in d variables: d + 1 lanes forward, or one forth and one back."""
    fig, (left, right) = figure(columns=2, width=5.2, height=3.1)
    canvas(left, 6.4, 3.9, "forward road: d + 1 lanes")
    canvas(right, 6.4, 3.9, "reverse road: one lane forth, one back")
    stations = (0.7, 2.3, 4.0, 5.7)
    for y, sign in ((3.3, ""), (2.3, r"\partial_1 "), (0.6, r"\partial_d ")):
        color = BLUE if sign else BLACK
        for place, name in zip(stations, "xzau"):
            box(left, place, y, f"${sign}{name}$", color)
        for start, end in pairwise(stations):
            arrow(left, (start, y), (end, y), color=color)
    for place in stations:
        left.text(place, 1.45, "…", ha="center", fontsize=14, color=BLUE)
    for place, name in zip(stations, "xzau"):
        box(right, place, 3.0, f"${name}$")
    for place, name in zip(stations, (r"\nabla u", r"\bar z", r"\bar a", "1")):
        box(right, place, 0.9, f"${name}$", RED)
    for start, end in pairwise(stations):
        arrow(right, (start, 3.0), (end, 3.0))
        arrow(right, (end, 0.9), (start, 0.9), color=RED)
    arrow(right, (stations[2], 3.0), (3.2, 0.95), line="--")
    right.text(3.72, 1.95, "$s$", fontsize=12)
    return fig


def spectrum():
    """An error of two waves, and the share of each in its norm in L² and in H¹."""
    fig, (left, right) = figure(columns=2, width=4.6, height=3.1)
    x, squares = np.linspace(0, 2 * np.pi, 801), np.array([1, 1 / 16])         # |amplitude|²
    left.plot(x, np.sin(x) + np.sin(8 * x) / 4, color=BLACK, label="error e")
    left.plot(x, np.sin(x), "--", color=BLUE, label="its slow wave")
    left.legend(frameon=False)
    left.set(xlabel="x", ylabel="e(x)", title="a slow wave, and a fast one a quarter as high")
    for i, (name, weights) in enumerate((("$L^2$", [1, 1]), ("$H^1$", [1 + 1, 1 + 64]))):
        shares = squares * weights / np.sum(squares * weights)       # (2,)
        bars = right.bar(np.arange(2) + 0.4 * i - 0.2, shares, 0.4, label=name, color=(BLUE, RED)[i])
        right.bar_label(bars, [f"{share:.0%}" for share in shares])
    right.set(ylim=(0, 1.1), ylabel="share of the squared norm", xticks=(0, 1),
              xticklabels=("slow, ω = 1", "fast, ω = 8"), title="H¹ sees what L² overlooks")
    right.legend(frameon=False)
    return fig


if __name__ == "__main__":
    for draw in (forward, backward, reverse_road, spectrum):
        save_figure(draw(), f"output/diagram_{draw.__name__}.png")
