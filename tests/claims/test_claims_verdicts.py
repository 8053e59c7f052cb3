"""docs/claims.md and figures/claims_*.png say what docs/claims.csv holds, and nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from sobolev_ref.claims import verdicts
from sobolev_ref.claims.figures import DRAWN
from sobolev_ref.claims.page import VERDICTS, answer, page
from sobolev_ref.claims.run import ERRORS, LOSSES
from sobolev_ref.claims.studies import CONVERGENCE, RATES, STUDIES, TUNED
from sobolev_ref.claims.table import Key, Row, Table, read_rows
from sobolev_ref.claims.verdicts import (
    ABSTRACT,
    CONCLUSION,
    QUESTIONS,
    Evidence,
    compared,
    findings,
    label,
    verdict,
)
from sobolev_ref.paper.examples import TABLE_1

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "figures"
CLAIMS = (*QUESTIONS.values(), *ABSTRACT, *CONCLUSION)


@pytest.fixture(scope="module")
def table():
    return Table(read_rows(ROOT / "docs" / "claims.csv"))


def swapped(table, study=1, one="H1", other="L2"):
    """The same numbers with two arms exchanged in one study."""
    names = {one: other, other: one}
    return Table(
        replace(row, key=row.key._replace(arm=names.get(row.key.arm, row.key.arm)))
        if row.key.study == study
        else row
        for row in table.rows
    )


# -- the page -----------------------------------------------------------------------------------------


def test_the_page_is_written_from_the_saved_numbers(table):
    assert (ROOT / "docs" / "claims.md").read_text(encoding="utf-8") == page(table)


def test_the_study_is_the_full_one(table):
    assert {row.key.study for row in table.rows} == set(STUDIES)
    assert {row.runs for row in table.rows} == {20}


def test_other_numbers_make_another_page(table):
    """H¹ and L² exchanged in study 1: what spoke for H¹ speaks against it."""
    before, after = (QUESTIONS[1].evidence(t) for t in (table, swapped(table)))
    wins = [e.outcome == "better" for e in before], [e.outcome == "better" for e in after]
    assert any(wins[0]) and not any(a and b for a, b in zip(*wins))
    assert page(swapped(table)) != page(table)


@pytest.mark.parametrize(
    ("study", "one", "other", "words"),
    [
        (1, "H1", "L2", "**Faster"),
        (2, "L2, N numbers", "L2, 3N numbers", "**Not better from fewer"),
        (4, "H1", "H1 balanced", "**High frequencies"),
        (
            6,
            *(f"{activation}, two layers of 50, η = 0.01" for activation in ("tanh", "relu")),
            "**Table 1",
        ),
        (7, "H2", "L2", "**Dropping"),
    ],
)
def test_every_finding_is_true_of_the_numbers_and_none_outlives_them(
    study, one, other, words, table
):
    found = list(findings(table))
    assert len(found) == 7
    without = [text for text in found if not text.startswith(words)]
    assert list(findings(swapped(table, study, one, other))) == without and len(without) == 6


@pytest.mark.parametrize(
    ("new", "old", "outcome"),
    [
        ((1, 2, 3), (5, 6, 7), "better"),
        ((5, 6, 7), (1, 2, 3), "worse"),
        ((1, 2, 6.5), (5, 6, 7), "level"),  # its upper quartile is above the other's median
        ((4, 5.5, 5.9), (5, 6, 7), "level"),  # its median is above the other's lower quartile
        ((1, 2, 3), (1, 2, 3), "level"),
        ((1, 2, 3), (np.inf, np.inf, np.inf), "better"),
        ((np.inf, np.inf, np.inf), (np.inf, np.inf, np.inf), "level"),
    ],
)
def test_better_and_worse(new, old, outcome):
    key = Key(1, "sin x, adam", "H1", "seconds", 0.5, "L2")
    assert compared("", Row(key, *new, 20), Row(key, *old, 20)).outcome == outcome


def test_a_verdict_is_the_count_of_what_speaks_for_a_claim():
    better, level, worse = (Evidence("x", o, "×1") for o in ("better", "level", "worse"))
    assert verdict([better, better]) == "holds"
    assert verdict([better, better, worse]) == verdict([better, level]) == "holds when"
    for against in ([better, worse], [level, worse], [level], [better, worse, worse]):
        assert verdict(against) == "does not hold"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.words[:40])
def test_an_answer_has_the_verdict_and_every_comparison(claim, table):
    text, evidence = " ".join(answer(claim, table).split()), claim.evidence(table)
    assert text.startswith(f"**{VERDICTS[verdict(evidence)]}**") and len(evidence) >= 2
    assert all(f"{e.label.rpartition(', ')[2]} ({e.numbers})" in text for e in evidence)
    counted = sum(int(part.split(" of ")[0]) for part in text.split(", ") if " of " in part[:6])
    assert counted == len(evidence)


def test_evidence_against_numbers_read_by_hand(table):
    """One comparison recomputed from the file's rows without the module's own look-ups."""
    rows = {row.key: row for row in table.rows}
    end = max(key.at for key in rows if key.study == 1 and key.axis == "seconds")
    h1, l2, l1 = (
        rows[Key(1, "sin x, adam", arm, "seconds", end, "L2")] for arm in ("H1", "L2", "L1")
    )
    old = l2 if l2.median < l1.median else l1
    found = verdicts.convergence(table, "L2")[0]
    assert found.label == "sin x, Adam, equal time, L² error"
    assert found.numbers == f"×{old.median / h1.median:.2g}"
    better = h1.median < old.low and h1.high < old.median
    assert (found.outcome == "better") == better


def test_every_sentence_is_asked_once_and_quoted(table):
    text = " ".join(page(table).split())
    assert all(f"“{claim.words}”" in text for claim in (*ABSTRACT, *CONCLUSION))
    assert len({claim.words for claim in CLAIMS}) == len(CLAIMS) >= 20


def test_adams_rates_are_among_the_best_of_study_3(table):
    """Within a quarter: neighbouring rates may tie, and then a new run turns them round."""
    for target, rates in TUNED.items():
        assert list(rates) == list(LOSSES)
        for name, rate in rates.items():
            where = (3, f"{target}, adam", name, "rate")
            tuned = table.at(*where, rate, "L2")
            assert tuned.median <= 1.25 * table.best(*where, "L2").median, (target, name)
    assert {v for rates in TUNED.values() for v in rates.values()} <= set(RATES)


def test_numbers_are_possible(table):
    for row in table.rows:
        assert row.low <= row.median <= row.high
    for case in CONVERGENCE:
        for arm in LOSSES:
            ends = [table.last(1, case, arm, "seconds", q).median for q in ERRORS]
            # They are norms, each above the last.
            assert ends[0] <= ends[1] <= ends[2] and ends[0] <= ends[3]


# -- the figures --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_figures_are_those_that_the_command_draws(table):
    assert {p.name for p in FIGURES.glob("claims_*.png")} == {name for name, _ in DRAWN.values()}
    for name, function in DRAWN.values():
        width, height = (120 * function(table).get_size_inches()).round()
        assert imread(FIGURES / name).shape[:2] == (height, width), name


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_every_median_is_drawn_and_every_line_is_of_medians(number, table):
    fig = DRAWN[number][1](table)
    wanted = {1: ("L2",), 2: ("L2",), 3: ("L2", "diverged"), 5: ("L2",)}.get(
        number, ("L2", "amplitude 1", "amplitude 6")
    )
    rows = [r for r in table.rows if r.key.study == number and r.key.quantity in wanted]
    if number == 4:
        rows = [r for r in rows if (r.key.quantity == "L2") == r.key.case.startswith("sin 6x")]
    drawn = [y for ax in fig.axes for line in ax.lines if len(line.get_ydata()) > 2
             for y in line.get_ydata()]  # fmt: skip
    factor = [100 if row.key.quantity == "diverged" else 1 for row in rows]
    medians = [f * row.median for f, row in zip(factor, rows)]
    np.testing.assert_array_equal(np.sort(drawn), np.sort(medians))


def test_figures_6_and_7_draw_their_rows(table):
    left, right = DRAWN[6][1](table).axes
    assert any(np.array_equal(line.get_ydata(), TABLE_1) for line in left.lines)
    distances = [r.median for r in table.rows if r.key.quantity == "distance"]
    np.testing.assert_array_equal(np.sort(right.lines[0].get_xdata()), np.sort(distances))
    ends = [x for ax in DRAWN[7][1](table).axes for line in ax.lines for x in line.get_xdata()]
    rows = [r for r in table.rows if r.key.study == 7 and r.key.quantity in ("L2", "H1")]
    np.testing.assert_array_equal(np.sort(ends), np.sort([r.median for r in rows]))


@pytest.mark.parametrize("number", list(DRAWN))
def test_lines_of_one_picture_differ_without_colour(number, table):
    for ax in DRAWN[number][1](table).axes:
        looks = [(line.get_linestyle(), line.get_marker(), line.get_markerfacecolor())
                 for line in ax.lines if len(line.get_ydata()) > 2]  # fmt: skip
        assert len(set(looks)) == len(looks)
        assert ax.get_xlabel() and (ax.get_ylabel() or ax.get_yticklabels())


def test_a_diverged_median_is_not_drawn_and_its_bar_ends(table):
    key = Key(3, "sin x, adam", "L2", "rate", 1.0, "L2")
    rows = [row for row in table.rows if row.key._replace(at=0) != key._replace(at=0)]
    rows += [Row(key._replace(at=at), 0.1, m, np.inf, 20) for at, m in ((0.1, 0.2), (1.0, np.inf))]
    ax = DRAWN[3][1](Table(rows)).axes[0]
    assert np.isinf(ax.lines[0].get_ydata()[-1])
    assert all(np.isfinite(path.vertices).all() for c in ax.collections for path in c.get_paths())


def test_labels():
    assert label("H2, H1, L2") == "H², H¹, L²"
    assert label("sin x, gradient_descent") == "sin x, gradient descent"
