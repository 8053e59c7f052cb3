"""`save` and `load`: a trained network in one `.npz` file, of plain arrays and strings.

    format, version         "sobolev_ref", 1
    widths, activation      (d, n_1, …, m), the name of σ
    theta                   θ, shape (P,), float64
    x_shift, x_scale, …     the four arrays of a `Standardizer`, where there is one
    meta/KEY                the caller's own strings, numbers and arrays
    sha256                  of all the above

The archive is written beside its place and moved into it, so that a full disk leaves the old file as it
was. It is read with suspicion (see `archive`): no code in it is run, and whatever is not to be trusted
raises `ValueError` and says why. NumPy's `load` reads such a file, too.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_integer, as_path, as_real_array, as_vector
from .._typing import Array
from ..jets.activations import ACTIVATIONS
from ..models.mlp import MLP
from .archive import CHECKSUM, MAX_HEADER, Archive, is_plain, write_archive
from .standardizer import Standardizer

FORMAT, VERSION = "sobolev_ref", 1
MAX_BYTES = 2**30
REQUIRED = ("format", "version", "widths", "activation", "theta", CHECKSUM)
SCALER = ("x_shift", "x_scale", "y_shift", "y_scale")
META = "meta/"


@dataclass(frozen=True, eq=False)
class Saved:
    """What `load` returns.

    Attributes
    ----------
    model : MLP
    theta : ndarray, shape (P,)
    scaler : Standardizer or None
    metadata : dict
        From str to str, bool, int, float, complex or array; a scalar of NumPy's comes back as Python's.

    Examples
    --------
    >>> Saved(MLP((1, 1)), np.zeros(2))
    Saved(model=MLP(...), scaler=None, metadata={})
    """

    model: MLP
    theta: Array = field(repr=False)
    scaler: Standardizer | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def save(
    path: str | os.PathLike[str],
    model: MLP,
    theta: ArrayLike,
    *,
    scaler: Standardizer | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write a network, its θ, and what belongs to them; `load` gives the same bits back.

    Parameters
    ----------
    path : str or path-like
        Where to, conventionally ``*.npz``; a file that is there is replaced, all at once.
    model : MLP
        With an activation of the table `ACTIVATIONS`: a function cannot be written.
    theta : array_like, shape (P,)
    scaler : Standardizer, optional
    metadata : mapping, optional
        From str to str, number, or array of numbers or strings.

    Raises
    ------
    TypeError, ValueError
        For what cannot be written, with the reason, before any file is touched.
    OSError
        From the disk; the old file is still there, and nothing else.

    Examples
    --------
    >>> import tempfile
    >>> net = MLP((1, 4, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(folder + "/net.npz", net, net.init(0), metadata={"epochs": 500})
    ...     saved = load(folder + "/net.npz")
    >>> saved
    Saved(model=MLP(...), scaler=None, metadata={'epochs': 500})
    >>> bool((saved.theta == net.init(0)).all())
    True
    """
    path = as_path("path", path)
    if not isinstance(model, MLP):
        raise TypeError(
            f"model: got {type(model).__name__}, takes an MLP; for scaler.model(net) give net, "
            "and scaler="
        )
    if ACTIVATIONS.get(model.activation.name) != model.activation:
        raise ValueError(
            f"model: its activation {model.activation.name!r} is not the one of the table, and a "
            f"function of your own cannot be written; takes one of {', '.join(ACTIVATIONS)}"
        )
    if metadata is not None and not isinstance(metadata, Mapping):
        raise TypeError(f"metadata: got {type(metadata).__name__}, takes a mapping from str")
    arrays = {
        "format": np.array(FORMAT),
        "version": np.array(VERSION),
        "widths": np.array(model.widths),
        "activation": np.array(model.activation.name),
        "theta": as_vector("theta", as_real_array("theta", theta), model.n_parameters),
    }
    if scaler is not None:
        if not isinstance(scaler, Standardizer):
            raise TypeError(f"scaler: got {type(scaler).__name__}, takes a Standardizer")
        scaler.model(model)  # raises where d or m differ
        arrays |= {name: getattr(scaler, name) for name in SCALER}
    arrays |= {META + _key(key): _value(key, value) for key, value in (metadata or {}).items()}
    write_archive(path, arrays)


def load(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Saved:
    """Read what `save` wrote; no code in the file is ever run.

    Parameters
    ----------
    path : str or path-like
    max_bytes : int
        A larger file is refused.

    Returns
    -------
    Saved

    Raises
    ------
    OSError
        If there is no such file, or it may not be read.
    ValueError
        If it is not a file of `save`'s: foreign, damaged, too large, or of a newer version, with the
        reason.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     load(file.name)
    Traceback (most recent call last):
    ValueError: ...: cannot be read as a file of save: ...
    """
    limit = as_integer("max_bytes", max_bytes, minimum=1)
    path = as_path("path", path)
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError(f"{path}: not a regular file")
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise ValueError(f"{path}: {size:,} bytes, takes at most max_bytes = {limit:,}")
        content = file.read(size)
    try:
        return _parse(Archive(content))
    except Exception as error:  # whatever a damaged file brings about in zipfile or NumPy
        reason = str(error) or type(error).__name__
        raise ValueError(f"{path}: cannot be read as a file of save: {reason}") from error


def _parse(archive: Archive) -> Saved:
    """Format and version first, then what the size of θ must be, then all of it."""
    names = archive.names
    if missing := [name for name in REQUIRED if name not in names]:
        raise ValueError(f"it has no {missing[0]!r}")
    if (found := archive.read("format").item()) != FORMAT:
        raise ValueError(f"its format is {found!r}, takes {FORMAT!r}")
    version = as_integer("version", archive.read("version").item(), minimum=1)
    if version > VERSION:
        raise ValueError(f"it is of a newer version, {version}; this reads up to {VERSION}")
    model = MLP(archive.read("widths").tolist(), archive.read("activation").item())
    if not 0 < archive.size("theta") - 8 * model.n_parameters <= MAX_HEADER:
        raise ValueError(
            f"theta: got {archive.size('theta'):,} bytes, takes 8 P and a header, "
            f"P = {model.n_parameters:,}"
        )
    known = {*REQUIRED, *SCALER}
    if foreign := [name for name in names if name not in known and not name.startswith(META)]:
        raise ValueError(f"{foreign[0]!r} is not one of save's")
    given = [name for name in SCALER if name in names]
    if 0 < len(given) < len(SCALER):
        raise ValueError(f"it has {given[0]!r}, but not all of {', '.join(SCALER)}")

    for name in names:
        if name.startswith(META):
            _key(name.removeprefix(META))  # raises for what `save` would not write
    arrays = archive.read_all()
    if arrays["theta"].dtype != np.float64:
        raise ValueError(f"theta: got {arrays['theta'].dtype}, takes float64")
    theta = as_vector("theta", arrays["theta"], model.n_parameters)
    scaler = Standardizer(*(arrays[name] for name in given)) if given else None
    if scaler is not None:
        scaler.model(model)  # raises where d or m differ
    metadata = {
        name.removeprefix(META): array if array.ndim else array.item()
        for name, array in arrays.items()
        if name.startswith(META)
    }
    return Saved(model, theta, scaler, metadata)


def _key(key: Any) -> str:
    """A name for metadata that is a name in every archive and folder."""
    if not isinstance(key, str):
        raise TypeError(f"metadata: got the key {key!r}, takes a str")
    if not key or len(key) > 200 or not key.isprintable() or set(key) & set("/\\:"):
        raise ValueError(
            f"metadata: got the key {key!r}, takes 1 to 200 printable characters, none of / \\ :"
        )
    return key


def _value(key: str, value: Any) -> Array:
    """A string, number or array as an array that comes back the same."""
    name, takes = f"metadata[{key!r}]", "takes a str, a number, or an array of one of them"
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: got a masked array, {takes}")
    try:
        array = np.array(value, order="C")
    except ValueError:
        raise ValueError(f"{name}: not a rectangular array, {takes}") from None
    if not is_plain(array.dtype):
        raise TypeError(f"{name}: got {type(value).__name__} ({array.dtype}), {takes}")
    if array.dtype.kind == "U":
        entries = np.array(value, dtype=object).ravel().tolist()
        if not all(isinstance(entry, str) for entry in entries):
            raise TypeError(f"{name}: got strings among other things, {takes}")
        if any(entry.endswith("\0") for entry in entries):
            raise ValueError(f"{name}: got a string that ends in NUL, which NumPy drops")
    return array
