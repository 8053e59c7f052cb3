"""From scaled measurements to a trained network: `train`, and what it returns.

Each start goes through rounds. A round is some iterations of the optimiser with the weights and the ridge of
the round before, then the evidence (Y1) says what these should be. Rounds grow by a third each, as what they
learn changes less and less. Of up to eight starts the likeliest after four rounds go on, one in four, and the
round of the greatest evidence is kept: one that falls says that the parabola about θ no longer holds.
Where all eight have time a network of half as many units and an affine model are tried as well, and the
likeliest of the three is taken: too wide a network bends with the noise, and is less likely. Where it leaves
most of everything, eight more starts believe that the data are nearly exact: a function with many bends looks
like noise to those that do not.
Few numbers do not tell that their error is large: the evidence would have two values be noise where a hundred
second derivatives are met. Their τ is small from the second round on.
Where `alpha` is given, there is one round, with that ridge and with weights by size (W1).

Of very many points batches teach more in a second than the whole. There "adam" has two rounds, in each of
which its rate falls to nothing. In the first τ is that of all derivatives of an order: by itself one that is
nearly 0 everywhere would have all the weight, and batches would learn nothing else. Where the rounds leave
little of the data, so that they are exact, and "lm" has time for them, it takes them up from there.

Data that were held out judge in place of evidence or loss. They are looked at after every iteration, the best
θ is kept, and a round ends when it is `PATIENCE` iterations old. Within a round of "adam" they say nothing:
as long as its rate is large the best of many θ is the best by chance.
"""

import re
from collections.abc import Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
from scipy.special import chdtrc

from .._typing import Array
from ..jets.activations import Activation
from ..losses.loss import Loss
from ..models.mlp import MLP
from ..optimize.ending import EXHAUSTED, OUT_OF_TIME, Result
from ..optimize.fitting import fit
from .balance import Terms, loss_of
from .evidence import FLOOR, LEFT, Curvature, Evidence, groups_of
from .measurements import Data
from .names import Key
from .uncertainty import optima, tails

LAYERS, NARROW, AMPLE, WIDE = 2, 8, 12, 24  # hidden layers, their least, usual and greatest width
# Of its size, a term's error τ at first, and a: one start after the other. The first bends as the data ask,
# and may take their noise for bends; the second comes from a plane, and may stay there. The evidence decides.
FROM = ((0.1, 1.0), (1.0, 1.0))
AGAIN, POOR = (
    ((0.03, 1.0),),
    0.3,
)  # one more kind, where a fit leaves this share of every term's size
FIRST, GROWTH = 10, 1.3  # iterations of a round of "lm"; other methods have ten times as many
TRIAL = 4  # rounds, after which one of the starts goes on
TRIED = sum(int(FIRST * GROWTH**i) for i in range(TRIAL))  # iterations of "lm" in them
FINALISTS = 4  # starts, of which one goes on
# By default, as long as their trials take half of the work; two of "lm" in any case.
MOST_STARTS = 8
LM_PARAMETERS = 2000  # up to which "lm" is taken: it factorises JᵀJ, (P, P), at every step
FEW, SURE = 10, 0.1  # numbers of a term that do not tell of a τ above this share of their size
# A partial that is nearly 0 everywhere, met by chance, would have all the weight.
UNLIKE = 30.0  # times, by which a τ is at most below those of its order
STEP = 10.0  # by which τ changes at most from round to round, and a by its square
GAIN = 0.01  # of log p by number, or of the loss held out, below which a round was in vain; two end a run
WORK = 1.5e11  # multiplications that "lm" takes by default, trials included: some seconds
WHOLE = 1e10  # multiplications up to which deviations come from all rows: some tenths of a second
LEAST, MOST = 60, 1000  # iterations by default
STEPS = 5000  # of "quasi_newton" at most; 20 take as long as one of "lm" where that is slow
MANY = 1800  # points, a tenth of 2000 being held out, from which on batches are the default
BATCH = 256  # nodes of "adam"
RATE, LAST = 1e-2, 1e-5  # its first learning rate and its last
EPOCHS = 60, 100  # of "adam", the least and the most by default
EXACT = 0.1  # of a term's size, what batches leave of it where "lm" goes on
EPOCH = 12  # multiplications by number and parameter in an epoch, as it takes as long
ENOUGH = 150  # iterations of "lm" that the usual width leaves time for
PATIENCE = 50
CHANCE = 1e-4  # of a χ² as large, below which noise that was given is not what is left
RIDGE = 1e-6  # μ where the evidence takes too many parameters


@dataclass(frozen=True)
class Settings:
    """How to train, each checked by the regressor; its docstring says what they mean."""

    activation: str | Activation = "tanh"
    balance: str = "partial"
    method: str | None = None
    alpha: float | None = None
    starts: int | None = None
    max_iter: int | None = None
    time_limit: float | None = None


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network of the scaled problem, and how it came about.

    Attributes
    ----------
    net : MLP
    theta : ndarray, shape (P,)
        The best θ.
    starts : int
        Of how many it is the best.
    weights : dict
        From α or "along" to λ_α = 1/τ_α², the mean over the outputs.
    ridge : ndarray, shape (P,)
        μ of each entry of θ, in the same loss.
    noise : dict
        From α or "along" to τ_α, shape (m,), the size of the errors that are left: noise, and what the
        network cannot do; 90 % of them are within 1.645 of it.
    covariance : ndarray, shape (P, P), or None
        That of θ, c H⁻¹ (Y5), where P is not too large.
    freedom : float
        Σ_t N_t − γ_t, the numbers that did not go into θ and tell what the noise is; ∞ where that was
        given, or without a covariance.
    log_evidence : float
        NaN without a covariance.
    method, stop : str
        What ran, and why it ended.
    success : bool
        Whether it ended where it should, see `fit`.
    n_iter : int
    history : ndarray
        The loss at the start and after every iteration, each over Σ_t N_t/τ_t² of its round: a mean square.
    """

    net: MLP
    theta: Array
    starts: int
    weights: dict[Key, float]
    ridge: Array
    noise: dict[Key, Array]
    covariance: Array | None
    freedom: float
    log_evidence: float
    method: str
    stop: str
    success: bool
    n_iter: int
    history: Array


@dataclass(frozen=True, eq=False)
class Run:
    """Where a start is after so many rounds: θ, what it was trained with, and how good it is."""

    terms: Terms
    theta: Array
    tau: Array  # (T,)
    a: Array  # (P,)
    rounds: int = 0
    score: float = -np.inf
    gain: float = np.inf  # of score by the last round
    told: tuple[Curvature, Evidence] | None = None  # of the last round, where they judge
    stop: str = ""
    success: bool = False
    history: tuple[float, ...] = ()

    @property
    def nit(self) -> int:
        """Iterations so far."""
        return max(0, len(self.history) - 1)


@dataclass
class Judge:
    """The loss of data held out, and the best θ so far."""

    loss: Loss
    theta: Array
    least: float = np.inf
    age: int = 0

    def __call__(self, intermediate_result: Any) -> None:
        """Look at an iterate; StopIteration where nothing was better for long."""
        value = float(self.loss(intermediate_result.x)[0])
        self.age += 1
        if value < self.least:
            self.theta, self.least, self.age = intermediate_result.x.copy(), value, 0
        if self.age >= PATIENCE:
            raise StopIteration


def train(
    data: Data,
    held: Data | None,
    hidden: tuple[int, ...] | None,
    settings: Settings,
    rng: np.random.Generator,
) -> Trained:
    """Train networks on scaled data, from several starts and of several widths, and keep the best.

    Parameters
    ----------
    data : Data
        In units in which everything is of size 1.
    held : Data, optional
        Others in the same units, which only choose.
    hidden : tuple of int, or None
        The widths of the hidden layers; by default by the number of data.
    settings : Settings
    rng : numpy.random.Generator
        The source of the starts.

    Returns
    -------
    Trained
    """
    bounds = np.stack([data.x.min(axis=0), data.x.max(axis=0)], axis=1)  # (d, 2)
    bounds[bounds[:, 0] == bounds[:, 1]] += [-1.0, 1.0]
    began, seed = perf_counter(), int(deepcopy(rng).integers(2**63))

    def best_of(
        units: tuple[int, ...], settings: Settings, kinds: tuple[tuple[float, float], ...] = FROM
    ) -> Fit:
        """The best run of a network of these widths, its trainer, and of how many starts it is."""
        net = MLP((data.d, *units, data.m), settings.activation)
        trainer = Trainer(Terms.of(net, data, settings.balance), held, settings, began, seed)
        tried: list[Run] = []
        for i, theta in enumerate([net.init(rng, bounds=bounds) for _ in range(trainer.starts)]):
            if not tried or trainer.left(0.5) > 0:
                tried.append(trainer.tried(i, theta, *kinds[i % len(kinds)]))
        tried = sorted(tried, key=lambda run: -run.score)
        last = [trainer.finished(run) for run in tried[: max(1, len(tried) // FINALISTS)]]
        return trainer, max(last, key=lambda run: run.score), len(tried)

    units = widths(data) if hidden is None else hidden
    found = [best_of(units, settings)]
    trainer, _, starts = found[0]
    if hidden is None and settings.starts is None and trainer.kinds > 1 and starts == MOST_STARTS:
        few, many = (replace(settings, starts=n) for n in (len(FROM), MOST_STARTS))
        found += [best_of(fewer, few) for fewer in (tuple(n // 2 for n in units), ())]
        if is_poor(likeliest(found)[1]):
            found.append(best_of(units, many, AGAIN))
    trainer, best, _ = likeliest(found)
    starts = sum(more for _, _, more in found)
    if trainer.is_exact(best):
        trainer = trainer.by_lm(best)
        best = trainer.finished(best)
    return trainer.result(best, starts)


Fit: TypeAlias = "tuple[Trainer, Run, int]"  # and of how many starts it is the best


class Trainer:
    """What all starts share, and what is done to each."""

    def __init__(
        self, terms: Terms, held: Data | None, settings: Settings, began: float, seed: int
    ) -> None:
        P, self.terms, self.N = terms.net.n_parameters, terms, terms.data.points
        self.seed = seed  # of the rows by which all rounds are compared
        self.small = P <= LM_PARAMETERS  # so that there is a covariance
        self.learns = settings.alpha is None and self.small
        self.alpha = RIDGE if settings.alpha is None else settings.alpha
        self.told = constants_told(terms)
        others = [np.setdiff1d(group, self.told) for group in groups_of(terms.net)]
        self.groups = [group for group in others if group.size]
        work = work_of(terms.data.count, P)
        self.quick = self.small and work * LEAST <= WORK  # so that "lm" has time
        plenty = 2 * MOST_STARTS * TRIED * work <= WORK  # for all starts by "lm"
        usual = "lm" if plenty else "quasi_newton" if self.small else "L-BFGS-B"
        if len(terms.data.x) >= MANY and settings.alpha is None:
            usual = "adam"
        self.method = self.called = usual if settings.method is None else settings.method
        self.free = settings.method is None and settings.max_iter is None
        self.unit = 1 if self.method == "lm" else 10  # iterations as long as one of "lm"
        trial = TRIED
        self.kinds = len(FROM) if self.learns and self.method in ("lm", "quasi_newton") else 1
        if self.method == "adam":
            work = float(EPOCH * terms.data.count * P)
            trial = -(-int(np.clip(WORK / work, *EPOCHS)) // 3)
        several = int(np.clip(WORK / (2 * trial * work), self.kinds, MOST_STARTS))
        self.starts = several if settings.starts is None else settings.starts
        rest = WORK / work - (min(self.starts, several) - 1) * trial
        default = self.unit * int(np.clip(rest, LEAST, MOST))
        default = 3 * trial if self.method == "adam" else default
        default = min(2 * default, STEPS) if self.method == "quasi_newton" else default
        self.asked = settings.max_iter
        self.max_iter = default if self.asked is None else self.asked
        self.began, self.limit = began, settings.time_limit
        self.held: Loss | None = None
        if held is not None:
            sizes = terms.of_orders if self.learns else terms.sizes
            self.held = loss_of(terms.net, held, terms.weights(sizes))

    def tried(self, i: int, theta: Array, noise: float, precision: float) -> Run:
        """Start i after its first rounds, for which all have half the time, from this τ over size, and a."""
        terms, tau, share = self.terms, self.terms.noise, (i + 1) / self.starts
        if tau is None:
            own = terms.of_orders if self.method == "adam" else terms.root_mean_squares
            tau = noise * own if self.learns else terms.sizes
        a = np.full(len(theta), precision if self.learns else self.alpha * self.N / 2)
        a[self.told] = 0
        run = Run(terms, theta, tau, a)
        for _ in range(1 if self.method == "adam" else TRIAL):
            run = self.round(run, share / 2) or run
        return run

    def finished(self, run: Run) -> Run:
        """The best of all its further rounds."""

        def enough(score: float) -> float:
            return GAIN * (abs(score) if self.held else float(self.terms.counts.sum()))

        best, vain = run, int(run.gain <= enough(run.score))
        while vain < 2 and (later := self.round(run)):
            vain = 0 if later.score > best.score + enough(best.score) else vain + 1
            best, run = (later if later.score > best.score else best), later
        if vain == 2:
            what = "of the loss held out" if self.held else "of log evidence a number"
            why = f"two rounds in a row brought less than {GAIN} {what}"
            return replace(best, history=run.history, stop=why, success=True)
        return replace(best, history=run.history, stop=run.stop, success=run.success)

    def is_exact(self, run: Run) -> bool:
        """Whether batches left little of some term, no noise, and "lm" has time for the rest."""
        if not (self.method == "adam" and self.free and self.learns and self.quick):
            return False
        terms, tau, _ = self.learnt(run)
        return bool((tau < EXACT * terms.root_mean_squares).any())

    def by_lm(self, run: Run) -> "Trainer":
        """The same by "lm", in what is left of the time."""
        other = copy(self)
        other.method, other.called, other.unit = "lm", "adam, then lm", 1
        work = work_of(self.terms.data.count, len(run.theta))
        other.max_iter = run.nit + int(np.clip(WORK / work, LEAST, MOST))
        return other

    def round(self, run: Run, share: float = 1.0) -> Run | None:
        """The next round of a start, or None where there is none left in this share of the time."""
        iterations = min(self.length(run.rounds), self.max_iter - run.nit)
        left = self.left(share)
        if not self.learns:
            iterations = self.max_iter
        if run.rounds and (iterations <= 0 or left <= 0 or not self.learns):
            return None
        terms, tau, a = self.learnt(run)
        loss = terms.loss(tau, 2 * a / self.N)
        judge = None if self.held is None else Judge(self.held, run.theta)
        left = max(left, 1e-3)
        options: dict[str, Any] = {"ftol": 1e-9} if self.method == "lm" else {}
        if self.method == "adam":
            options = self.batches(iterations, left)
        if np.isfinite(left):
            options["time_limit"] = left
        # θ of "adam" are rough before its rate has fallen.
        watch = None if self.method == "adam" else judge
        result = fit(loss, run.theta, self.method, maxiter=iterations, callback=watch, **options)
        theta = result.x
        if judge is not None:
            if watch is None or judge.least == np.inf:  # as a round may end where it began
                judge(result)
            theta = judge.theta
            if judge.age >= PATIENCE:
                why = f"what was held out was not met better for {PATIENCE} iterations"
                result.update(success=True, message=why)
        told, score = None, -result.fun
        if judge is not None:
            score = -judge.least
        elif self.learns:
            told = self.evidence(terms, theta, tau, a)
            score = told[1].log_evidence
        return Run(
            terms, theta, tau, a, run.rounds + 1, score, score - run.score, told,
            self.why(result), result.success,
            run.history[:-1] + tuple(result.history / terms.total(tau)),
        )  # fmt: skip

    def evidence(
        self, terms: Terms, theta: Array, tau: Array, a: Array
    ) -> tuple[Curvature, Evidence]:
        """What the rows that choose between fits say of a round."""
        at = Curvature.of(terms, theta, np.random.default_rng(self.seed))
        return at, Evidence.of(at, theta, tau, a)

    def left(self, share: float) -> float:
        """Seconds that are left of a share of the time."""
        return np.inf if self.limit is None else self.began + share * self.limit - perf_counter()

    def length(self, rounds: int) -> int:
        """Iterations of a round after so many; "adam" has two, of a third and of the rest."""
        if self.method == "adam":
            return self.max_iter if rounds else -(-self.max_iter // 3)
        return int(self.unit * FIRST * GROWTH**rounds)

    def batches(self, epochs: int, left: float) -> dict[str, Any]:
        """How "adam" goes: its rate falls to nothing at the end, be that of the epochs or of the time."""
        steps, began = epochs * -(-len(self.terms.data.x) // BATCH), perf_counter()

        def rate(k: int) -> float:
            done = max(k / max(steps, 1), (perf_counter() - began) / left)
            return RATE * max(0.0, 1 - done) + LAST

        return {"batch_size": BATCH, "learning_rate": rate}

    def why(self, result: Result) -> str:
        """Why a run ended with this round, by the caller's limits: a round's own say nothing of it.

        ‖∇L‖ and the loss are left out, as their unit is 1/τ² of the round.
        """
        if result.status == EXHAUSTED:
            default = ", the default" if self.asked is None else ""
            return f"max_iter = {self.max_iter} iterations done{default}"
        if result.status == OUT_OF_TIME:
            return f"time_limit = {self.limit:g} s reached"
        return re.sub(r"; ‖∇L‖ = .*?, loss = [^;]*", "", result.message)

    def learnt(self, run: Run) -> tuple[Terms, Array, Array]:
        """The terms, τ and a by the evidence of the last round."""
        terms, tau = run.terms, run.tau
        if not (run.rounds and self.learns):
            return terms, tau, run.a
        at, evidence = run.told or self.evidence(terms, run.theta, tau, run.a)
        if terms.noise is None:
            parted = terms.likened(run.theta, evidence.known, FLOOR)
            if parted is not terms:
                terms, tau = parted, parted.sizes_by(terms, tau)
                at, evidence = self.evidence(terms, run.theta, tau, run.a)
            found = evidence.noise(at, FLOOR * terms.root_mean_squares)
            found = np.clip(found, tau / STEP, tau * STEP)
            most = SURE * terms.root_mean_squares
            found = np.where(terms.counts < FEW, np.minimum(found, most), found)
            tau = np.maximum(found, terms.pooled(found, terms.counts) / UNLIKE)
        a = evidence.precision(at, run.theta, run.a, self.groups)
        return terms, tau, np.clip(a, run.a / STEP**2, run.a * STEP**2)

    def result(self, run: Run, starts: int) -> Trained:
        """What became of a run."""
        noise, covariance, freedom, log_evidence = self.of_outputs(run), None, np.inf, np.nan
        if self.small:
            noise, covariance, freedom, log_evidence = self.judged(run)
            # With as many parameters as numbers functions about one optimum meet all of these.
            fewer = len(run.theta) < self.terms.counts.sum()
            covariance = (optima(self.terms.net) if fewer else 1.0) * covariance
        return Trained(
            net=self.terms.net,
            theta=run.theta,
            starts=starts,
            weights={key: float(lam.mean()) for key, lam in run.terms.weights(run.tau).items()},
            ridge=2 * run.a / self.N,
            noise=noise,
            covariance=covariance,
            freedom=freedom,
            log_evidence=log_evidence,
            method=self.called,
            stop=run.stop,
            success=run.success,
            n_iter=run.nit,
            history=np.array(run.history),
        )

    def of_outputs(self, run: Run) -> dict[Key, Array]:
        """τ of each output, (m,), by key (W2)."""
        return {
            key: tau / np.sqrt(self.terms.data.share(key))
            for key, tau in run.terms.by_output(run.tau).items()
        }

    def judged(self, run: Run) -> tuple[dict[Key, Array], Array, float, float]:
        """τ by key, (m,), H⁻¹, the numbers that tell τ, and log p, of all rows but where they are very many.

        Noise that was given is judged by each output: where more is left than it, its τ̂ is taken, and where
        more is left of the others together, all of these grow as one. As that had no part in the fit, the
        covariance of θ is H⁻¹ + H⁻¹ Σ (τ̂²/τ² − 1) JᵀJ/τ² H⁻¹.
        """
        terms, data, theta = run.terms, self.terms.data, run.theta
        many = data.count * len(theta) ** 2 > WHOLE
        if not data.noise:
            if many:
                at, evidence = run.told or self.evidence(terms, theta, run.tau, run.a)
            else:
                at = Curvature.of(terms, theta)
                evidence = Evidence.of(at, theta, run.tau, run.a)
            evidence = self.opened(evidence, at, run, run.tau)
            freedom = float((at.counts - evidence.known).sum())
            # Where weights were chosen, their unit is that of the residuals that they leave.
            unit = at.squares @ run.tau**-2 / max(freedom, 1.0)
            one = terms.singly
            of = [terms.term[pair] for pair in one.pairs]
            size = np.where(one.counts < FEW, tails(terms, theta)[of], tails(one, theta))
            share = np.maximum(1 - evidence.known / at.counts, LEFT)[of]
            found = np.maximum(size / np.sqrt(share), FLOOR * terms.root_mean_squares[of])
            return (
                one.by_output(found),
                evidence.covariance * unit,
                freedom,
                evidence.log_evidence,
            )
        alone, rng = terms.alone, np.random.default_rng(self.seed) if many else None
        at = Curvature.of(alone, theta, rng)
        tau = np.array([data.noise[key][j] for key, j in alone.pairs])
        evidence = Evidence.of(at, theta, tau, run.a)
        evidence = self.opened(evidence, at, run, tau)
        squares, left = at.squares / tau**2, at.counts - evidence.known
        more = is_more(squares, left)
        pooled, of_all = squares[~more].sum(), left[~more].sum()
        growth = np.sqrt(pooled / of_all) if is_more(pooled, of_all) else 1.0
        found = np.where(more, evidence.noise(at, tau), growth * tau)
        C = evidence.covariance
        excess = np.tensordot(((found / tau) ** 2 - 1) / tau**2, at.grams, 1)
        return alone.by_output(found), C + C @ excess @ C, np.inf, evidence.log_evidence

    def opened(self, evidence: Evidence, at: Curvature, run: Run, tau: Array) -> Evidence:
        """The evidence by the a of a flat prior of each size (Y6), but for log p; a given ridge stays."""
        if not self.learns:
            return evidence
        a = evidence.open_precision(run.theta, run.a, self.groups)
        return replace(Evidence.of(at, run.theta, tau, a), log_evidence=evidence.log_evidence)


def likeliest(found: Sequence[Fit]) -> Fit:
    """The best of several fits."""
    return max(found, key=lambda fit: fit[1].score)


def is_poor(run: Run) -> bool:
    """Whether a fit learns that most of everything that was measured is noise."""
    terms = run.terms
    return terms.noise is None and bool((run.tau > POOR * terms.root_mean_squares).all())


def constants_told(terms: Terms) -> Array:
    """Which of θ are constants of outputs that have values, the last b: these have no ridge.

    Where the zero of an output lies is a matter of its scaling, and no reason to miss its values. Of a
    constant that slopes leave open nothing else says anything.
    """
    net, data = terms.net, terms.data
    values = data.values.get((0,) * data.d, np.full((1, data.m), np.nan))
    return net.n_parameters - data.m + np.flatnonzero(~np.isnan(values).all(axis=0))


def is_more(squares: Array | float, left: Array | float) -> Array:
    """Whether χ² of so many numbers that are left is more than noise of variance 1 has by chance."""
    return np.asarray((left >= 1) & (chdtrc(np.maximum(left, 1), squares) < CHANCE))


def work_of(count: int, P: int) -> float:
    """Multiplications of an iteration of "lm": JᵀJ and some factorisations."""
    return float(count) * P**2 + 2.0 * P**3


def widths(data: Data) -> tuple[int, ...]:
    """Two hidden layers, the widest with a parameter for two numbers and with time for "lm", within limits.

    More than `AMPLE` units leave time for both kinds of start. Where "lm" has no time for `AMPLE`, another
    method has time for more.
    """

    def parameters(n: int) -> int:
        return n**2 + (data.d + 2 + data.m) * n + data.m

    some = range(NARROW, WIDE + 1)
    widest = max([n for n in some if 2 * parameters(n) * data.m <= data.count], default=NARROW)
    timely = [
        n
        for n in some
        if work_of(data.count, parameters(n)) * (ENOUGH if n <= AMPLE else 3 * TRIED) <= WORK
    ]
    quick = min(widest, max(timely, default=0))
    return (quick if quick >= min(AMPLE, widest) else widest,) * LAYERS
