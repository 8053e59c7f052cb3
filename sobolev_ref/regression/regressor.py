"""`SobolevRegressor`: fit, predict, differentiate and score, in the caller's units and scikit-learn's shape.

scikit-learn's conventions are kept without it: parameters are stored by `__init__` and checked by `fit`, what
was learned ends in an underscore, and its tools (`clone`, `Pipeline`, `GridSearchCV`, `cross_val_score`)
take the object as one of their own. Only they call `__sklearn_tags__`, which imports it.
"""

from __future__ import annotations

import os
import sys
from inspect import signature
from typing import Any, Literal, Self, overload
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from .._checks import (
    as_flag,
    as_integer,
    as_order,
    as_real,
    as_real_vector,
    as_rng,
    as_sequence,
    as_word,
    is_several,
)
from .._typing import Array, MultiIndex
from ..data.scores import explained
from ..data.standardizer import Standardizer
from ..data.storage import MAX_BYTES
from ..integrals.targets import as_data
from ..jets.activations import Activation, as_activation
from ..optimize.methods import RUNS
from .archive import read, write
from .balance import Terms
from .inputs import (
    as_numbers,
    as_points,
    as_weights_of_points,
    in_the_order_of,
    in_the_same_rows,
    is_frame,
    known_part,
    labels_of,
    measured,
    position,
    same_inputs,
    same_outputs,
    weighable,
)
from .measurements import Data, parted, scaler_of
from .names import ALONG, Key, Names
from .report import Report, report_of
from .summary import (
    contradicted,
    in_units,
    neglected,
    summary,
    told,
    too_few_are_left,
    unexplained,
    written,
)
from .training import Settings, Trained, train
from .uncertainty import deviations, optima, student
from .unseen import taken, unknown

METHODS = tuple(name for name in RUNS if name not in ("linear", "gradient_descent", "momentum"))
MAX_WIDTH = 10_000
MAX_STARTS = 1000
MANY, HELD = 2000, 0.1  # points, of which so many can do without this share by default
MAX_POINTS = 10**6  # of a curve
FAR = 1e100  # units of the scaler, whose squares float64 still has


class SobolevRegressor:
    """A network fitted to values and derivatives, in the caller's units, with scikit-learn's conventions.

    Data are standardised, and every derivative with them (S1); what `predict`, `derivatives` and `gradient`
    answer is in the caller's units again. What was chosen stands in attributes that end in an underscore, and
    in the print of a fitted object.

    Parameters
    ----------
    hidden : int, tuple of int, or None
        The widths of the hidden layers; () for a model that is affine. By default they follow from the
        number of data; where time is plentiful, and no `starts` are given, half as many units and none are
        tried beside them, and the likeliest are taken.
    activation : str or Activation
        σ, one of `ACTIVATIONS`.
    balance : {"partial", "order"}, optional
        Which errors are of one size where no noise is given: those of each derivative alone, or of all of one
        order. By default that size is learnt for each alone, and for outputs alone whose errors are unlike;
        with an `alpha` it is that of all of one order, their own size (W1).
    method : str, optional
        The optimiser, as `fit` takes it, but for "linear", "gradient_descent" and "momentum": their learning
        rate is in the unit of the loss, and that is 1/τ² of each round. By default "lm" where it has time for
        all starts, else "quasi_newton", for more than 2000 parameters "L-BFGS-B", and of 1800 points or more
        to train on "adam" with batches, from which "lm" goes on where the data are exact and it has time;
        with an `alpha` without batches.
    alpha : float, optional
        The weight decay μ >= 0 of `Ridge`, in units of the standardised loss, with weights by size; the
        constants of outputs that have values have none. By default the data themselves say what both should
        be, by their evidence (Y2).
    validation : float or tuple, optional
        What is held out of training to choose by: a share of the points, 0 <= share < 1, drawn at random; or
        data of their own, (X, y) or (X, y, derivatives), as `fit` takes them; 0 for none. By default a tenth
        of 2000 points or more.
    starts : int, optional
        How many random starts are tried; the best goes on, by the data held out where there are some, else by
        the evidence, or with an `alpha` by the loss. By default up to eight, as their cost allows, and two of
        each other size that is tried, with eight more where those leave most of the data to noise.
    max_iter : int, optional
        Iterations, those on trial included. By default what takes some seconds.
    time_limit : float, optional
        Seconds, half of them for trials. With one the answer depends on the machine.
    random_state : int, numpy.random.Generator, or None
        The source of the starts. The same whole number gives the same bits, None fresh ones each time.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only where X had column names.
    n_outputs_ : int
    names_ : Names
        How inputs and outputs are called.
    scaler_ : Standardizer
    net_ : MLP
        The network of the scaled problem, and `theta_` its parameters, shape (P,).
    model_ : Model
        The same network between the maps of the scaler: ``model_(theta_, X)`` is in the caller's units.
    hidden_ : tuple of int
        The widths of the hidden layers.
    weights_ : dict
        From α or "along" to λ_α of the standardised loss, the mean over the outputs.
    noise_ : dict
        From α or "along" to τ_α, shape (m,), the size of the errors that are left, in the caller's units:
        noise, and what the network cannot do; 90 % of them are within 1.645 of it.
    method_, stop_ : str
        What trained it, and why it ended.
    n_iter_ : int
    loss_curve_ : ndarray
        The loss at the start and after every iteration.
    trained_ : Trained
        All this as `train` returned it, with the ridge and the covariance of θ.

    Raises
    ------
    TypeError, ValueError
        By `fit`, for a parameter or data that cannot be honoured, with its name.

    See Also
    --------
    fit : The training alone, of any loss.
    Standardizer : The scaling alone.
    columns : Derivatives from the columns of a table.

    Examples
    --------
    >>> x = np.linspace(0, 100, 30)                                    # m
    >>> y, slopes = 20 * np.exp(-x / 40), -0.5 * np.exp(-x / 40)       # K, K/m
    >>> slopes[::3] = np.nan                                           # not measured
    >>> model = SobolevRegressor(hidden=8).fit(x[:, None], y, derivatives={(1,): slopes})
    >>> model.predict([[50.0]]).round(3), model.gradient([[50.0]]).round(3)
    (array([5.73]), array([[-0.143]]))
    """

    def __init__(
        self,
        hidden: int | tuple[int, ...] | None = None,
        activation: str | Activation = "tanh",
        *,
        balance: str | None = None,
        method: str | None = None,
        alpha: float | None = None,
        validation: float | tuple[Any, ...] | None = None,
        starts: int | None = None,
        max_iter: int | None = None,
        time_limit: float | None = None,
        random_state: int | np.random.Generator | None = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.balance = balance
        self.method = method
        self.alpha = alpha
        self.validation = validation
        self.starts = starts
        self.max_iter = max_iter
        self.time_limit = time_limit
        self.random_state = random_state

    # -- scikit-learn's conventions ----------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor, by name; `deep` makes no difference.

        Examples
        --------
        >>> SobolevRegressor(starts=3).get_params()["starts"]
        3
        """
        return {name: getattr(self, name) for name in signature(SobolevRegressor).parameters}

    def set_params(self, **params: Any) -> Self:
        """Change parameters of the constructor; the next `fit` uses them.

        Raises
        ------
        ValueError
            For a name that is none of them.

        Examples
        --------
        >>> SobolevRegressor().set_params(starts=3).starts
        3
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{name}: no parameter of it; takes {', '.join(known)}")
            setattr(self, name, value)
        return self

    @property
    def theta_(self) -> Array:
        """θ of the fit, shape (P,); another would be neither in a file nor in the deviations."""
        return self.trained_.theta

    def __repr__(self) -> str:
        return written(self.get_params(), SobolevRegressor().get_params())

    def __str__(self) -> str:
        return self.summary() if hasattr(self, "theta_") else repr(self)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn's tools may expect of it."""
        from sklearn.utils import RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True),
            regressor_tags=RegressorTags(),
        )

    # -- fitting -----------------------------------------------------------------------------------

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        derivatives: Any = None,
        noise: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train on values and derivatives in the caller's units; NaN marks what was not measured.

        Parameters
        ----------
        X : array_like or data frame, shape (N, d)
            Finite numbers.
        y : array_like, series or data frame, shape (N,) or (N, m), optional
            Values. Without them, or for an output of which none is known, slopes along all inputs fix it but
            for a constant, which is chosen so that its mean over the points is 0.
        derivatives : mapping, data frame, array_like, or pair, optional
            From α, a tuple of d whole numbers, to Dᵅy, shape (N,) or (N, m); or by name, "dCL/dMach",
            "d2CL/dMach2", "dMach" where there is one output, to shape (N,). Inputs and outputs are called as
            the columns of X and y, else x (x1, x2, …) and y (y1, y2, …). Or gradients, shape (N, d) for one
            output, (N, m, d) for more, with ∂y_j/∂x_q at point i as entry [i, j, q]. Or a pair
            (directions, slopes), ⟨v_i, ∇y(x_i)⟩ with v (N, d) and slopes (N,) or (N, m), which has the key
            "along" in a mapping.
        noise : number, sequence of k + 1 numbers, or mapping, optional
            Standard deviations τ_α of the errors, in the units of each: of the values, by order, or by α or
            name of everything measured. The terms of the loss are then weighted by 1/τ_α² (W2). They stand,
            unless the fit leaves more of one, or of the others together, than one χ² in 10⁴ has by chance.
        sample_weight : array_like, shape (N,), optional
            Each point's share, >= 0. Whole numbers are repetitions: a point of weight 2 counts as two.

        Returns
        -------
        SobolevRegressor
            The object itself.

        Raises
        ------
        TypeError, ValueError
            If shapes disagree, a name is unknown or names two things, the labels of rows disagree,
            X is not finite, or an output has no number.

        Notes
        -----
        A scaler before it in a pipeline would change the units of X and not those of the derivatives; it
        needs none, as it scales both itself. Cross-validation cuts arrays and frames of derivatives into
        folds as it cuts y, and cannot cut a mapping.
        """
        settings, hidden, rng = self._settings()
        everything, names = measured(X, y, derivatives, noise, sample_weight)
        data = known_part(everything, names)
        bare = everything.x[~everything.known & (everything.weights > 0)]
        if hidden != () and as_activation(self.activation).smoothness < data.order:
            raise ValueError(
                f"activation: got {self.activation!r}, whose own derivatives jump, with derivatives of order "
                f"{data.order} to learn; takes a smooth one, such as 'tanh'"
            )
        given, share = self._validation(names, data)
        scaler = scaler_of(data)
        weighable(data.scaled(scaler), names)
        whole = data
        if share > 0:
            data, given = parted(data, share, rng)
        with np.errstate(over="ignore"):
            scaled, held = data.scaled(scaler), None if given is None else given.scaled(scaler)
        if held is not None:
            refuse_far(held)
        trained = train(scaled, held, hidden, settings, rng)
        self._keep(data, whole, bare, names, scaler, trained)
        P, numbers = trained.net.n_parameters, data.count
        if numbers < P and not trained.ridge.any():
            warn(
                f"hidden, alpha: {P} parameters for {numbers} numbers, and nothing regularises; take "
                "alpha > 0 or fewer units",
                stacklevel=2,
            )
        what = contradicted(data.noise, self.noise_, names)
        terms = Terms.of(trained.net, scaled, settings.balance)
        if settings.alpha is None and not scaled.noise:
            what = neglected(terms, trained, names)
        ended = trained.success or (settings.max_iter is None and settings.time_limit is None)
        if not what and not scaled.noise and ended:
            what = unexplained(terms, trained.theta, names)
        if what:
            pair = "; a pair of derivatives is read as (directions, slopes)" * (
                ALONG in data.numbers
            )
            warn(what + pair, stacklevel=2)
        if lost := self._told["lost"]:
            warn(
                f"derivatives: nothing measured near some points tells {lost}, so that what follows from it "
                "is the network's own, with infinite deviations; give values at more points or slopes along "
                "these",
                stacklevel=2,
            )
        return self

    def _settings(self) -> tuple[Settings, tuple[int, ...] | None, np.random.Generator]:
        """The parameters, checked."""
        hidden = self.hidden
        if hidden is not None:
            takes = "a whole number, a tuple of them, or None"
            several = as_sequence("hidden", hidden, takes) if is_several(hidden) else [hidden]
            hidden = tuple(as_integer("hidden", n, 1, MAX_WIDTH) for n in several)
        as_activation(self.activation)
        balance = "partial" if self.alpha is None else "order"
        if self.balance is not None:
            balance = as_word("balance", self.balance, "order", "partial")
        if self.method is not None:
            as_word("method", self.method, *METHODS)
        if self.max_iter is not None:
            as_integer("max_iter", self.max_iter, minimum=0)
        if self.time_limit is not None:
            as_real("time_limit", self.time_limit, "seconds > 0", above=0, strictly=True)
        alpha = self.alpha
        if alpha is not None:
            alpha = as_real("alpha", alpha, "a finite number >= 0, or None", above=0)
        starts = self.starts
        if starts is not None:
            starts = as_integer("starts", starts, 1, MAX_STARTS)
        limits = self.max_iter, self.time_limit
        settings = Settings(self.activation, balance, self.method, alpha, starts, *limits)
        return settings, hidden, as_rng("random_state", self.random_state)

    def _validation(self, names: Names, data: Data) -> tuple[Data | None, float]:
        """The data held out, in the caller's units, or the share to hold out of those of data."""
        if self.validation is None:
            return None, HELD if len(data.x) >= MANY else 0.0
        if not isinstance(self.validation, tuple):
            return None, as_real(
                "validation", self.validation, "a share, 0 <= share < 1, or data", above=0
            )
        if len(self.validation) not in (2, 3):
            raise ValueError(
                f"validation: got {len(self.validation)} things, takes (X, y) or (X, y, derivatives)"
            )
        X, y, derivatives = (*self.validation, None)[:3]
        try:
            same_inputs(X, names)
            held = known_part(*measured(X, y, derivatives, names=names))
            if not data.numbers.keys() & held.numbers.keys():
                learned = ", ".join(names.of(key, j) for key in data.numbers for j in range(data.m))
                raise ValueError(f"got nothing of {learned}, takes data of some that fit learns")
            if idle := held.numbers.keys() - data.numbers.keys():
                unlearned = ", ".join(
                    sorted(names.of(key, j) for key in idle for j in range(data.m))
                )
                warn(f"validation: got {unlearned}, not learned and so without a say", stacklevel=3)
            return held, 0.0
        except (TypeError, ValueError) as error:
            raise type(error)(f"validation: {error}") from None

    def _keep(
        self,
        data: Data,
        whole: Data,
        bare: Array,
        names: Names,
        scaler: Standardizer,
        trained: Trained,
    ) -> None:
        """Fix the constant of outputs without a value, by all points, and keep everything."""
        values = data.values.get((0,) * data.d)
        free = np.ones(data.m, bool) if values is None else np.isnan(values).all(axis=0)
        if free.any():  # whose mean is to be 0
            mean = whole.weights @ scaler.model(trained.net)(trained.theta, whole.x)  # (m,)
            shift = np.where(free, scaler.y_shift - mean, scaler.y_shift)
            scaler = Standardizer(scaler.x_shift, scaler.x_scale, shift, scaler.y_scale)
        is_affine = len(trained.net.widths) == 2
        about = told(data, bare, names, np.asarray(free), scaler, is_affine)
        self._learned(names, scaler, trained, about)

    def _learned(
        self, names: Names, scaler: Standardizer, trained: Trained, about: dict[str, Any]
    ) -> None:
        """The attributes of a fitted object; `about` is what its print says of the data."""
        self._params = self.get_params()  # which `set_params` may change for the next fit
        vars(self).pop("feature_names_in_", None)
        if names.framed:
            self.feature_names_in_ = np.array(names.inputs, dtype=object)
        self.n_features_in_, self.n_outputs_ = trained.net.d, trained.net.m
        self.names_, self.scaler_, self.trained_ = names, scaler, trained
        self.net_, self.model_ = trained.net, scaler.model(trained.net)
        self.hidden_ = trained.net.widths[1:-1]
        self.method_, self.stop_ = trained.method, trained.stop
        self.weights_, self.noise_ = trained.weights, in_units(trained.noise, scaler)
        self.n_iter_, self.loss_curve_ = trained.n_iter, trained.history
        self._told = about

    # -- answers -----------------------------------------------------------------------------------

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[False] = ...) -> Array: ...

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[True]) -> tuple[Array, Array]: ...

    def predict(self, X: ArrayLike, return_std: bool = False) -> Any:
        """The values at points X, in the caller's units, and how far off a measurement of them may be.

        Parameters
        ----------
        X : array_like or data frame, shape (N, d)
        return_std : bool
            Whether to return standard deviations as well, of what θ leaves open and of the noise (Y5): what
            90 % of new measurements are within, over 1.645. They hold near the data: far from them a network
            may be anything, of which they know nothing. They are infinite near points of X at which, and
            around which, `fit` had no number that tells.

        Returns
        -------
        ndarray, or a pair of them
            Shape (N,) if y was a vector, else (N, m).

        Raises
        ------
        TypeError, ValueError
            Before `fit`, or if X is not of d finite columns of the names that `fit` saw.
        """
        if as_flag("return_std", return_std):
            values, std = self.derivatives(X, 0, return_std=True)
            return next(iter(values.values())), next(iter(std.values()))
        return next(iter(self.derivatives(X, 0).values()))

    @overload
    def derivatives(
        self, X: ArrayLike, order: int = ..., return_std: Literal[False] = ...
    ) -> dict[MultiIndex, Array]: ...

    @overload
    def derivatives(
        self, X: ArrayLike, order: int = ..., *, return_std: Literal[True]
    ) -> tuple[dict[MultiIndex, Array], dict[MultiIndex, Array]]: ...

    def derivatives(self, X: ArrayLike, order: int = 1, return_std: bool = False) -> Any:
        """Every Dᵅ of the fitted function with |α| ≤ order, exact to rounding, in the caller's units.

        Parameters
        ----------
        X : array_like or data frame, shape (N, d)
        order : int
        return_std : bool
            Whether to return standard deviations as well (Y5); the noise is in those of what was measured.
            They are infinite where nothing was measured near that tells, and `fit` says of which inputs.

        Returns
        -------
        dict, or a pair of them
            From α to an array, (N,) if y was a vector, else (N, m).
        """
        x = self._known_points(X)
        order = as_order(order, self.n_features_in_)
        answers = [self.model_.derivatives(self.theta_, x, order)]
        if as_flag("return_std", return_std):
            answers.append(self._deviations(x, order))
        flat = [
            {alpha: u[:, 0] if self.names_.flat else u for alpha, u in answer.items()}
            for answer in answers
        ]
        return tuple(flat) if return_std else flat[0]

    def _deviations(self, x: Array, order: int) -> dict[MultiIndex, Array]:
        """Standard deviations of derivatives, (N, m) each, in the caller's units."""
        t = self.trained_
        if t.covariance is None:
            raise ValueError(
                f"return_std: got {t.net.n_parameters} parameters, too many for their covariance; takes "
                "fewer units, hidden=…"
            )
        if too_few_are_left(t, self._told):
            numbers = sum(self._told["counts"].values())
            warn(
                f"return_std: of {numbers} numbers {max(t.freedom, 0):.1g} did not go into "
                "the parameters, so that nothing tells the noise, and the deviations say nothing; give "
                "fit noise=…, or take fewer units, hidden=…",
                stacklevel=4,
            )
        nodes = self.scaler_.nodes(x)
        scaled = deviations(t.net, t.theta, t.covariance, t.noise, nodes, order, optima(t.net))
        wider = student(t.freedom)
        dark = taken(self._told["unseen"], t.net.d)
        return {
            alpha: np.where(unknown(dark, alpha, nodes), np.inf, wider * std)
            / self.scaler_.factor(alpha)
            for alpha, std in scaled.items()
        }

    def gradient(self, X: ArrayLike) -> Array:
        """The gradients at points X, shape (N, d) if y was a vector, else (N, m, d).

        Parameters
        ----------
        X : array_like or data frame, shape (N, d)

        Returns
        -------
        ndarray
        """
        slopes = self.derivatives(X, 1)
        return np.stack([slopes[e] for e in slopes if any(e)], axis=-1)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """R², the mean over the outputs, as scikit-learn's regressors have it.

        Where an output is the same at all points of weight > 0, to rounding, it is 1 for an exact
        prediction, else 0.

        Parameters
        ----------
        X : array_like or data frame, shape (N, d)
        y : array_like, shape (N,) or (N, m)
            NaN where a value is not known.
        sample_weight : array_like, shape (N,), optional

        Returns
        -------
        float
        """
        predicted = self.predict(X).reshape(-1, self.n_outputs_)
        in_the_same_rows(X=X, y=y, sample_weight=sample_weight)
        same_outputs(y, self.names_)
        actual = as_data("y", as_numbers("y", y), len(predicted), self.n_outputs_)
        w = len(actual) * as_weights_of_points(sample_weight, len(actual))
        shares = []
        for y_j, y_hat in zip(actual.T, predicted.T):
            share = explained(y_j, y_hat, w)
            exact = bool((y_hat == y_j)[~np.isnan(y_j) & (w > 0)].all())
            shares.append(float(exact) if np.isnan(share) else share)
        return float(np.mean(shares))

    def report(self, X: ArrayLike, y: ArrayLike | None = None, derivatives: Any = None) -> Report:
        """R², RMSE and the worst point of every output and derivative that is given: a table to print.

        Parameters
        ----------
        X, y, derivatives
            As `fit` takes them, of points of any kind: those of the training, or others.

        Returns
        -------
        Report
        """
        data, learned = self._compared(X, y, derivatives)
        return report_of(data, learned, self.names_)

    def to_frame(self, X: ArrayLike, order: int = 0) -> Any:
        """The points X with what was learned there, as a table with names: "CL", "dCL/dMach", ….

        Parameters
        ----------
        X : array_like or data frame, shape (N, d)
        order : int
            The highest order of the derivatives.

        Returns
        -------
        data frame or dict
            A frame of the kind of X, with its index; for an array a dict from name to column, (N,), which
            ``pandas.DataFrame`` takes.
        """
        x, names = self._known_points(X), self.names_
        found = self.model_.derivatives(self.theta_, x, order)
        inputs = dict(zip(names.inputs, x.T))
        outputs = [
            (names.of(a, j), u[:, j]) for a, u in found.items() for j in range(self.n_outputs_)
        ]
        if len(columns := inputs | dict(outputs)) < len(inputs) + len(outputs):
            called = [*inputs, *(name for name, _ in outputs)]
            twice = next(name for name in called if called.count(name) > 1)
            raise ValueError(f"X: got two columns called {twice!r}, takes other names at fit")
        given: Any = X
        if not is_frame(given):
            return columns
        frame = type(given)(columns)
        if hasattr(given, "index"):
            frame.index = given.index
        return frame

    # -- pictures, and a file ----------------------------------------------------------------------

    def plot_predicted(
        self, X: ArrayLike, y: ArrayLike | None = None, derivatives: Any = None
    ) -> Any:
        """Predicted against true, an `Axes` for every output and derivative that is given.

        Parameters
        ----------
        X, y, derivatives
            As `report` takes them.

        Returns
        -------
        matplotlib Figure
            Keep it by ``save_figure`` of `sobolev_ref.plots`, or ``figure.savefig``.
        """
        from .pictures import predicted

        return predicted(*self._compared(X, y, derivatives), self.names_)

    def plot_residuals(
        self, X: ArrayLike, y: ArrayLike | None = None, derivatives: Any = None
    ) -> Any:
        """The histogram of learned − true, an `Axes` for every output and derivative that is given.

        Parameters
        ----------
        X, y, derivatives
            As `report` takes them.

        Returns
        -------
        matplotlib Figure
        """
        from .pictures import residuals

        return residuals(*self._compared(X, y, derivatives), self.names_)

    def plot_slice(
        self,
        input: int | str = 0,
        output: int | str = 0,
        point: ArrayLike | None = None,
        n: int = 201,
    ) -> Any:
        """An output and its derivative by an input, along that input, with the band that holds 90 % (Y5).

        Parameters
        ----------
        input, output : int or str
            Which, counted from 0, or by name.
        point : array_like, shape (d,), optional
            Where the other inputs are held; by default at the mean of the training points.
        n : int
            The number of points of the curves.

        Returns
        -------
        matplotlib Figure
            An `Axes` for the output, and one for the derivative.
        """
        from .pictures import along_an_input

        self._fitted()
        names, d = self.names_, self.n_features_in_
        q, j = position("input", input, names.inputs), position("output", output, names.outputs)
        in_the_order_of("point", labels_of(point), names.columns[0])
        at = self.scaler_.x_shift if point is None else as_real_vector("point", point, d)
        x = np.tile(at, (as_integer("n", n, 2, MAX_POINTS), 1))
        low, high = self._told["bounds"][q]
        x[:, q] = np.linspace(low, high, len(x))
        found = self.model_.derivatives(self.theta_, x, 1)
        std = None if self.trained_.covariance is None else self._deviations(x, 1)
        alphas = (0,) * d, tuple(int(i == q) for i in range(d))
        curves = {
            names.of(alpha, j): (found[alpha][:, j], None if std is None else std[alpha][:, j])
            for alpha in alphas
        }
        return along_an_input(x[:, q], curves, names.inputs[q])

    def plot_history(self) -> Any:
        """The loss over the iterations of the run that was kept.

        Returns
        -------
        matplotlib Figure
        """
        from .pictures import over_iterations

        self._fitted()
        return over_iterations(self.loss_curve_)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted object to one file, without pickle; `load` gives the same bits back.

        The parameters are those of the `fit`. Data that were given as `validation`, and a generator as
        `random_state`, are not kept. `load` of `sobolev_ref` reads the file as well, as a model with its
        scaler.

        Parameters
        ----------
        path : str or path-like
            The place of the file, conventionally ``*.npz``.

        Raises
        ------
        TypeError, ValueError
            If it is not fitted, or its activation is a function of the caller's own.
        OSError
            If the folder is missing, or the disk fails.
        """
        self._fitted()
        write(path, self._params, self.names_, self.scaler_, self.trained_, self._told)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Self:
        """Read what `save` wrote; no code in the file is ever run.

        Parameters
        ----------
        path : str or path-like
        max_bytes : int
            A larger file is refused.

        Returns
        -------
        SobolevRegressor

        Raises
        ------
        OSError, ValueError
            As `sobolev_ref.load`; and for a file of another kind.

        Examples
        --------
        >>> import tempfile
        >>> x = np.linspace(0, 1, 9)[:, None]
        >>> model = SobolevRegressor(hidden=3, max_iter=9).fit(x, np.sin(x[:, 0]))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(folder + "/sine.npz")
        ...     again = SobolevRegressor.load(folder + "/sine.npz")
        >>> again, bool((again.predict(x) == model.predict(x)).all())
        (SobolevRegressor(hidden=3, max_iter=9), True)
        """
        params, names, scaler, trained, about = read(path, max_bytes)
        try:
            fresh = cls().set_params(**params)
        except ValueError as error:
            raise ValueError(f"{path}: of a newer version: {error}") from None
        fresh._learned(names, scaler, trained, about)
        return fresh

    # -- what all of them need ---------------------------------------------------------------------

    def _fitted(self) -> None:
        """Refuse to answer before `fit`."""
        if not hasattr(self, "theta_"):
            raise not_fitted()("SobolevRegressor: not fitted yet; call fit(X, y) first")

    def _compared(self, X: Any, y: Any, derivatives: Any) -> tuple[Data, dict[Key, Array]]:
        """What is given, in the caller's units, and what was learned at the same points."""
        x = self._known_points(X)
        data = measured(X, y, derivatives, names=self.names_)[0]
        learned: dict[Key, Array] = dict(
            self.model_.derivatives(self.theta_, x, data.order).items()
        )
        if data.along is not None:
            v, units = data.along[0], np.eye(data.d, dtype=int)
            learned[ALONG] = np.sum(
                [v[:, [q]] * learned[tuple(e)] for q, e in enumerate(units)], axis=0
            )
        return data, learned

    def _known_points(self, X: ArrayLike) -> Array:
        """Points of the columns that `fit` saw, shape (N, d)."""
        self._fitted()
        x = as_points(X)
        same_inputs(X, self.names_)
        if x.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {x.shape[1]} features, but SobolevRegressor is expecting {self.n_features_in_} "
                "features as input"
            )
        with np.errstate(over="ignore"):
            off = np.abs(x - self.scaler_.x_shift) / self.scaler_.x_scale
        if not (off < FAR).all():
            i, q = np.unravel_index(np.argmax(off), off.shape)
            raise ValueError(
                f"X: got {x[i, q]:g} in column {q + 1}, where the data of fit spread by "
                f"{self.scaler_.x_scale[q]:.3g}; takes points less than {FAR:g} times that away from them"
            )
        return x

    def summary(self) -> str:
        """What was measured, and what was chosen: the print of a fitted object."""
        self._fitted()
        lines = summary(self.names_, self.scaler_, self.trained_, self._told)
        return "\n".join([written(self._params, SobolevRegressor().get_params()), *lines])


def not_fitted() -> type[Exception]:
    """scikit-learn's error for an object that was not fitted, where it is in use; else ValueError."""
    found: type[Exception] = getattr(
        sys.modules.get("sklearn.exceptions"), "NotFittedError", ValueError
    )
    return found


def refuse_far(held: Data) -> None:
    """Refuse what is held out, in units of the fit, where it is so far from its data that no loss has it."""
    for name, array in (("X", held.x), *((str(key), array) for key, array in held.numbers.items())):
        most = np.abs(array[~np.isnan(array)]).max(initial=0.0)
        if not most < FAR:
            raise ValueError(
                f"validation: {name}: got numbers {most:.3g} times the size of those that fit has; takes "
                f"less than {FAR:g} times it, in the same units"
            )
