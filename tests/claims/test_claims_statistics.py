"""The study's tests against answers that are found otherwise: by hand, by enumeration, by definition."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, binomtest, wilcoxon

from sobolev_ref.claims.statistics import equality, hodges_lehmann, holm, sign_test, signed_rank


def test_holm_by_hand():
    """0.01·4, 0.013·3 = 0.039 raised to 0.04, 0.03·2, 0.5·1; and the order of the input."""
    assert holm([0.03, 0.01, 0.5, 0.013]) == pytest.approx([0.06, 0.04, 0.5, 0.04])
    assert holm([0.4, 0.5, 0.6]) == pytest.approx([1, 1, 1])
    assert holm([0.04]) == pytest.approx([0.04])


def test_holm_rejects_what_the_step_down_rule_rejects():
    """The rule itself: from the least p on, compare with α/m, α/(m − 1), …, and stop at the first failure."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        p = rng.random(6) ** 3
        rejected = np.zeros(6, bool)
        for step, i in enumerate(np.argsort(p)):
            if p[i] > 0.05 / (6 - step):
                break
            rejected[i] = True
        assert ((holm(p) <= 0.05) == rejected).all()


@pytest.mark.parametrize("n", [3, 6, 9])
def test_the_signed_rank_test_by_all_signs(n):
    """p = the share of the 2ⁿ sign patterns whose sum of positive ranks is at least that seen."""
    x = np.random.default_rng(n).normal(0.3, 1, n)
    ranks = 1 + np.argsort(np.argsort(np.abs(x)))
    sums = np.array([ranks @ np.array(signs) for signs in product((0, 1), repeat=n)])
    greater = np.mean(sums >= ranks @ (x > 0))
    assert signed_rank(x, "greater") == pytest.approx(greater, abs=1e-12)
    less = np.mean(sums <= ranks @ (x > 0))
    assert signed_rank(x, "less") == pytest.approx(less, abs=1e-12)
    assert signed_rank(x) == pytest.approx(min(1, 2 * min(less, greater)), abs=1e-12)
    assert signed_rank(x + 5, "greater", center=5) == pytest.approx(greater, abs=1e-12)


def test_zeros_speak_for_neither_side():
    assert signed_rank(np.zeros(8)) == signed_rank(np.zeros(8), "greater") == 1
    x = np.arange(1.0, 30)
    assert signed_rank(np.concatenate([x, np.zeros(9)]), "greater") > signed_rank(x, "greater")


def test_the_sign_test_by_all_signs():
    """p = the share of the 2⁷ sign patterns with at least as many above 0; zeros speak for neither side."""
    x = np.array([0.3, -0.1, 2.0, 5.0, 0.2, -7.0, 0.6])
    ups = np.array([sum(signs) for signs in product((0, 1), repeat=7)])
    assert sign_test(x, "greater") == pytest.approx(np.mean(ups >= 5))
    assert sign_test(x, "less") == pytest.approx(np.mean(ups >= 2))
    assert sign_test(x) == pytest.approx(2 * np.mean(ups >= 5)) == binomtest(5, 7).pvalue
    x[0] = 0.0
    assert sign_test(x, "greater") == pytest.approx(np.mean(ups >= 4))
    assert sign_test(x, "less") == pytest.approx(np.mean(ups >= 2))
    assert sign_test(np.zeros(7)) == 1.0


def test_the_sign_test_needs_no_symmetry_and_the_signed_rank_test_does():
    """Exponential numbers less their median: of 400 samples 5 % are found by the one, most by the other."""
    samples = np.random.default_rng(5).exponential(size=(400, 200)) - np.log(2)
    by_sign, by_rank = (sum(test(x) < 0.05 for x in samples) for test in (sign_test, signed_rank))
    assert by_sign <= binom.ppf(1 - 1e-5, 400, 0.05) and by_rank > 200


def test_equality_is_the_worse_of_two_one_sided_tests_and_turns_at_the_margin():
    x = np.random.default_rng(1).normal(0, 0.1, 64)
    x -= hodges_lehmann(x).estimate
    margin = 0.2
    assert equality(x, margin) < 1e-6
    below = wilcoxon(x + margin, alternative="greater").pvalue
    above = wilcoxon(x - margin, alternative="less").pvalue
    assert equality(x, margin) == max(below, above)
    assert equality(x + margin, margin) == pytest.approx(0.5, abs=0.05)  # at the margin itself
    assert equality(x - margin, margin) == pytest.approx(0.5, abs=0.05)
    assert equality(x + 2 * margin, margin) > 0.999


def test_hodges_and_lehmann_by_definition():
    x = np.random.default_rng(2).normal(size=9)
    averages = [(x[i] + x[j]) / 2 for i in range(9) for j in range(i, 9)]
    assert hodges_lehmann(x).estimate == pytest.approx(np.median(averages))
    symmetric = np.concatenate([x, -x]) + 3
    found = hodges_lehmann(symmetric)
    assert found.estimate == pytest.approx(3)
    assert found.low + found.high == pytest.approx(6)


def test_the_interval_is_what_the_test_does_not_reject():
    x = np.random.default_rng(3).normal(0.4, 1, 64)
    _, low, high = hodges_lehmann(x)
    inside, outside = 0.05 * (high - low), -0.05 * (high - low)
    for end, step in ((low, 1), (high, -1)):
        assert signed_rank(x, center=end + step * inside) > 0.05
        assert signed_rank(x, center=end + step * outside) < 0.05


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """Of 1000 intervals the number that miss is binomial with 5 %: between its 1e-5 quantiles."""
    rng = np.random.default_rng(4)
    intervals = [hodges_lehmann(rng.standard_t(4, 40) + 1) for _ in range(1000)]
    missed = sum(not found.low <= 1 <= found.high for found in intervals)
    assert binom.ppf(1e-5, 1000, 0.05) <= missed <= binom.ppf(1 - 1e-5, 1000, 0.05)


def test_the_ends_of_small_samples_are_the_outermost_averages():
    assert hodges_lehmann([2.0, 1.0]) == (1.5, 1.0, 2.0)
