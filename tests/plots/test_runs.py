"""Losses over a run, compared as data."""

import numpy as np
import pytest

from sobolev_ref import MLP, SobolevLoss, gauss_legendre
from sobolev_ref.plots import figure, plot_loss, plot_terms


def ax():
    return figure()[1][0]


def test_the_loss_and_the_rows_of_a_table():
    drawn = ax()
    assert plot_loss(drawn, [3.0, 2.0, 1.0], {0: 2.5, 2: 1.5}) is drawn
    run, table = drawn.lines
    np.testing.assert_array_equal(run.get_xydata(), [[0, 3], [1, 2], [2, 1]])
    np.testing.assert_array_equal(table.get_xydata(), [[0, 2.5], [2, 1.5]])
    assert drawn.get_yscale() == "log" and drawn.get_xlabel() == "epoch"
    plain = plot_loss(ax(), [1.0, np.nan, 0.5], ylabel="loss / m")
    assert plain.get_legend() is None and plain.get_ylabel() == "loss / m"
    assert plot_loss(ax(), [1.0], {}).get_legend() is None


def test_the_loss_by_term_as_a_callback_kept_it():
    """‖r_α‖_p by α, in graded order, from runs of L, with gaps where an order was not trained."""
    net = MLP((2, 3, 1))
    loss = SobolevLoss(net, np.multiply, gauss_legendre([(0, 1)] * 2, 4), order=1, p=3)
    terms = [loss.terms(net.init(seed)) for seed in range(4)]
    drawn = ax()
    assert plot_terms(drawn, terms, p=3) is drawn
    for line, alpha in zip(drawn.lines, [(0, 0), (1, 0), (0, 1)]):
        np.testing.assert_array_equal(line.get_xdata(), range(4))
        np.testing.assert_allclose(
            line.get_ydata(), [t[alpha] ** (1 / 3) for t in terms], rtol=1e-14
        )
    labels = [t.get_text() for t in drawn.get_legend().get_texts()]
    assert labels == ["$u$", "$D^{(1,0)}u$", "$D^{(0,1)}u$"]
    assert drawn.get_yscale() == "log" and "_{3}" in drawn.get_ylabel()
    gaps = plot_terms(ax(), [{(0,): 4.0}, {(0,): 1.0, (1,): 9.0}], iterations=[10, 20])
    np.testing.assert_array_equal(gaps.lines[1].get_xydata(), [[10, np.nan], [20, 3]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: plot_loss(ax(), [[1.0]]), ValueError, "history: got shape"),
        (lambda: plot_loss(ax(), [1.0, -1.0]), ValueError, "history: .* numbers >= 0"),
        (lambda: plot_loss(ax(), [np.inf]), ValueError, "history: got infinite"),
        (lambda: plot_loss(ax(), [1.0], [1.0]), TypeError, "table: .* from epoch to loss"),
        (lambda: plot_terms(ax(), []), ValueError, "terms: got none"),
        (lambda: plot_terms(ax(), [1.0]), TypeError, "terms: got 1.0, takes what SobolevLoss"),
        (lambda: plot_terms(ax(), [{(0,): 1.0}], p=0.5), ValueError, "p: got 0.5"),
        (lambda: plot_terms(ax(), [{(0,): 1.0}], iterations=[1, 2]), ValueError, "iterations"),
    ],
)
def test_unusable_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
