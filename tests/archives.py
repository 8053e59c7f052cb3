"""Files of `save` taken apart and put together, honestly or not."""

import io
import zipfile
from hashlib import sha256

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


def sealed(parts, **options):
    """A zip file of arrays, or of their bytes, by name, with the checksum that is right for them."""
    parts = {
        name.removesuffix(".npy"): part if isinstance(part, bytes) else npy(part)
        for name, part in parts.items()
        if name != "sha256.npy"
    }
    pieces = [piece for name in sorted(parts) for piece in (name.encode(), parts[name])]
    text = b"".join(len(piece).to_bytes(8, "little") + piece for piece in pieces)
    parts["sha256"] = npy(np.array(sha256(text).hexdigest()))
    return zipped([(name + ".npy", part) for name, part in parts.items()], **options)


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
