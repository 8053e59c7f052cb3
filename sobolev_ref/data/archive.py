"""Named arrays in one file: written all at once or not at all, read with suspicion.

The file is an uncompressed zip archive of NumPy's `.npy` arrays, as `numpy.savez` makes, and one more
member, `sha256`, the checksum of the others. It holds numbers and strings only. `write_archive` writes
beside the file's place and moves the result into it. `Archive` reads no compressed data, no pickle, and
no array whose declared size is not that of the bytes that are there; so a file costs no more memory than
a small multiple of its own length.
"""

import errno
import io
import os
import secrets
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from math import prod
from pathlib import Path
from shutil import copymode
from typing import IO, Any

import numpy as np

from .._typing import Array

CHECKSUM = "sha256"
MAX_HEADER = 10_000  # bytes of an array's own header, NumPy's limit


def is_plain(dtype: np.dtype[Any]) -> bool:
    """Strings, and numbers that are the same on every machine.

    Examples
    --------
    >>> [is_plain(np.dtype(t)) for t in ("f8", "U3", "O", "M8[s]")]
    [True, True, False, False]
    """
    sizes = {"b": 1, "i": 8, "u": 8, "f": 8, "c": 16}  # at most, in bytes; long doubles are larger
    return dtype.kind == "U" or dtype.itemsize <= sizes.get(dtype.kind, 0)


def write_archive(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Write arrays of numbers and strings to one file; if that fails, nothing has changed.

    The same arrays give the same bytes. A link is followed; an old file's permissions are kept.
    """
    parts = {name: _npy(array) for name, array in arrays.items()}
    parts[CHECKSUM] = _npy(np.array(_digest(parts)))
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), part)  # dated 1980


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A new file that takes its place when it is whole; if that fails, nothing has changed.

    It is written beside its place, brought to the disk, and moved. A link is followed, an old file's
    permissions are kept, and what is no file (a folder, a device) is not replaced.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        error = errno.EISDIR if target.is_dir() else errno.ENXIO
        raise OSError(error, "not a regular file or directory", str(target))
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            copymode(target, beside)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class Archive:
    """The content of such a file.

    Making one checks the names and sizes of the members, `size` and `read` look at one of them, and
    `read_all` holds the checksum against all of them. Damage raises ValueError, or whatever zipfile and
    NumPy raise; `storage.load` turns it all into ValueError.
    """

    def __init__(self, content: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(content))
        members = self._zip.infolist()
        for info in members:
            if not info.filename.endswith(".npy"):
                raise ValueError(f"{info.filename!r} is no array")
            if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
                raise ValueError(f"{info.filename!r} is compressed, takes plain members")
        self._members = {info.filename.removesuffix(".npy"): info for info in members}
        if len(self._members) < len(members):
            raise ValueError("two of its members have one name")
        if sum(info.file_size for info in members) > len(content):
            raise ValueError("its members declare more bytes than there are")

    @property
    def names(self) -> list[str]:
        """The members' names, without their suffix."""
        return list(self._members)

    def size(self, name: str) -> int:
        """The bytes of a member as declared, its header's included."""
        return self._members[name].file_size

    def read(self, name: str) -> Array:
        """One array."""
        return _array(name, self._zip.read(self._members[name]))

    def read_all(self) -> dict[str, Array]:
        """All arrays but the checksum, which is held against them."""
        parts = {name: self._zip.read(info) for name, info in self._members.items()}
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
    if not is_plain(dtype):
        raise ValueError(f"{name}: got {dtype} entries, takes numbers or strings")
    if prod(shape) * dtype.itemsize != len(part) - file.tell():
        raise ValueError(f"{name}: an array of shape {shape} has not {len(part)} bytes")
    file.seek(0)
    return np.asarray(
        np.lib.format.read_array(file, allow_pickle=False, max_header_size=MAX_HEADER)
    )


def _digest(parts: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, each with its length, in the order of the names."""
    total = sha256()
    for name in sorted(parts):
        for piece in (name.encode(), parts[name]):
            total.update(len(piece).to_bytes(8, "little") + piece)
    return total.hexdigest()
