"""A fitted regressor in one file, by `data.storage`: its network, θ and scaler, and all else as metadata.

Numbers, words and names are one text of JSON under "SobolevRegressor"; arrays of `Trained` stand beside it
under their own names. `load` of `sobolev_ref` reads the same file as a model.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from .._checks import as_integer, as_text
from ..data.standardizer import Standardizer
from ..data.storage import Saved, load, save
from ..jets.activations import Activation
from .names import Key, Names
from .training import Trained
from .unseen import kept, taken

HEAD = "SobolevRegressor"
APART = ("net", "theta")  # fields that storage keeps itself


def write(
    path: Any,
    params: Mapping[str, Any],
    names: Names,
    scaler: Standardizer,
    trained: Trained,
    told: Mapping[str, Any],
) -> None:
    """Write everything to one file; `read` gives it back."""
    arrays, plain = {}, {}
    for field in fields(trained):
        value = getattr(trained, field.name)
        if field.name in APART:
            continue
        if isinstance(value, np.ndarray):
            arrays[field.name] = value
        elif isinstance(value, dict):
            plain[field.name] = [[key, np.asarray(entry).tolist()] for key, entry in value.items()]
        else:
            plain[field.name] = value
    head = {
        "params": {
            name: as_json(value)
            for name, value in params.items()
            if not (name == "validation" and isinstance(value, tuple))
        },
        "names": [names.inputs, names.outputs, names.framed, names.flat, names.columns],
        "trained": plain,
        "told": told,
    }
    metadata = {HEAD: json.dumps(head), **arrays}
    save(path, trained.net, trained.theta, scaler=scaler, metadata=metadata)


def read(path: Any, max_bytes: int) -> tuple[dict[str, Any], Names, Standardizer, Trained, Any]:
    """What `write` wrote; whatever is not to be trusted raises ValueError."""
    saved = load(path, max_bytes=max_bytes)
    if HEAD not in saved.metadata or saved.scaler is None:
        raise ValueError(f"{path}: no file of SobolevRegressor.save; sobolev_ref.load reads it")
    try:
        head = json.loads(as_text(HEAD, saved.metadata[HEAD]))
        inputs, outputs, framed, flat, *columns = head["names"]
        of_x, of_y = (*columns, ((), ()))[0]  # none in older files
        inputs, outputs, of_x, of_y = (tuple(map(str, c)) for c in (inputs, outputs, of_x, of_y))
        names = Names(inputs, outputs, bool(framed), bool(flat), (of_x, of_y))
        if (len(names.inputs), len(names.outputs)) != (saved.model.d, saved.model.m):
            raise ValueError(
                f"names {names} of a model of d = {saved.model.d}, m = {saved.model.m}"
            )
        params = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in head["params"].items()
        }
        trained = trained_of(saved, head["trained"])
        return params, names, saved.scaler, trained, told_of(head["told"], saved.model.d)
    except Exception as error:  # whatever a changed text brings about
        raise ValueError(
            f"{path}: cannot be read as a file of SobolevRegressor.save: {error}"
        ) from error


def as_json(value: Any) -> Any:
    """A parameter as JSON has it; of a generator only is kept that it was no number."""
    if isinstance(value, Activation):
        return value.name
    if isinstance(value, np.generic | np.ndarray | tuple | range):
        return np.asarray(value).tolist()
    return None if isinstance(value, np.random.Generator) else value


def trained_of(saved: Saved, plain: Mapping[str, Any]) -> Trained:
    """A `Trained` from what its fields were written as."""
    found: dict[str, Any] = {"net": saved.model, "theta": saved.theta}
    for field in fields(Trained):
        name = field.name
        if name in saved.metadata:
            found[name] = saved.metadata[name]
        elif name in plain:
            value = plain[name]
            found[name] = dict(map(as_entry, value)) if isinstance(value, list) else value
    P = saved.model.n_parameters
    for name, shape in (("ridge", (P,)), ("covariance", (P, P))):
        array = found[name]
        if array is not None and np.shape(array) != shape:
            raise ValueError(f"{name}: got shape {np.shape(array)}, takes shape {shape}")
    return Trained(**found)


def as_entry(pair: Any) -> tuple[Key, Any]:
    """A key of a mapping from α, and its value."""
    key, value = pair
    entry = np.array(value) if isinstance(value, list) else value
    return key if isinstance(key, str) else tuple(as_integer("α", n, 0) for n in key), entry


def told_of(told: Any, d: int) -> dict[str, Any]:
    """What was told of data with d inputs."""
    return {
        "points": as_integer("points", told["points"], 1),
        "counts": {name: as_integer("counts", n, 0) for name, n in told["counts"].items()},
        "free": [as_text("free", name) for name in told["free"]],
        "bounds": [[float(low), float(high)] for low, high in told["bounds"]],
        "unseen": kept(taken(told["unseen"], d)),
        "lost": as_text("lost", told["lost"]),
    }
