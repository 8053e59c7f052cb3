"""A trained model is kept in one `.npz` file of plain arrays and strings, by `save` and `load`.

    format, version         "sobolev_ref", 1 for a network and 2 for a `LinearModel`
    widths, activation      of a network: (d, n_1, …, m), the name of σ
    features                of a `LinearModel`: "hidden layers", "legendre", "chebyshev" or "fourier"
    frozen                  the parameters of the network whose hidden layers are the features
    box, degree, outputs    of polynomials and Fourier modes: Ω, shape (d, 2), their degree, and m
    theta                   θ, shape (P,), float64
    x_shift, x_scale, …     the four arrays of a `Standardizer`, where there is one
    meta/KEY                the caller's own strings, numbers and arrays
    sha256                  the checksum of all the above

The file is an uncompressed zip archive of NumPy's `.npy` arrays, as `numpy.savez` makes, so that NumPy's
`load` reads it too. It is written all at once or not at all (see `files`), and the same content gives the
same bytes. It is read with suspicion. No code in it is run, as no pickle is read; nothing compressed is
read, and no array whose declared size is not that of its bytes, so that a file costs no more memory than
a small multiple of its own length. Whatever is not to be trusted raises `ValueError` and says why.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_integer, as_path, as_real_vector, hides_a_mask, shown
from .._typing import Array, MultiIndex
from ..jets.activations import ACTIVATIONS
from ..models.features import Fourier, HiddenLayers, Polynomials
from ..models.linear import LinearModel
from ..models.mlp import MLP
from ..models.model import Model
from .files import whole_file
from .standardizer import Standardizer

FORMAT, VERSION = "sobolev_ref", 2
MAX_BYTES = 2**30
MAX_HEADER = 10_000  # bytes of an array's own header, which is NumPy's limit
REQUIRED = ("format", "version", "theta")
NETWORK = ("widths", "activation")
PRODUCTS = ("features", "box", "degree", "outputs")
PARTS = {  # what a model is made of, by its features; a network has none
    None: NETWORK,
    "hidden layers": ("features", *NETWORK, "frozen"),
    "legendre": PRODUCTS,
    "chebyshev": PRODUCTS,
    "fourier": PRODUCTS,
}
SCALER = ("x_shift", "x_scale", "y_shift", "y_scale")
META = "meta/"
CHECKSUM = "sha256"


@dataclass(frozen=True, eq=False)
class Saved:
    """A model, its θ, and what was kept with them: what `load` returns.

    Attributes
    ----------
    model : MLP or LinearModel
    theta : ndarray, shape (P,)
    scaler : Standardizer or None
    metadata : dict
        From str to str, bool, int, float, complex or array; a scalar of NumPy's comes back as Python's.

    See Also
    --------
    load : The function that returns it.

    Examples
    --------
    >>> Saved(MLP((1, 1)), np.zeros(2))
    Saved(model=MLP(...), scaler=None, metadata={})
    """

    model: MLP | LinearModel
    theta: Array = field(repr=False)
    scaler: Standardizer | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        kept = ", ".join(f"{key!r}: {shown(value)}" for key, value in self.metadata.items())
        return f"Saved(model={self.model!r}, scaler={self.scaler!r}, metadata={{{kept}}})"

    def __call__(self, x: ArrayLike) -> Array:
        """The model's values, shape (N, m), at x, shape (N, d), in the caller's units."""
        return self._answering(self.theta, x)

    def derivatives(self, x: ArrayLike, order: int) -> dict[MultiIndex, Array]:
        """Every Dᵅu_θ(x) with |α| ≤ order, in the caller's units, as `MLP.derivatives` has them."""
        return self._answering.derivatives(self.theta, x, order)

    @property
    def _answering(self) -> Model:
        return self.model if self.scaler is None else self.scaler.model(self.model)


def save(
    path: str | os.PathLike[str],
    model: MLP | LinearModel,
    theta: ArrayLike,
    scaler: Standardizer | None = None,
    *,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write a model, its θ, and what belongs to them; `load` gives the same bits back.

    Parameters
    ----------
    path : str or path-like
        The place of the file, conventionally ``*.npz``, in a folder that exists; an old file there is
        replaced, all at once.
    model : MLP or LinearModel
        Its activation must be one of the table `ACTIVATIONS`, and its features those of
        `LinearModel.from_mlp`, `random`, `polynomial` or `fourier`, as a function cannot be written.
    theta : array_like, shape (P,)
    scaler : Standardizer, optional
    metadata : mapping, optional
        From str to str, number, or array of numbers or strings. A list is kept as an array, and refused
        where a number in it would be rounded, or a truth become a number.

    Raises
    ------
    TypeError, ValueError
        If something cannot be written, with the reason, before any file is touched.
    OSError
        If the folder is missing, or the disk fails; the old file is still there, and nothing else.

    See Also
    --------
    load : What reads it.

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
    for name, given in (("path", path), ("theta", theta)):
        if isinstance(given, Model):
            got = ", ".join(type(value).__name__ for value in (path, model, theta))
            raise TypeError(f"{name}: got {got}, takes save(path, model, theta) in this order")
    path = as_path("path", path)
    parts = _parts(model)
    if metadata is not None and not isinstance(metadata, Mapping):
        raise TypeError(f"metadata: got {type(metadata).__name__}, takes a mapping from str")
    arrays = {
        "format": np.array(FORMAT),
        "version": np.array(2 if "features" in parts else 1),
        **parts,
        "theta": as_real_vector("theta", theta, model.n_parameters),
    }
    if scaler is not None:
        if not isinstance(scaler, Standardizer):
            raise TypeError(f"scaler: got {type(scaler).__name__}, takes a Standardizer")
        scaler.model(model)  # raises where d or m differ
        arrays |= {name: getattr(scaler, name) for name in SCALER}
    arrays |= {META + _key(key): _value(key, value) for key, value in (metadata or {}).items()}
    _write_archive(path, arrays)


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

    See Also
    --------
    save : What writes it.

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
        return _saved(_read_archive(content))
    except Exception as error:  # whatever a damaged file brings about in zipfile or NumPy
        reason = str(error) or type(error).__name__
        raise ValueError(f"{path}: cannot be read as a file of save: {reason}") from error


# -- what the arrays mean ------------------------------------------------------------------------


def _saved(arrays: dict[str, Array]) -> Saved:
    """A model from the arrays of a file, none of which is trusted to be what `save` writes."""
    _check_names(arrays, REQUIRED)
    if (found := arrays["format"].item()) != FORMAT:
        raise ValueError(f"its format is {found!r}, takes {FORMAT!r}")
    version = as_integer("version", arrays["version"].item(), minimum=1)
    if version > VERSION:
        raise ValueError(f"it is of a newer version, {version}; this reads up to {VERSION}")
    features = arrays["features"].item() if "features" in arrays else None
    if features not in PARTS:
        raise ValueError(f"its features are {features!r}, takes {', '.join(filter(None, PARTS))}")
    _check_names(arrays, PARTS[features])
    given = [name for name in SCALER if name in arrays]
    if 0 < len(given) < len(SCALER):
        raise ValueError(f"it has {given[0]!r}, but not all of {', '.join(SCALER)}")
    metadata = {}
    for name, array in arrays.items():
        if name.startswith(META):
            metadata[_key(name.removeprefix(META))] = array if array.ndim else array.item()
        elif name not in REQUIRED + PARTS[features] + SCALER:
            raise ValueError(f"{name!r} is not one of save's")
    model = _model(arrays)
    theta = _theta("theta", arrays, model)
    if not given:
        return Saved(model, theta, None, metadata)
    scaler = Standardizer(*(arrays[name] for name in SCALER))
    scaler.model(model)  # raises where d or m differ
    return Saved(model, theta, scaler, metadata)


def _check_names(arrays: Mapping[str, Array], names: tuple[str, ...]) -> None:
    """Refuse a file without one of these arrays, by its name."""
    if missing := [name for name in names if name not in arrays]:
        raise ValueError(f"it has no {missing[0]!r}")


def _parts(model: Any) -> dict[str, Array]:
    """The arrays from which `_model` makes a model again."""
    if isinstance(model, MLP):
        name = model.activation.name
        if ACTIVATIONS.get(name) != model.activation:
            raise ValueError(
                f"model: its activation {name!r} is not the one of the table, and a function of your own "
                f"cannot be written; takes one of {', '.join(ACTIVATIONS)}"
            )
        return {"widths": np.array(model.widths), "activation": np.array(name)}
    if not isinstance(model, LinearModel):
        raise TypeError(
            f"model: got {type(model).__name__}, takes an MLP or a LinearModel; for scaler.model(net) "
            "give net, and scaler="
        )
    own: Any = model.features
    if isinstance(own, HiddenLayers):
        parts = {"features": np.array("hidden layers"), **_parts(own.net), "frozen": own.theta}
    elif isinstance(own, Polynomials | Fourier):
        kind, degree = ("fourier", own.n) if isinstance(own, Fourier) else (own.kind, own.degree)
        parts = {"features": np.array(kind), "box": own.box}
        parts |= {"degree": np.array(degree), "outputs": np.array(model.m)}
    else:
        parts = {}
    if not parts or replace(_model(parts), features=own) != model:
        raise TypeError(
            "model: its features are functions of your own, or it was changed since it was made, and "
            "neither can be written; takes one as LinearModel.from_mlp, random, polynomial or fourier "
            "makes it, or keep theta alone by numpy.save"
        )
    return parts


def _model(arrays: Mapping[str, Array]) -> MLP | LinearModel:
    """A model from the arrays of `_parts`, or of a file."""
    if "box" in arrays:
        kind = arrays["features"].item()
        degree, box, m = arrays["degree"].item(), arrays["box"], arrays["outputs"].item()
        if kind == "fourier":
            return LinearModel.fourier(degree, box, m=m)
        return LinearModel.polynomial(degree, box, m=m, kind=kind)
    net = MLP(arrays["widths"].tolist(), arrays["activation"].item())
    return LinearModel.from_mlp(net, _theta("frozen", arrays, net)) if "frozen" in arrays else net


def _theta(name: str, arrays: Mapping[str, Array], model: Model) -> Array:
    """The parameters of a model, as they were saved."""
    if arrays[name].dtype != np.float64:
        raise ValueError(f"{name}: got {arrays[name].dtype}, takes float64")
    return as_real_vector(name, arrays[name], model.n_parameters)


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
    if hasattr(value, "columns"):  # of a frame, whose array would round one column for another
        value = np.stack([np.asarray(value[c], object) for c in value.columns], axis=1).tolist()
    if hides_a_mask([value]):
        raise TypeError(f"{name}: got a masked array, {takes}")
    try:
        array = np.array(value, order="C")
    except ValueError:
        raise ValueError(f"{name}: not a rectangular array, {takes}") from None
    if not _is_plain(array.dtype):
        raise TypeError(f"{name}: got {type(value).__name__} ({array.dtype}), {takes}")
    if not isinstance(value, np.ndarray):
        entries = np.array(value, dtype=object).ravel().tolist()
        for entry, kept in zip(entries, array.ravel().tolist()):
            if not _is_same(entry, kept):
                raise ValueError(
                    f"{name}: got {shown(entry)}, which would come back as {shown(kept)}, {takes}"
                )
    return array


def _is_same(entry: Any, kept: Any) -> bool:
    """Whether they are the same string, truth or number, of Python's or NumPy's types.

    Examples
    --------
    >>> [_is_same(a, b) for a, b in ((1, 1.0), (True, 1), (np.int64(2**53 + 1), 2.0**53))]
    [True, False, False]
    """
    if isinstance(entry, np.generic | np.ndarray):
        entry = entry.item()  # as NumPy's integers are rounded where they are compared with floats
    both_nan = entry != entry and kept != kept
    return isinstance(entry, bool) == isinstance(kept, bool) and (entry == kept or both_nan)


def _is_plain(dtype: np.dtype[Any]) -> bool:
    """Whether it is of strings, or of numbers that are the same on every machine.

    Examples
    --------
    >>> [_is_plain(np.dtype(t)) for t in ("f8", "U3", "O", "M8[s]")]
    [True, True, False, False]
    """
    sizes = {"b": 1, "i": 8, "u": 8, "f": 8, "c": 16}  # at most, in bytes; long doubles are larger
    return dtype.kind == "U" or dtype.itemsize <= sizes.get(dtype.kind, 0)


# -- named arrays in one file --------------------------------------------------------------------


def _write_archive(path: str, arrays: Mapping[str, Array]) -> None:
    """Write named arrays and their checksum to one file."""
    parts = {name: _npy(array) for name, array in arrays.items()}
    parts[CHECKSUM] = _npy(np.array(_digest(parts)))
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), part)  # dated 1980


def _read_archive(content: bytes) -> dict[str, Array]:
    """The named arrays of a file, once names, sizes and checksum are seen to be right.

    Damage raises ValueError, or whatever zipfile and NumPy raise.
    """
    archive = zipfile.ZipFile(io.BytesIO(content))
    members = archive.infolist()
    for info in members:
        if not info.filename.endswith(".npy"):
            raise ValueError(f"{info.filename!r} is no array")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise ValueError(f"{info.filename!r} is compressed, takes plain members")
    if sum(info.file_size for info in members) > len(content):
        raise ValueError("its members declare more bytes than there are")
    parts = {info.filename.removesuffix(".npy"): archive.read(info) for info in members}
    if len(parts) < len(members):
        raise ValueError("two of its members have one name")
    if CHECKSUM not in parts:
        raise ValueError(f"it has no checksum {CHECKSUM!r}, so save did not write it")
    if _array(CHECKSUM, parts.pop(CHECKSUM)).item() != _digest(parts):
        raise ValueError("its content does not have the checksum that stands in it")
    return {name: _array(name, part) for name, part in parts.items()}


def _npy(array: Array) -> bytes:
    """An array in NumPy's own format, version 1."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def _array(name: str, part: bytes) -> Array:
    """The array of `_npy`, its size held against the bytes that are there before it is made."""
    file = io.BytesIO(part)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError(f"{name}: not an array of version 1")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=MAX_HEADER)
    if dtype.hasobject:
        raise ValueError(f"{name}: it holds pickled objects, which are never read")
    if not _is_plain(dtype):
        raise ValueError(f"{name}: got {dtype} entries, takes numbers or strings")
    if prod(shape) * dtype.itemsize != len(part) - file.tell():
        raise ValueError(f"{name}: an array of shape {shape} has not {len(part)} bytes")
    file.seek(0)
    return np.asarray(
        np.lib.format.read_array(file, allow_pickle=False, max_header_size=MAX_HEADER)
    )


def _digest(parts: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, each with its length before it, in the order of the names."""
    total = sha256()
    for name in sorted(parts):
        for piece in (name.encode(), parts[name]):
            total.update(len(piece).to_bytes(8, "little"))
            total.update(piece)
    return total.hexdigest()
