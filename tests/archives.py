"""Files of `save` taken apart and put together, honestly or not."""

import io
import zipfile

import numpy as np


def npy(array, allow_pickle=False):
    """An array as the bytes of a member."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


def zipped(parts, **options):
    """A zip file of (name, bytes)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, part in parts:
            archive.writestr(name, part)
    return file.getvalue()


def members(path):
    """The members of a zip file, as bytes by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def fields(saved):
    """Everything in a `Saved`, as bytes and builtins that can be compared."""
    scaler = saved.scaler
    return (
        saved.model.widths,
        saved.model.activation,
        saved.theta.tobytes(),
        scaler
        and [getattr(scaler, f"{a}_{b}").tobytes() for a in "xy" for b in ("shift", "scale")],
        {
            key: (value.dtype, value.shape, value.tobytes()) if hasattr(value, "dtype") else value
            for key, value in saved.metadata.items()
        },
    )
