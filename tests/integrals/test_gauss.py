"""Gauss–Legendre nodes and weights to the last digits, against mpmath's and Newton's method in decimals."""

import math
import time
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import sobolev_ref as sr
from sobolev_ref.integrals.gauss import NEWTON

EPS = 2.0**-52
# n, k, the k-th node from the end, its distance from the end, its weight: Newton's method on Legendre's
# recurrence from cos(j_{0,k}/(n + ½)), with mpmath 1.3 at 40 digits
MPMATH = [
    (1, 1, "0", "1", "2.0"),
    (2, 1, "0.57735026918962576451", "0.42264973081037423549", "1.0"),
    (3, 1, "0.77459666924148337704", "0.22540333075851662296", "0.55555555555555555556"),
    (3, 2, "0", "1", "0.88888888888888888889"),
    (5, 1, "0.9061798459386639928", "0.093820154061336007202", "0.23692688505618908751"),
    (5, 2, "0.53846931010568309104", "0.46153068989431690896", "0.47862867049936646804"),
    (5, 3, "0", "1", "0.56888888888888888889"),
    (10, 1, "0.97390652851717172008", "0.026093471482828279922", "0.066671344308688137594"),
    (10, 2, "0.86506336668898451073", "0.13493663331101548927", "0.14945134915058059315"),
    (10, 3, "0.67940956829902440623", "0.32059043170097559377", "0.219086362515982044"),
    (10, 5, "0.14887433898163121088", "0.85112566101836878912", "0.29552422471475287017"),
    (64, 1, "0.99930504173577213946", "0.00069495826422786054309", "0.0017832807216964329473"),
    (64, 2, "0.99634011677195527935", "0.0036598832280447206531", "0.0041470332605624676353"),
    (64, 16, "0.71988185017161082685", "0.28011814982838917315", "0.033805161837141609392"),
    (64, 32, "0.024350292663424432509", "0.97564970733657556749", "0.048690957009139720383"),
    (100, 1, "0.99971372677344123368", "0.00028627322655876632177", "0.00073463449050567173041"),
    (100, 2, "0.9984919506395958184", "0.0015080493604041815998", "0.0017093926535181052395"),
    (100, 25, "0.71533811757305644646", "0.28466188242694355354", "0.021843002416247386314"),
    (100, 50, "0.015628984421543082872", "0.98437101557845691713", "0.031255423453863356948"),
    (101, 1, "0.99971933952977027577", "0.0002806604702297242316", "0.00072023170640186370177"),
    (101, 2, "0.99852151198975750825", "0.0014784880102424917461", "0.0016758927604990288799"),
    (101, 26, "0.69884356108744453572", "0.30115643891255546428", "0.022138403762398209654"),
    (101, 51, "0", "1.0", "0.030951276239756546467"),
    (500, 1, "0.99998845675221295665", "0.000011543247787043349555", "0.000029623644485482837152"),
    (500, 2, "0.99993917981453703559", "0.000060820185462964406722", "0.00006895707282668987497"),
    (500, 125, "0.70876888377467348111", "0.29123111622532651889", "0.0044279826069620420546"),
    (500, 250, "0.0031384474810658661173", "0.99686155251893413388", "0.0062768743531999302999"),
    (1000, 1, "0.99999711129807551057", "2.8887019244894301237e-6", "7.4133384164320715175e-6"),
    (1000, 2, "0.99998477963291741832", "0.000015220367082581675702", "0.000017256769773739230118"),
    (1000, 250, "0.70793882661809896266", "0.29206117338190103734", "0.0022177150288593113188"),
    (1000, 500, "0.001570010480083193829", "0.99842998951991680617", "0.003140018380182867787"),
    (2000, 1, "0.99999927746317031134", "7.2253682968865962337e-7", "1.8542626102132728197e-6"),
    (2000, 2, "0.9999961929984418254", "3.8070015581746021862e-6", "4.3163659609406649191e-6"),
    (2000, 500, "0.70752305262082063548", "0.29247694737917936452", "0.0011097889550722902744"),
    (2000, 1000, "0.00078520175772144724352", "0.99921479824227855276", "0.0015704031927029911815"),
    (100000, 1, "0.99999999971084359344", "2.8915640655969970491e-10", "7.4206871635847180212e-10"),
    (100000, 10, "0.99999995307651392961", "4.6923486070387291987e-8", "9.622769495869924825e-9"),
    (100000, 11, "0.99999994296026938649", "5.7039730613514208484e-8", "1.0609719614621920549e-8"),
    (
        100000,
        1000,
        "0.99950681195342269372",
        "0.00049318804657730627786",
        "9.8654161741508452896e-7",
    ),
    (
        100000,
        25000,
        "0.70711511149249606065",
        "0.29288488850750393935",
        "0.000022214041912664075407",
    ),
    (
        100000,
        50000,
        "0.000015707884727683022562",
        "0.99998429211527231698",
        "0.000031415769452782227491",
    ),
]


def error(got, exact):
    """The relative error, in exact arithmetic."""
    exact = Fraction(exact)
    return float(abs(Fraction(float(got)) - exact) / exact) if exact else abs(got)


@pytest.mark.parametrize("n", sorted({row[0] for row in MPMATH}))
def test_nodes_and_weights_of_mpmath(n):
    """W6: weights to 4e-16, nodes to two units of their last digit, from the centre and from the end."""
    rule, unit = sr.gauss_legendre([(-1, 1)], n), sr.gauss_legendre([(0, 1)], n)
    x, w = rule.nodes[:, 0], rule.weights
    for _, k, node, gap, weight in (row for row in MPMATH if row[0] == n):
        assert error(w[k - 1], weight) < 4e-16 and error(w[-k], weight) < 4e-16
        assert error(x[-k], node) < 2 * EPS and x[k - 1] == -x[-k]
        # The distance from the end keeps its digits.
        assert error(unit.nodes[k - 1, 0], Fraction(gap) / 2) < 2 * EPS
        assert error(unit.weights[k - 1], Fraction(weight) / 2) < 4e-16


def decimals(n, x):
    """The root of P_n next to x and its weight, to 50 digits."""
    with localcontext(prec=50):
        x = Decimal(float(x))
        for _ in range(3):
            before, P = Decimal(1), x
            for k in range(1, n):
                before, P = P, ((2 * k + 1) * x * P - k * before) / (k + 1)
            slope = n * (before - x * P) / (1 - x * x)
            x, weight = x - P / slope, 2 / ((1 - x * x) * slope**2)
        return x, weight


@given(st.integers(1, 2000), st.data())
@example(NEWTON, None)
@example(NEWTON + 1, None)
def test_any_node_and_weight(n, data):
    """W6 at any n: the two sides of the change of method whole, others by lot."""
    rule = sr.gauss_legendre([(-1, 1)], n)
    half = range(n // 2, n)
    places = half if data is None else [data.draw(st.sampled_from(half))]
    for i in places:
        node, weight = decimals(n, rule.nodes[i, 0])
        assert error(rule.weights[i], weight) < 4e-16
        assert float(abs(Decimal(float(rule.nodes[i, 0])) - node)) <= 2 * np.spacing(float(node))


@pytest.mark.parametrize("n", [1, 2, 7, 128, 129, 10_001, 100_000])
def test_the_nodes_are_symmetric_and_rise_inside_the_interval(n):
    rule = sr.gauss_legendre([(-1, 1)], n)
    x, w = rule.nodes[:, 0], rule.weights
    assert (x == -x[::-1]).all() and (w == w[::-1]).all() and (np.diff(x) > 0).all()
    assert x[0] > -1 and x[-1] < 1 and (n % 2 == 0 or x[n // 2] == 0)
    assert abs(w.sum() - 2) < 2e-15


def test_a_hundred_thousand_nodes_take_less_than_a_second():
    """W6: processor time, so that it does not depend on who else is at work."""
    start = time.process_time()
    rule = sr.gauss_legendre([(0, 1)], 100_000)
    assert time.process_time() - start < 1
    # ∫_0^1 x^j dx = 1/(j + 1), for degrees that the nodes near the end alone decide
    for j in (0, 1, 199_999):
        assert rule.integrate(lambda x: x**j) == pytest.approx(1 / (j + 1), rel=1e-11)


@pytest.mark.parametrize("n", [1, 20, 500, 5000])
def test_the_product_of_all_nodes(n):
    """On [0, 1] the leading coefficient of P_n is C(2n, n) and |P_n| is 1 at 0: Π x_k = 1/C(2n, n)."""
    x = sr.gauss_legendre([(0, 1)], n).nodes[:, 0]
    assert math.fsum(np.log(x)) == pytest.approx(-math.log(math.comb(2 * n, n)), rel=1e-15)
