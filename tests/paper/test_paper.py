"""The reproduction: the paper's numbers as they are, our rows at or below them, the certificate."""

import itertools
import math

import numpy as np
import pytest
from conftest import PROFILE
from scipy.integrate import quad

from sobolev_ref import MLP, sup_norm_certificate
from sobolev_ref.paper import (
    EPOCHS,
    EXAMPLES,
    EXPONENTIAL,
    ROW,
    SINE,
    TABLE_1,
    TABLE_2,
    solve_example,
    train,
)

SEEDS = range(20) if PROFILE == "thorough" else (0,)


@pytest.fixture(scope="module")
def short_run():
    return train(SINE, seed=3, epochs=600)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_every_row_is_at_or_below_the_papers(example, seed):
    run = train(example, seed=seed)
    rows = run.rows()
    assert [epoch for epoch, _, _ in rows] == list(range(0, EPOCHS + 1, ROW))
    assert [paper for _, paper, _ in rows] == list(example.table)
    assert len(run.held()) == 10
    assert all(run.held()), rows
    sup, sup_derivative = run.sup_errors()
    proved, finer = run.certified(), example.loss(8 * example.n)
    integral = example.length * finer(run.fit.x)[0]
    assert (
        sup <= proved.sup == pytest.approx(sup_norm_certificate(integral, example.length), rel=0.01)
    )
    assert abs(proved.value - integral) <= proved.error <= 0.01 * integral
    assert proved.quadrature < integral
    assert sup_derivative < 0.1


def test_the_tables_are_the_papers():
    """First and last rows, and the paper's own upticks."""
    assert (TABLE_1[0], TABLE_1[-1]) == (1.0553817749023438, 0.003712507663294673)
    assert (TABLE_2[0], TABLE_2[-1]) == (0.245048, 0.0000140299)
    assert len(TABLE_1) == len(TABLE_2) == 11
    assert [e for e, (a, b) in enumerate(itertools.pairwise(TABLE_1)) if b > a] == [8]
    assert [e for e, (a, b) in enumerate(itertools.pairwise(TABLE_2)) if b > a] == [4, 8]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_the_loss_is_the_mean_over_the_domain(example):
    """Against adaptive quadrature, at an untrained network."""
    net = MLP(example.widths)
    theta = net.init(0)
    derivative = {"sin(x)": math.cos, "exp(-x)": lambda x: -math.exp(-x)}[example.name]

    def integrand(x):
        u = net.derivatives(theta, [[x]], 1)
        return ((u[(0,)] - example.target(x)) ** 2 + (u[(1,)] - derivative(x)) ** 2).item()

    integral, _ = quad(integrand, *example.bounds, epsabs=1e-11, epsrel=1e-11, limit=200)
    assert example.loss()(theta)[0] == pytest.approx(integral / example.length, rel=1e-9)


def test_a_short_run_has_the_rows_it_reached(short_run):
    assert [row[0] for row in short_run.rows()] == [0, 500]
    assert len(short_run.held()) == 1 and short_run.fit.nit == 600
    assert short_run.rows()[1][2] == short_run.fit.history[500]
    assert short_run.seconds > 0


@pytest.mark.slow
def test_rows_do_not_depend_on_how_long_the_run_goes_on(short_run):
    longer = train(SINE, seed=3, epochs=700)
    np.testing.assert_array_equal(longer.fit.history[:601], short_run.fit.history)


def test_sup_errors_and_curves(short_run):
    x = np.linspace(*SINE.bounds, 10_001)
    true, learned = short_run.curves(x)
    np.testing.assert_allclose(true, [np.sin(x), np.cos(x)], atol=1e-15)
    errors = np.abs(learned - true).max(axis=1)
    assert short_run.sup_errors() == tuple(errors)


def test_figures_plot_the_run(short_run):
    figures = short_run.figures()
    assert list(figures) == ["figure_1_fit.png", "figure_2_loss.png"]
    left, right, *errors = figures["figure_1_fit.png"].axes
    x = left.lines[0].get_xdata()
    np.testing.assert_allclose(left.lines[0].get_ydata(), np.sin(x), atol=1e-15)
    np.testing.assert_allclose(right.lines[0].get_ydata(), np.cos(x), atol=1e-15)
    np.testing.assert_array_equal(left.lines[1].get_ydata(), short_run.curves(x)[1][0])
    for n, ax in enumerate(errors):
        true, learned = short_run.curves(x)
        np.testing.assert_allclose(
            ax.lines[0].get_ydata(), np.abs(learned[n] - true[n]), atol=1e-15
        )
        share = 100 * np.abs(learned[n] - true[n]).max() / np.ptp(true[n])
        assert f"off by {share:.2g} % of" in (left, right)[n].get_title()
    (ax,) = figures["figure_2_loss.png"].axes
    assert ax.get_title() == f"at or below the paper's table at {sum(short_run.held())} of 1 rows"
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), short_run.fit.history)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), TABLE_1[:2])
    assert list(train(EXPONENTIAL, epochs=1).figures()) == ["figure_3_fit.png", "figure_4_loss.png"]


def test_epochs_are_reported_as_they_come():
    seen = []
    run = train(EXPONENTIAL, epochs=5, on_epoch=lambda *args: seen.append(args))
    assert [epoch for epoch, _ in seen] == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal([loss for _, loss in seen], run.fit.history[1:])


@pytest.mark.parametrize("call", [train, solve_example])
def test_what_is_no_example_is_refused(call):
    with pytest.raises(TypeError, match="^example: got 'sin', takes an Example such as SINE$"):
        call("sin")
